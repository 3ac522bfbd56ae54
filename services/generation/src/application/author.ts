/**
 * The port through which the service reaches whoever writes: a language model, or the offline author.
 *
 * An author returns content that obeys the rules of the domain, or throws an {@link AuthorError}; it never
 * returns something half valid. It keeps no state between calls, so the same call may be made twice.
 */
import type { CourseMap, CourseRequest, KnowledgeCard, MapNode, StreamName } from '@coursewright/events';

/** Tokens that a call was billed for, the repair included. */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
}

export interface Authored<Content> {
  readonly content: Content;
  /** The model that answered, as the provider names it. */
  readonly model: string;
  readonly usage: Usage;
  /** Whether all of it was paid for by earlier calls. */
  readonly fromJournal: boolean;
}

/** What accompanies every call: when it must end, and which request and attempt it belongs to. */
export interface AuthorCall {
  /** Aborts the call; the author then rejects within milliseconds. */
  readonly signal: AbortSignal;
  readonly correlationId: string;
  /** The attempt: its stream, and the version of its own started event. */
  readonly stream: StreamName;
  readonly startedVersion: number;
}

/** What a prerequisite already taught: given to the author so that a card builds on it. */
export interface LearnedBefore {
  readonly title: string;
  readonly key_ideas: readonly string[];
}

/** Everything that an author is told about the card it is to write. */
export interface CardBrief {
  readonly course_name: string;
  readonly request: CourseRequest;
  readonly node: MapNode;
  readonly learned_before: readonly LearnedBefore[];
}

export interface Author {
  planCourseMap(request: CourseRequest, call: AuthorCall): Promise<Authored<CourseMap>>;
  writeKnowledgeCard(brief: CardBrief, call: AuthorCall): Promise<Authored<KnowledgeCard>>;
}

export type AuthorErrorCode =
  /** The provider asks for patience (429, 529), is broken (5xx) or cannot be reached. */
  | 'model_unavailable'
  /** The call's time was up. */
  | 'model_timeout'
  /** The answer broke the rules, and so did the answer to the one repair. */
  | 'model_answer_invalid'
  /** The provider refuses this caller (401, 402, 403, no quota, no such key): asking again helps once somebody has paid or set a key. */
  | 'model_account_refused'
  /** The provider refuses this request (400, 404, 422): asking again cannot help. */
  | 'model_refused'
  /** The caller aborted, or the attempt was taken away before its call. */
  | 'call_aborted';

/** Codes that say something about the provider, or about who asks it, and nothing about what was asked. */
const PROVIDERS_FAULT: ReadonlySet<AuthorErrorCode> = new Set(['model_unavailable', 'model_timeout', 'model_account_refused']);

/** Why an author could not write. `message` is fit to be shown to an operator: no key, no whole prompt. */
export class AuthorError extends Error {
  override readonly name = 'AuthorError';
  readonly code: AuthorErrorCode;
  /** Whether another attempt may succeed. */
  readonly retryable: boolean;
  /** Whether the next request, whatever it asks, would probably have failed as well. */
  readonly isProvidersFault: boolean;
  /** How long the provider asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What was paid for nevertheless. */
  readonly usage: Usage | undefined;
  /** Whether the provider may bill a call that it gave no answer to. */
  readonly mayBeBilled: boolean;

  constructor(
    code: AuthorErrorCode,
    message: string,
    details: {
      retryable: boolean;
      retryAfterMs?: number | undefined;
      usage?: Usage | undefined;
      /** True unless said otherwise: to forget a bill is the worse mistake. */
      mayBeBilled?: boolean;
      cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable;
    this.isProvidersFault = PROVIDERS_FAULT.has(code);
    this.retryAfterMs = details.retryAfterMs;
    this.usage = details.usage;
    this.mayBeBilled = details.mayBeBilled ?? true;
  }
}

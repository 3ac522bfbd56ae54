/**
 * Pays for each request once. Before a model is asked the intent is written down, after it the answer, each in a
 * transaction of its own; a request that was answered before, by whichever attempt, process or course, is answered from
 * there. One call is in flight for a request at a time: whoever comes second waits for the first one's answer.
 *
 * Two things are looked at between the intent and the call, because a process may have been frozen just there: the log
 * (is the attempt still mine? `begin_llm_call` asks it) and the lease (have I been alive all the while? asked last, right
 * before the call). What is left is the instant between that question and the first byte; it costs one call.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransientDatabaseError, timeOrderedId } from '@coursewright/events';
import { AuthorError, type AuthorCall } from '../../application/author.ts';
import type { Log } from '../../application/context.ts';
import type { CallTable, Intent } from './call-table.ts';
import type { CanonicalRequest } from './request-key.ts';

/** What a call can be billed at, at most. */
export interface CallBounds {
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  /** How long it can take, in milliseconds. */
  readonly timeoutMs: number;
}

export interface JournalRequest extends CanonicalRequest, CallBounds {
  readonly model: string;
}

/** The part of an answer that the journal knows by name. */
export interface BilledAnswer {
  readonly model: string;
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined };
}

export interface Journalled<Answer> {
  readonly answer: Answer;
  readonly callId: string;
  /** Whether it was paid for by an earlier call. */
  readonly fromJournal: boolean;
}

export interface CallJournal {
  /**
   * The answer to this request: kept from an earlier call, or got by `ask`, which is called once at most. What it resolves
   * with must survive JSON. Waits while the worker has no lease, while the database is away, and while somebody else is
   * asking the same.
   *
   * @throws AuthorError `call_aborted` when the attempt was taken away, `model_unavailable` when somebody else asks the same for
   *   longer than a call may take; the signal's reason when it aborts first; whatever `ask` threw
   */
  answerOnce<Answer extends BilledAnswer>(
    request: JournalRequest,
    call: AuthorCall,
    ask: (callId: string) => Promise<Answer>,
  ): Promise<Journalled<Answer>>;

  /** These answers turned out to be of no use: their requests are asked again next time. */
  reject(callIds: readonly string[]): Promise<void>;
}

export interface CallJournalSettings {
  readonly calls: CallTable;
  readonly workerId: string;
  /** The term of this worker's lease, while it is believed; see `Witness`. */
  readonly leaseTerm: () => number | undefined;
  /** For a million tokens. */
  readonly inputPrice: number | undefined;
  readonly outputPrice: number | undefined;
  readonly log: Log;
}

/** Between two looks at a call that somebody else is making, and at a lease that is lost. */
const FIRST_LOOK_MS = 50;
const SLOWEST_LOOK_MS = 500;
const FIRST_RETRY_MS = 50;
const SLOWEST_RETRY_MS = 2000;
/** How much longer than its time limit a call may stay in flight before others take it for forgotten. */
const EXPIRY_MARGIN_MS = 60_000;

export function createCallJournal(settings: CallJournalSettings): CallJournal {
  const { calls, workerId, leaseTerm, log } = settings;

  return {
    async answerOnce<Answer extends BilledAnswer>(request: JournalRequest, call: AuthorCall, ask: (callId: string) => Promise<Answer>) {
      const begun = await begin<Answer>(request, call);
      if ('answer' in begun) return begun;
      let answer: Answer;
      try {
        answer = await ask(begun.id);
      } catch (error) {
        const { code, mayBeBilled } = error instanceof AuthorError ? error : { code: 'author_crashed', mayBeBilled: true };
        await kept(() => calls.end(begun, mayBeBilled ? 'in_doubt' : 'refused', code));
        throw error;
      }
      const { model, usage } = answer;
      const { inputTokens = 0, outputTokens = 0 } = usage;
      await kept(() => calls.answer(begun, { model, inputTokens, outputTokens, body: JSON.stringify(answer) }));
      return { answer, callId: begun.id, fromJournal: false };
    },

    reject: (callIds) => kept(() => calls.reject(callIds)),
  };

  /** The answer, if there is one already; else the call that is to be made now. */
  async function begin<Answer>(request: JournalRequest, call: AuthorCall): Promise<Intent | Journalled<Answer>> {
    let waitedMs = 0;
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, SLOWEST_LOOK_MS)) {
      while (leaseTerm() === undefined) await sleep(FIRST_LOOK_MS, undefined, { signal: call.signal });
      const term = leaseTerm();
      const intent = intentFor(request, call);
      const beginning = await begun(intent, call);
      switch (beginning.outcome) {
        case 'answered':
          return { answer: JSON.parse(beginning.answer) as Answer, callId: beginning.callId, fromJournal: true };
        case 'begun':
          // The very lease with which the log was asked: one that was lost and taken again meanwhile says nothing of what others
          // did in between.
          if (term !== undefined && leaseTerm() === term && !call.signal.aborted) return intent;
          // Frozen or cut off meanwhile: the log is asked again once the lease is back.
          await kept(() => calls.withdraw(intent.id));
          call.signal.throwIfAborted();
          break;
        case 'waiting':
          // No longer than a call may take: whoever waits is given up in its turn, and comes back to an answer that is kept.
          if (waitedMs > request.timeoutMs) {
            const message = 'Somebody else asks the same, and has no answer yet.';
            throw new AuthorError('model_unavailable', message, { retryable: true, mayBeBilled: false });
          }
          waitedMs += pauseMs;
          await sleep(pauseMs, undefined, { signal: call.signal });
          break;
        case 'taken_away':
          throw new AuthorError('call_aborted', 'The attempt was taken away before its call.', { retryable: true });
      }
    }
  }

  /** An intent that may have been written although nobody heard of it must not stay: others would wait for its call. */
  async function begun(intent: Intent, call: AuthorCall): ReturnType<CallTable['begin']> {
    try {
      return await whenTheDatabaseAnswers(() => calls.begin(intent), call.signal);
    } catch (error) {
      void kept(() => calls.withdraw(intent.id));
      throw error;
    }
  }

  function intentFor(request: JournalRequest, call: AuthorCall): Intent {
    return {
      id: timeOrderedId(),
      requestKey: request.key,
      request: request.body,
      stream: call.stream,
      startedVersion: call.startedVersion,
      workerId,
      correlationId: call.correlationId,
      model: request.model,
      maxInputTokens: request.maxInputTokens,
      maxOutputTokens: request.maxOutputTokens,
      inputPrice: settings.inputPrice,
      outputPrice: settings.outputPrice,
      expiresInMs: request.timeoutMs + EXPIRY_MARGIN_MS,
    };
  }

  /**
   * What was paid for is written down, however long the database is away, and whether or not anybody still waits for it.
   * A row that the database will never take is logged: the answer itself is worth more than its record.
   */
  async function kept(write: () => Promise<void>): Promise<void> {
    try {
      await whenTheDatabaseAnswers(write);
    } catch (error) {
      log.error({ err: error }, 'The journal could not be written');
    }
  }

  async function whenTheDatabaseAnswers<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!isTransientDatabaseError(error)) throw error;
        log.debug({ err: error, retry_in_ms: retryMs }, 'The journal waits for the database');
        await sleep(retryMs, undefined, signal === undefined ? {} : { signal });
      }
    }
  }
}

/**
 * What a failed call means for the attempt: whether asking again can help, and when.
 */
import { APICallError } from 'ai';
import { AuthorError, type Usage } from '../../application/author.ts';
import { AnswerTooLargeError } from './bounded-fetch.ts';

/** Statuses after which the same request cannot succeed. */
const REFUSED = new Set([400, 401, 403, 404, 405, 413, 422]);
const LONGEST_MESSAGE = 300;

export interface FailedCall {
  readonly error: unknown;
  /** The caller's own signal: aborted by it is not the provider's fault. */
  readonly callerSignal: AbortSignal;
  /** The time limit's signal. */
  readonly timeLimit: AbortSignal;
  readonly usage: Usage | undefined;
  /** Milliseconds since the epoch, to read a Retry-After that is a date. */
  readonly now: number;
}

/** Never holds a key or a prompt: of what the provider said, a bounded part of its own message. */
export function authorErrorOf({ error, callerSignal, timeLimit, usage, now }: FailedCall): AuthorError {
  if (error instanceof AuthorError) return error;
  if (callerSignal.aborted) {
    return new AuthorError('call_aborted', 'the call was ended by its caller', { retryable: true, usage, cause: error });
  }
  if (timeLimit.aborted) {
    return new AuthorError('model_timeout', 'the model did not answer in time', { retryable: true, usage, cause: error });
  }
  if (causedByTooLarge(error)) {
    return new AuthorError('model_answer_invalid', 'the answer was too large', { retryable: true, usage, cause: error });
  }
  const status = APICallError.isInstance(error) ? error.statusCode : undefined;
  const said = bounded(error instanceof Error ? error.message : String(error));
  if (status !== undefined && REFUSED.has(status)) {
    return new AuthorError('model_refused', `the provider refused with ${status}: ${said}`, { retryable: false, usage });
  }
  if (status !== undefined && status >= 200 && status < 300) {
    return new AuthorError('model_answer_invalid', `the provider's answer could not be read: ${said}`, { retryable: true, usage });
  }
  return new AuthorError(
    'model_unavailable',
    status === undefined ? `the provider could not be reached: ${said}` : `the provider answered ${status}: ${said}`,
    {
      retryable: true,
      retryAfterMs: APICallError.isInstance(error) ? retryAfterMs(error.responseHeaders ?? {}, now) : undefined,
      usage,
    },
  );
}

/** How long a provider asks to be left alone; undefined when it does not say. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const inMs = Number(headers['retry-after-ms']);
  if (Number.isFinite(inMs) && inMs >= 0 && headers['retry-after-ms'] !== undefined) return inMs;
  const after = headers['retry-after'];
  if (after === undefined) return undefined;
  if (/^\d{1,9}$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function causedByTooLarge(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
    if (cause instanceof AnswerTooLargeError) return true;
    cause = cause.cause;
  }
  return false;
}

function bounded(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}

/**
 * One time limit per author call: waiting for headers, a body that drips byte by byte, and the repair all count against
 * it. A limit per read would let a slow provider hold a worker's slot for ever. What counts is the time with the
 * provider: waiting for our own database, or for a neighbour's answer, is no fault of the model's.
 */
import { AuthorError } from '../../application/author.ts';

/**
 * Runs `work` until it settles, `timeoutMs` have passed or `caller` aborts, whichever comes first. `work` is given
 * a signal to stop by; the promise returned here settles on time even if `work` does not listen.
 *
 * @param saidMs what the error names as the limit
 * @throws AuthorError `call_aborted` or `model_timeout` (both retryable); else whatever `work` threw
 */
export async function underDeadline<Result>(
  caller: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
  saidMs = timeoutMs,
): Promise<Result> {
  const signal = AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]);
  const endedEarly = () =>
    caller.aborted
      ? new AuthorError('call_aborted', 'The call was aborted by its caller.', { retryable: true })
      : new AuthorError('model_timeout', `The model did not answer within ${saidMs} ms.`, { retryable: true });
  if (signal.aborted) throw endedEarly();

  const { promise: ended, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(endedEarly());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(signal), ended]);
  } catch (error) {
    // `work` may notice the abort first, and in its own words.
    throw signal.aborted ? endedEarly() : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The time with the provider that an author call has left. */
export interface CallBudget {
  /** As {@link underDeadline}, with what is left. */
  spend<Result>(caller: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
}

export function createCallBudget(timeoutMs: number): CallBudget {
  let leftMs = timeoutMs;
  return {
    async spend(caller, work) {
      const startedAt = performance.now();
      try {
        return await underDeadline(caller, Math.max(0, Math.round(leftMs)), work, timeoutMs);
      } finally {
        leftMs -= performance.now() - startedAt;
      }
    },
  };
}

/**
 * One total deadline per author call: waiting for headers, a body that drips byte by byte, and the repair all
 * count against it. A time limit per read would let a slow provider hold a worker's slot for ever.
 */
import { AuthorError } from '../../application/author.ts';

/**
 * Runs `work` until it settles, `timeoutMs` have passed or `caller` aborts, whichever comes first. `work` is given
 * a signal to stop by; the promise returned here settles on time even if `work` does not listen.
 *
 * @throws AuthorError `call_aborted` or `model_timeout` (both retryable); else whatever `work` threw
 */
export async function underDeadline<Result>(
  caller: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]);
  const endedEarly = () =>
    caller.aborted
      ? new AuthorError('call_aborted', 'The call was aborted by its caller.', { retryable: true })
      : new AuthorError('model_timeout', `The model did not answer within ${timeoutMs} ms.`, { retryable: true });
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

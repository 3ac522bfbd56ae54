/**
 * How long a failed attempt waits before the next: exponential, with jitter, so that a thousand nodes which failed
 * together do not come back together; never sooner than the provider asked for.
 */

const FIRST_DELAY_MS = 1000;
/** Steep, so that the default number of attempts outlasts a provider that is down for half a minute. */
const GROWTH = 4;
const LONGEST_DELAY_MS = 60_000;

/**
 * Milliseconds until the next attempt.
 *
 * @param failures failed attempts so far, at least 1
 * @param chance a number in [0, 1): where in the upper half of the delay this one falls
 * @param retryAfterMs what the provider asked for, honoured even above the longest delay
 */
export function retryDelayMs(failures: number, chance: number, retryAfterMs = 0): number {
  const full = Math.min(FIRST_DELAY_MS * GROWTH ** (failures - 1), LONGEST_DELAY_MS);
  return Math.max(Math.round(full / 2 + (full / 2) * chance), retryAfterMs);
}

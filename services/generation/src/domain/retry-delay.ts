/**
 * How long a failed attempt waits before the next: exponential, with jitter, so that a thousand nodes which failed
 * together do not come back together; never sooner than the provider asked for.
 */

const FIRST_DELAY_MS = 1000;
/** Steep, so that few attempts outlast a provider that stumbles for half a minute. */
const GROWTH = 4;
const LONGEST_DELAY_MS = 60_000;
/** What a provider asks for while it is out is obeyed for so long: some name the end of the month, and are paid the next minute. */
const LONGEST_WISH_MS = 600_000;

/**
 * Milliseconds until the next attempt, after failures that count.
 *
 * @param failures failed attempts so far, at least 1
 * @param chance a number in [0, 1): where in the upper half of the delay this one falls
 * @param retryAfterMs what the provider asked for, honoured even above the longest delay
 */
export function retryDelayMs(failures: number, chance: number, retryAfterMs = 0): number {
  return jittered(Math.min(FIRST_DELAY_MS * GROWTH ** (failures - 1), LONGEST_DELAY_MS), chance, retryAfterMs);
}

/**
 * Milliseconds until the next attempt during an outage: about as long as it has lasted by now, which doubles it from attempt to
 * attempt; a minute at most, so that work goes on within a minute of its end.
 *
 * @param lastedMs how long the outage has lasted, as far as this work has met it
 * @param chance as for `retryDelayMs`
 * @param retryAfterMs what the provider asked for, honoured up to ten minutes
 */
export function outageDelayMs(lastedMs: number, chance: number, retryAfterMs = 0): number {
  return jittered(Math.min(Math.max(lastedMs, FIRST_DELAY_MS), LONGEST_DELAY_MS), chance, Math.min(retryAfterMs, LONGEST_WISH_MS));
}

function jittered(fullMs: number, chance: number, retryAfterMs: number): number {
  return Math.max(Math.round(fullMs / 2 + (fullMs / 2) * chance), retryAfterMs);
}

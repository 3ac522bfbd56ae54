/**
 * When a delivery that failed is tried again, and when an endpoint is left alone. Pure; chance comes from outside.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Between one attempt and the next, in milliseconds: about three days in all, as the Standard Webhooks specification proposes. */
const PAUSES = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR] as const;
/** The most that a pause is lengthened by, so that what failed together is not tried together. */
const JITTER = 0.2;

/** After so many failures in a row an endpoint is left alone for a while. */
export const FAILURES_THAT_OPEN = 5;
const FIRST_OPEN_MS = 30 * SECOND;
const LONGEST_OPEN_MS = HOUR;
/** After so long without a success it is disabled. */
const FAILING_THAT_DISABLES_MS = 5 * DAY;
const GONE = 410;
/** An endpoint that asks for a longer pause is not heard. */
const LONGEST_RETRY_AFTER_MS = DAY;

/**
 * How long a delivery waits for its next attempt, in milliseconds; undefined when it has had its last.
 *
 * @param attempts how many were made
 * @param retryAfterMs what the endpoint asked for
 * @param chance from 0 to 1
 */
export function pauseAfter(attempts: number, retryAfterMs: number | undefined, chance: number): number | undefined {
  const pause = PAUSES[attempts - 1];
  if (pause === undefined) return undefined;
  const asked = Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return Math.max(asked, Math.round(pause * (1 + JITTER * chance)));
}

/** An endpoint as it stands when an attempt is known to have failed. */
export interface EndpointHealth {
  /** Before this one. */
  readonly failuresInARow: number;
  /** For how long it has been failing, in milliseconds; 0 when this is the first failure. */
  readonly failingForMs: number;
  /** Whether its circuit is open: this attempt had begun before. */
  readonly isOpen: boolean;
}

export interface Consequence {
  /** For how long nothing is sent to the endpoint, in milliseconds; 0: the circuit is left as it is. */
  readonly openMs: number;
  /** Whether it is one more in the row. What failed together with the one that opened the circuit tells nothing new. */
  readonly counts: boolean;
  /** Why the endpoint is disabled, if it is. */
  readonly disable: string | undefined;
}

/** @param status what it answered; 410 says that it does not want to be told any more */
export function afterFailure({ failuresInARow, failingForMs, isOpen }: EndpointHealth, status: number | undefined): Consequence {
  const disable = status === GONE ? 'it answered 410 Gone' : failingForMs >= FAILING_THAT_DISABLES_MS ? 'nothing could be delivered for five days' : undefined;
  return { openMs: isOpen ? 0 : openAfter(failuresInARow + 1), counts: !isOpen, disable };
}

/** For how long nothing is sent to an endpoint after so many failures in a row, in milliseconds; 0 while there are few. */
function openAfter(failuresInARow: number): number {
  if (failuresInARow < FAILURES_THAT_OPEN) return 0;
  return Math.min(FIRST_OPEN_MS * 2 ** (failuresInARow - FAILURES_THAT_OPEN), LONGEST_OPEN_MS);
}

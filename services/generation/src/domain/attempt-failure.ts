/**
 * What a failed attempt means for the work that it was made for: whether it counts, and whether it was the last.
 *
 * What is the provider's fault says nothing about the work, so it does not count until the provider has been out for longer than
 * anybody waits. Counted, an outage of minutes fails every node that was in flight, and people have to ask for each again; not
 * counted, the worst is a call a minute for work that would never have succeeded.
 */

/** What an attempt failed with, as its worker reports it. */
export interface AttemptFailure {
  readonly error: { readonly code: string; readonly message: string };
  /** Whether another attempt may succeed. */
  readonly retryable: boolean;
  /** How many failed attempts the work may have, of those that count. */
  readonly maxAttempts: number;
  /** Where it is the provider's fault. */
  readonly outage: Outage | undefined;
}

/** Instants by the database's clock, each in ISO 8601 with milliseconds and a Z: as such they compare as strings. */
export interface Outage {
  readonly now: string;
  /** An outage that began by then has lasted longer than it is forgiven. */
  readonly forgivenSince: string;
}

/** Of a node or a course, what its failures so far have led to. */
export interface FailedSoFar {
  readonly failures: number;
  readonly outageSince: string | null;
}

/** The data of the failed attempt's event. */
export function failureData(attempt: number, { error, retryable, maxAttempts, outage }: AttemptFailure, { failures, outageSince }: FailedSoFar) {
  const isLast = !retryable || failures + 1 >= maxAttempts;
  if (outage === undefined) return { attempt, error, retryable, final: isLast, counts: true, outage_since: null };
  const since = outageSince ?? outage.now;
  const counts = since <= outage.forgivenSince;
  return { attempt, error, retryable, final: counts && isLast, counts, outage_since: since };
}

/** The data of a failure by which work is given up, whatever came of its attempts. */
export function givenUp(attempt: number, error: AttemptFailure['error']) {
  return { attempt, error, retryable: false, final: true, counts: true, outage_since: null };
}

/** What a failure leaves of the count, and of the outage. */
export function afterFailure(before: FailedSoFar, data: { readonly counts: boolean; readonly outage_since: string | null }): FailedSoFar {
  return { failures: before.failures + (data.counts ? 1 : 0), outageSince: data.outage_since };
}

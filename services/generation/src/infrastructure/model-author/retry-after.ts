/**
 * Reads how long a provider asks to be left alone: `Retry-After` (RFC 9110, seconds or a date), or the more exact
 * `retry-after-ms` that several providers send beside it.
 */

/** A header must not be able to park a course for weeks. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * @param headers response headers with lower-case names
 * @param now milliseconds since the epoch, against which a date is read
 * @returns whole milliseconds from 0 to 24 hours; undefined when the provider said nothing that can be understood
 */
export function readRetryAfter(headers: Readonly<Record<string, string>> | undefined, now: number): number | undefined {
  return (
    readNumber(headers?.['retry-after-ms'], 1) ??
    readNumber(headers?.['retry-after'], 1000) ??
    readDate(headers?.['retry-after'], now)
  );
}

function readNumber(value: string | undefined, unitMs: number): number | undefined {
  if (value === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(value)) return undefined;
  return bounded(Number(value) * unitMs);
}

function readDate(value: string | undefined, now: number): number | undefined {
  // `Date.parse` also takes "-5" and "1.5.": an HTTP date has the name of a day or a month in it.
  if (value === undefined || !/[a-z]{3}/i.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : bounded(at - now);
}

function bounded(milliseconds: number): number {
  return Math.ceil(Math.min(Math.max(milliseconds, 0), LONGEST_WAIT_MS));
}

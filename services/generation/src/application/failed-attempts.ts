/**
 * What a failed call means for its attempt, a node's or a planning's: what is recorded, and when the next is due.
 */
import type { Transaction } from '@coursewright/events';
import type { AttemptFailure, Outage } from '../domain/attempt-failure.ts';
import { outageDelayMs, retryDelayMs } from '../domain/retry-delay.ts';
import { AuthorError } from './author.ts';
import type { Context } from './context.ts';

/** Of an attempt that brought nothing. */
export interface FailedCall {
  readonly error: { readonly code: string; readonly message: string };
  readonly retryable: boolean;
  /** Whether it says something about the provider and nothing about the request. */
  readonly isProvidersFault: boolean;
  /** How long the provider asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** What an author's error means for the attempt; an error that no author throws on purpose counts, and may be tried again. */
export function failedCall(error: unknown): FailedCall {
  if (error instanceof AuthorError) {
    const { code, message, retryable, isProvidersFault, retryAfterMs } = error;
    return { error: { code, message }, retryable, isProvidersFault, retryAfterMs };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { error: { code: 'author_crashed', message }, retryable: true, isProvidersFault: false, retryAfterMs: undefined };
}

/** Whether the attempt counts for nothing any more, so that there is no outcome to record. */
export function isTakenAway(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof AuthorError && error.code === 'call_aborted');
}

/** What outages are measured by, in this transaction; undefined when none of these calls met one. */
export async function outageOf(
  { courses, settings }: Context,
  outcomes: readonly { readonly kind: string; readonly isProvidersFault?: boolean }[],
  transaction: Transaction,
): Promise<Outage | undefined> {
  if (!outcomes.some(({ isProvidersFault }) => isProvidersFault)) return undefined;
  const now = await courses.instantIn(0, transaction);
  return { now, forgivenSince: new Date(Date.parse(now) - settings.outageMs).toISOString() };
}

/** What the attempt's worker reports of its failure. */
export function attemptFailure({ settings }: Context, { error, retryable, isProvidersFault }: FailedCall, outage: Outage | undefined): AttemptFailure {
  return { error, retryable, maxAttempts: settings.maxAttempts, outage: isProvidersFault ? outage : undefined };
}

/**
 * Milliseconds until the next attempt. An outage that is no longer forgiven goes on with its long pauses: whoever was stopped for a day in the
 * middle of one is not to use up his attempts within a minute.
 *
 * @param failure the data of the failed attempt's event
 * @param failures those of the work that count, this one included if it does
 */
export function delayAfter(
  context: Pick<Context, 'chance'>,
  { retryAfterMs }: FailedCall,
  failure: { readonly outage_since: string | null },
  failures: number,
  outage: Outage | undefined,
): number {
  if (failure.outage_since === null || outage === undefined) return retryDelayMs(failures, context.chance(), retryAfterMs);
  return outageDelayMs(Date.parse(outage.now) - Date.parse(failure.outage_since), context.chance(), retryAfterMs);
}

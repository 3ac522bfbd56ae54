/**
 * Transactions that touch the rows of running nodes. An operator may hold one of them in an open psql transaction, so
 * these are apart from everybody else's appends, and do not wait for long.
 */
import { isLockTimeout, type Transaction } from '@coursewright/events';
import type { Once } from './idempotency/once.ts';
import { Problem } from './problem.ts';

const SHORT_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '500ms'";

/** Runs `work` once. @throws Problem held_by_somebody when a row that it needs is not free in time */
export async function unlessHeld<Result>(once: Once, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
  try {
    return await once(async (transaction) => {
      await transaction.query(SHORT_LOCK_TIMEOUT);
      return work(transaction);
    });
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    throw new Problem('held_by_somebody', {
      detail: 'An open transaction, of an operator in psql for example, holds it. Try again when that is over.',
      headers: { 'retry-after': '1' },
      cause: error,
    });
  }
}

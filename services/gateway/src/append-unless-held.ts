/**
 * Appends what touches the rows of running nodes. An operator may hold one of them in an open psql transaction, so this
 * goes in a transaction of its own, apart from everybody else's appends, and does not wait for long.
 */
import { inTransaction, isLockTimeout, type StreamAppend } from '@coursewright/events';
import type { Gateway } from './gateway.ts';
import { Problem } from './problem.ts';

const SHORT_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '500ms'";

/**
 * @throws Problem held_by_somebody; WrongExpectedVersionError and the like as `appendToStreams` does
 */
export async function appendUnlessHeld({ pool, store }: Gateway, append: StreamAppend): Promise<void> {
  try {
    await inTransaction(pool, async (transaction) => {
      await transaction.query(SHORT_LOCK_TIMEOUT);
      await store.appendToStreams([append], transaction);
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

/**
 * What losing a worker means for the work it held. Being taken away on purpose does not count against anything, or
 * a day of deploys would set healthy work aside; nor does what the database's end took with it.
 */
import type { InterruptionCause } from '@coursewright/events';
import { givenUp } from './attempt-failure.ts';

/**
 * Work that lost its worker this often is set aside: something about it kills workers, it seems. A node that has nothing to do with
 * the deaths around it must not be failed for them, which is worse than a few more workers lost: with three, 4 healthy nodes of 900
 * were set aside under 150 kills.
 */
export const MOST_INTERRUPTIONS = 10;

export function countsAsInterruption(cause: InterruptionCause): boolean {
  return cause === 'worker_lost' || cause === 'deadline_passed';
}

/** Whether this interruption is the one after which the work is set aside. */
export function isOneInterruptionTooMany(cause: InterruptionCause, interruptionsBefore: number): boolean {
  return countsAsInterruption(cause) && interruptionsBefore + 1 >= MOST_INTERRUPTIONS;
}

/** The data of the failure that sets work aside. */
export function interruptedTooOften(attempt: number) {
  return givenUp(attempt, {
    code: 'interrupted_too_often',
    message: `the worker was lost ${MOST_INTERRUPTIONS} times during this work; ask for it again once the cause is known`,
  });
}

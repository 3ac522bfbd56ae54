/**
 * What losing a worker means for the work it held. Being taken away on purpose does not count against anything, or
 * a day of deploys would set healthy work aside.
 */
import type { InterruptionCause } from '@coursewright/events';

/** Work that lost its worker this often is set aside: something about it kills workers. */
export const MOST_INTERRUPTIONS = 3;

export function countsAsInterruption(cause: InterruptionCause): boolean {
  return cause === 'worker_lost' || cause === 'deadline_passed';
}

/** Whether this interruption is the one after which the work is set aside. */
export function isOneInterruptionTooMany(cause: InterruptionCause, interruptionsBefore: number): boolean {
  return countsAsInterruption(cause) && interruptionsBefore + 1 >= MOST_INTERRUPTIONS;
}

/** The data of the failure that sets work aside. */
export function interruptedTooOften(attempt: number) {
  return {
    attempt,
    error: {
      code: 'interrupted_too_often',
      message: `the worker was lost ${MOST_INTERRUPTIONS} times during this work; ask for it again once the cause is known`,
    },
    retryable: false,
    final: true,
  };
}

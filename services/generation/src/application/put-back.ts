import type { Transaction } from '@coursewright/events';
import type { Context } from './context.ts';
import type { Job, Queue } from './dispatcher.ts';

const PUT_BACK_MS = 1000;

/**
 * Puts jobs that were fetched in this transaction back for a second: somebody else is changing their node or their course at
 * this moment. A job may come back under its own id: its attempt was never started, so no zombie can know it.
 */
export async function putBack({ dispatcher }: Context, queue: Queue, jobs: readonly Job[], transaction: Transaction): Promise<void> {
  await dispatcher.remove(queue, jobs.map(({ id }) => id), transaction);
  await dispatcher.send(queue, jobs.map((job) => ({ ...job, delayMs: PUT_BACK_MS, ahead: true })), transaction);
}

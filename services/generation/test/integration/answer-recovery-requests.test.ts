/**
 * Requests for a recovery that have piled up are answered by one recovery, and force is used on nobody who did not mean
 * it any more.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { recoveryStream, type RecordedEvent } from '@coursewright/events';
import { answerRecoveryRequests } from '../../src/application/answer-recovery-requests.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';

async function worker(t: Parameters<typeof composedGeneration>[0]) {
  const { url } = await testDatabase(t);
  const generation = await composedGeneration(t, url, 'generation-a');
  const { context, recovery, log } = generation;
  // Alive, as far as the database can see: its beacon is held.
  await generation.pool.query("INSERT INTO workers (id, host, pid, db_epoch) VALUES ('generation-a', 'here', 1, database_epoch())");
  const ask = async (force: boolean): Promise<void> => {
    await context.store.appendToStream({
      stream: recoveryStream(randomUUID()),
      expectedVersion: 0,
      events: [{ type: 'RecoveryRequested', data: { force } }],
      metadata: { correlation_id: 'c-1', causation_id: null, actor: 'a test', via: 'http' },
    });
  };
  const answer = async (events: readonly RecordedEvent[]) => context.transact((transaction) => answerRecoveryRequests(recovery, events, transaction));
  const recoveries = () => log.lines.filter(({ message }) => message === 'Starting recovery process for incomplete tasks');
  return { ...generation, ask, answer, recoveries };
}

t.test('requests that are read together are answered by one recovery', async (t) => {
  const { ask, answer, eventsOf, recoveries } = await worker(t);
  for (let count = 0; count < 5; count += 1) await ask(false);
  await answer(await eventsOf('RecoveryRequested'));
  t.equal((await eventsOf('RecoveryCompleted')).length, 5, 'each is answered');
  t.match(recoveries(), [{ fields: { mode: 'full' } }]);
  t.equal(recoveries().length, 1);

  await answer(await eventsOf('RecoveryRequested'));
  t.equal(recoveries().length, 1, 'what is answered is not done again');
});

t.test('force takes work from the living when it was asked for just now, and not when the asker is long gone', async (t) => {
  const { ask, answer, eventsOf, plannedCourse, claimAll } = await worker(t);
  await plannedCourse([{ id: 'a' }]);
  t.equal((await claimAll()).length, 1);
  await ask(true);
  const [request] = await eventsOf('RecoveryRequested');
  await answer([{ ...request!, recordedAt: new Date(request!.recordedAt.getTime() - 120_000) }]);
  t.match(await eventsOf('RecoveryCompleted'), [{ data: { stats: { nodes_reset: 0 } } }]);

  await ask(true);
  await answer((await eventsOf('RecoveryRequested')).slice(-1));
  t.match((await eventsOf('RecoveryCompleted')).slice(-1), [{ data: { stats: { nodes_reset: 1, tasks_restarted: 1 } } }]);
});

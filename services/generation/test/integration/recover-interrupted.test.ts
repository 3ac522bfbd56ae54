/** A suspicion is no proof: in the very transaction the worker's own lock says whether it is dead. */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { claimNodes } from '../../src/application/claim-nodes.ts';
import { recoverInterrupted, type Recovery } from '../../src/application/recover-interrupted.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';

t.test('a worker that is taken for dead and holds its beacon keeps its nodes; once it does not, they are taken', async (t) => {
  const { url } = await testDatabase(t);
  const worker = await composedGeneration(t, url, 'generation-a');
  const { rows } = await worker.pool.query<{ lock_key: number }>(
    "INSERT INTO workers (id, host, pid, db_epoch) VALUES ('generation-a', 'here', 1, database_epoch()) RETURNING lock_key");
  const lockKey = rows[0]!.lock_key;
  const beacon = new pg.Client({ connectionString: url });
  await beacon.connect();
  await beacon.query('SELECT pg_advisory_lock(7001, $1)', [lockKey]);
  await worker.plannedCourse([{ id: 'held' }]);
  t.equal((await worker.claimAll()).length, 1);

  const other = await composedGeneration(t, url, 'generation-b');
  const condemned = [{ workerId: 'generation-a', lockKey, detectedAfterMs: 250, cause: 'worker_lost' as const }];
  const recovery: Recovery = {
    ...other.recovery,
    deaths: { look: async () => condemned, settle: async () => condemned, dueInMs: () => undefined, wasCutOffWithin: () => false },
  };
  t.match(await recoverInterrupted(recovery, 'full'), { nodes_reset: 0 });
  t.same(await worker.eventsOf('GenerationInterrupted'), []);
  await beacon.end();
  t.match(await recoverInterrupted(recovery, 'full'), { nodes_reset: 1 });
  t.match(await worker.eventsOf('GenerationInterrupted'), [{ data: { cause: 'worker_lost', worker_id: 'generation-a' } }]);
});

for (const [what, cutOff, restarted, cause] of [
  ['neither this process nor the database was away', false, false, 'deadline_passed'],
  ['this process was cut off meanwhile', true, false, 'database_lost'],
  ['the database was started meanwhile, and this process behind it', false, true, 'database_lost'],
] as const) {
  t.test(`an attempt that is overdue is taken for ${cause} when ${what}`, async (t) => {
    const { url } = await testDatabase(t);
    const worker = await composedGeneration(t, url, 'generation-a');
    await worker.plannedCourse([{ id: 'overdue' }]);
    const late = { ...worker.context, settings: { ...worker.context.settings, deadlineMs: -1 } };
    t.equal((await claimNodes(late, 10)).length, 1);

    const other = await composedGeneration(t, url, 'generation-b');
    const asked: number[] = [];
    const wasCutOffWithin = (ms: number): boolean => asked.push(ms) > 0 && cutOff;
    const recovery: Recovery = {
      ...other.recovery,
      directory: { ...other.recovery.directory, databaseStartedWithin: async (ms) => asked.push(ms) > 0 && restarted },
      deaths: { look: async () => [], settle: async () => [], dueInMs: () => undefined, wasCutOffWithin },
    };
    t.match(await recoverInterrupted(recovery, 'full'), { nodes_reset: 1 });
    const times = asked.length;
    t.match(await recoverInterrupted(recovery, 'full'), { nodes_reset: 0 });
    t.equal(asked.length, times, 'and where nothing is overdue nobody is asked');
    t.same(new Set(asked), new Set([other.recovery.context.settings.deadlineMs]));
    t.match(await worker.eventsOf('GenerationInterrupted'), [{ data: { cause } }]);
    const { rows } = await worker.pool.query<{ interruptions: number }>("SELECT interruptions FROM node_states WHERE node_id = 'overdue'");
    t.same(rows, [{ interruptions: cause === 'database_lost' ? 0 : 1 }]);
  });
}

t.test('how long ago the database server was started is the server\'s own word', async (t) => {
  const { url } = await testDatabase(t);
  const { recovery: { directory }, pool } = await composedGeneration(t, url, 'generation-a');
  const { rows } = await pool.query<{ ms: number }>('SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 * 1000 AS ms');
  t.equal(await directory.databaseStartedWithin(rows[0]!.ms + 3_600_000), true);
  t.equal(await directory.databaseStartedWithin(1), false);
});

/** A suspicion is no proof: in the very transaction the worker's own lock says whether it is dead. */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
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
  const condemned = [{ workerId: 'generation-a', lockKey, detectedAfterMs: 250 }];
  const recovery: Recovery = {
    ...other.recovery,
    deaths: { look: async () => condemned, settle: async () => condemned, dueInMs: () => undefined },
  };
  t.match(await recoverInterrupted(recovery, 'full'), { nodes_reset: 0 });
  t.same(await worker.eventsOf('GenerationInterrupted'), []);
  await beacon.end();
  t.match(await recoverInterrupted(recovery, 'full'), { nodes_reset: 1 });
  t.match(await worker.eventsOf('GenerationInterrupted'), [{ data: { cause: 'worker_lost', worker_id: 'generation-a' } }]);
});

/** Which workers are silent, and what else their sessions tell: the question that recovery asks several times a second. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { claimPlanning } from '../../src/application/claim-planning.ts';
import type { SilentWorker } from '../../src/application/worker-directory.ts';
import { composedGeneration, type ComposedGeneration } from '../fixtures/composed-generation.ts';

const REGISTER = "INSERT INTO workers (id, host, pid, db_epoch) VALUES ($1, 'here', 1, database_epoch())";

async function registered(t: Parameters<typeof composedGeneration>[0], url: string, workerId: string): Promise<ComposedGeneration> {
  const worker = await composedGeneration(t, url, workerId);
  await worker.pool.query(REGISTER, [workerId]);
  return worker;
}

async function silent({ recovery }: ComposedGeneration): Promise<Pick<SilentWorker, 'workerId' | 'listens'>[]> {
  const found = await recovery.directory.silentWorkers();
  return found.map(({ workerId, listens }) => ({ workerId, listens })).toSorted((a, b) => a.workerId.localeCompare(b.workerId));
}

t.test('every worker without a beacon that holds something is silent, be it a node, a planning or many nodes; no other is', async (t) => {
  const { url } = await testDatabase(t);
  const [one, many, planner, idle] = [
    await registered(t, url, 'generation-one'),
    await registered(t, url, 'generation-many'),
    await registered(t, url, 'generation-planner'),
    await registered(t, url, 'generation-idle'),
  ];
  await one.plannedCourse([{ id: 'a' }]);
  await one.claimAll();
  await many.plannedCourse([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
  await many.claimAll();
  await planner.requestCourse();
  await claimPlanning(planner.context, 10);
  t.same(
    (await silent(idle)).map(({ workerId }) => workerId),
    ['generation-many', 'generation-one', 'generation-planner'],
  );
});

t.test('a silent worker listens as long as its listener has a session', async (t) => {
  const { url } = await testDatabase(t);
  const [worker, other] = [await registered(t, url, 'generation-a'), await registered(t, url, 'generation-b')];
  await worker.plannedCourse([{ id: 'a' }]);
  await worker.claimAll();
  await until('both listen', async () => {
    const { rows } = await other.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM listening_workers()');
    return rows[0]?.n === 2;
  });
  t.same(await silent(other), [{ workerId: 'generation-a', listens: true }]);
  await worker.listener.close();
  await until('its session is over', async () => (await silent(other))[0]?.listens === false);

  await other.listener.close();
  await until('where nobody is seen to listen there is no telling', async () => (await silent(other))[0]?.listens === true);
});

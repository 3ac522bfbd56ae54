/** What no path should leave behind is found, put right and told; on a healthy database there is nothing to find. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import type { HeldAttempt } from '../../src/application/course-states.ts';
import type { Pump } from '../../src/application/pump.ts';
import { startReconciler } from '../../src/application/reconcile.ts';
import { createPostgresLeftovers } from '../../src/infrastructure/postgres-leftovers.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';

async function reconciled(t: Parameters<typeof composedGeneration>[0]) {
  const { url } = await testDatabase(t);
  const worker = await composedGeneration(t, url, 'generation-a');
  await worker.pool.query("INSERT INTO workers (id, host, pid, db_epoch) VALUES ('generation-a', 'here', 1, database_epoch())");
  const inHand: HeldAttempt[] = [];
  const pump = { inHand: () => inHand } as unknown as Pump;
  const leftovers = createPostgresLeftovers(worker.pool, { retentionDays: 30 });
  let looks = 0;
  const counted = { ...leftovers, dropOldAnswers: async () => { looks += 1; return leftovers.dropOldAnswers(); } };
  /** From here on it looks. Behind what a test sets up: that takes several steps, and a look between them would put them right. */
  const begin = (): void => {
    const reconciler = startReconciler({ context: worker.context, leftovers: counted, pumps: [pump], betweenLooksMs: 20 });
    t.teardown(() => reconciler.stop());
  };
  const jobs = async () => (await worker.pool.query<{ id: string }>('SELECT id FROM pgboss.job ORDER BY id')).rows;
  const told = () => worker.log.lines.filter(({ message }) => message === 'Reconciled what no path should leave behind').map(({ fields }) => (fields as { found?: object }).found);
  const events = async () => (await worker.pool.query<{ n: string }>('SELECT count(*) AS n FROM recorded_events')).rows[0]?.n;
  const looked = async (times: number) => { const from = looks; await until(`${times} looks`, () => looks >= from + times); };
  return { ...worker, inHand, begin, jobs, told, events, looked };
}

t.test('on a healthy database many looks find nothing and write nothing', async (t) => {
  const { requestCourse, plannedCourse, claimAll, inHand, begin, looked, told, events, jobs } = await reconciled(t);
  await plannedCourse([{ id: 'running' }]);
  inHand.push(...(await claimAll()));
  await plannedCourse([{ id: 'queued' }, { id: 'waits', after: ['queued'] }]);
  await requestCourse();
  begin();
  await looked(2);
  const before = [await events(), await jobs()];
  await looked(6);
  t.same([await events(), await jobs()], before);
  t.same(told(), []);
});

t.test('a queued node, and a course to be planned, whose jobs are gone get them again', async (t) => {
  const { requestCourse, plannedCourse, pool, begin, jobs, told } = await reconciled(t);
  await plannedCourse([{ id: 'queued' }]);
  await requestCourse();
  const before = await jobs();
  await pool.query('DELETE FROM pgboss.job');
  begin();
  await until('both have a job', async () => (await jobs()).length === 2);
  t.same(await jobs(), before, 'their very own');
  await until('it is told', () => told().length > 0);
  t.match(told()[0], { stuck_courses: 2 });
});

t.test('a claim that its own process knows nothing of is given back', async (t) => {
  const { plannedCourse, claimAll, begin, eventsOf, told } = await reconciled(t);
  await plannedCourse([{ id: 'lost' }]);
  await claimAll();
  begin();
  await until('it is taken back', async () => (await eventsOf('GenerationInterrupted')).length === 1);
  t.match(await eventsOf('GenerationInterrupted'), [{ data: { cause: 'claim_lost' } }]);
  await until('it is told', () => told().length > 0);
  t.match(told()[0], { lost_claims: 1 });
});

t.test('a job of another attempt than its node waits for is removed, and the right one sent', async (t) => {
  const { plannedCourse, pool, begin, jobs, told } = await reconciled(t);
  await plannedCourse([{ id: 'queued' }]);
  const before = await jobs();
  await pool.query('UPDATE pgboss.job SET id = gen_random_uuid()');
  begin();
  await until('it has its own job again', async () => (await jobs()).length === 1 && (await jobs())[0]?.id === before[0]?.id);
  await until('it is told', () => told().some((found) => 'idle_jobs' in (found ?? {}) && (found as { idle_jobs: number }).idle_jobs === 1));
});

t.test('a job of a node that does not exist is removed', async (t) => {
  const { plannedCourse, pool, begin, jobs, told } = await reconciled(t);
  await plannedCourse([{ id: 'queued' }]);
  const before = await jobs();
  await pool.query(`
    INSERT INTO pgboss.job (name, singleton_key, policy, data)
    SELECT name, singleton_key || 'x', policy, jsonb_set(data, '{node_id}', '"queuedx"') FROM pgboss.job`);
  begin();
  await until('the stray is gone', async () => (await jobs()).length === 1);
  t.same(await jobs(), before);
  await until('it is told', () => told().length > 0);
  t.match(told()[0], { idle_jobs: 1 });
});

t.test('a call that nobody is making any more is noted as in doubt; old answers are dropped, with their bodies', async (t) => {
  const { pool, begin, told } = await reconciled(t);
  const call = (status: string, expires: string, ended: string): string => `
    INSERT INTO llm_calls (id, request_key, status, stream, started_version, worker_id, correlation_id, model, max_input_tokens, max_output_tokens, expires_at, ended_at)
    VALUES (gen_random_uuid(), repeat('${status[0] === 'a' ? 'a' : 'b'}', 64), '${status}', 'node-x', 2, 'gone', 'c', 'm', 1, 1, clock_timestamp() + interval '${expires}', ${ended})
    RETURNING id`;
  await pool.query(`WITH old AS (${call('answered', '-31 days', "clock_timestamp() - interval '31 days'")}) INSERT INTO llm_call_bodies SELECT id, 'answer', '{}' FROM old`);
  await pool.query(call('in_flight', '-1 second', 'NULL'));
  await pool.query(call('answered', '1 day', "clock_timestamp() - interval '29 days'"));
  begin();
  const statuses = async () => (await pool.query<{ status: string }>('SELECT status FROM llm_calls ORDER BY status')).rows.map(({ status }) => status);
  await until('both are seen to', async () => (await statuses()).join() === 'answered,in_doubt');
  t.same((await pool.query('SELECT FROM llm_call_bodies')).rowCount, 0);
  t.same(told(), [], 'which is no defect');
});

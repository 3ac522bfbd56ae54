/**
 * A course that somebody holds in an open transaction is passed over by everything that decides about courses, and nothing of it is
 * lost: it is done as soon as the course is free.
 */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { claimPlanning, type ClaimedPlanning } from '../../src/application/claim-planning.ts';
import { interruptHeldWork } from '../../src/application/interrupt-held-work.ts';
import { reactToLog } from '../../src/application/react-to-log.ts';
import { recordPlans, type PlanningOutcome } from '../../src/application/record-plans.ts';
import { resumeWhenFree } from '../../src/application/resume-when-free.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';
import { USAGE } from '../fixtures/node-states.ts';
import { mapOf, REQUEST } from '../fixtures/planned-map.ts';

const WORKER = 'generation-a';
const planned = (claimed: ClaimedPlanning): PlanningOutcome => ({ kind: 'planned', claimed, map: mapOf([{ id: 'a' }]), model: 'm', usage: USAGE });

/** A worker, and somebody who holds courses. */
async function withHolder(t: Parameters<typeof composedGeneration>[0]) {
  const { url } = await testDatabase(t);
  const worker = await composedGeneration(t, url, WORKER);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  t.teardown(() => holder.end());
  return {
    ...worker,
    async hold(id: string) {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM course_map_states WHERE id = $1 FOR UPDATE', [id]);
    },
    release: () => holder.query('ROLLBACK'),
    makeDue: () => worker.pool.query('UPDATE pgboss.job SET start_after = now()'),
  };
}

t.test('its planning is not claimed, and the job is there again when it is free; the other course is planned', async (t) => {
  const { context, requestCourse, hold, release, makeDue } = await withHolder(t);
  const [held, free] = [await requestCourse(), await requestCourse()];
  await hold(held);
  t.same((await claimPlanning(context, 10)).map(({ courseMapId }) => courseMapId), [free]);
  t.same(await claimPlanning(context, 10), [], 'it is put back for a while');
  await release();
  await makeDue();
  t.match(await claimPlanning(context, 10), [{ courseMapId: held, attempt: 1 }]);
});

t.test('a plan for it is held, not given up, and no other waits for it', async (t) => {
  const { context, requestCourse, hold, release } = await withHolder(t);
  const held = await requestCourse();
  await requestCourse();
  const outcomes = (await claimPlanning(context, 10)).map(planned);
  await hold(held);
  const verdicts = await recordPlans(context, outcomes);
  const its = outcomes.find(({ claimed }) => claimed.courseMapId === held)!;
  t.same(outcomes.map((outcome) => verdicts.get(outcome)).toSorted(), ['busy', 'recorded']);
  t.equal(verdicts.get(its), 'busy');
  await release();
  t.equal((await recordPlans(context, [its])).get(its), 'recorded');
});

t.test('its attempts are left for the next look, and those of the others are taken back', async (t) => {
  const { context, plannedCourse, claimAll, hold, release } = await withHolder(t);
  const held = await plannedCourse([{ id: 'a' }]);
  await plannedCourse([{ id: 'a' }]);
  await claimAll();
  const lost = { heldBy: { by: 'worker', workerId: WORKER }, cause: 'worker_lost', detectedAfterMs: 300 } as const;
  await hold(held);
  t.match(await interruptHeldWork(context, lost), { nodesReset: 1 });
  await release();
  t.match(await interruptHeldWork(context, lost), { nodesReset: 1 });
  t.match(await interruptHeldWork(context, lost), { nodesReset: 0 });
});

t.test('what is asked for in it does not stop the log, and is done once it is free', async (t) => {
  const { context, pool, hold, release } = await withHolder(t);
  const heldCourses = resumeWhenFree(context, 20);
  t.teardown(() => heldCourses.stop());
  const ask = async (): Promise<string> => {
    const id = crypto.randomUUID();
    const metadata = { correlation_id: 'c', causation_id: null, actor: 'a test', via: 'http' };
    await context.store.appendToStream({ stream: courseMapStream(id), expectedVersion: 0, events: [{ type: 'CourseMapRequested', data: { request: REQUEST } }], metadata });
    return id;
  };
  const [held, free] = [await ask(), await ask()];
  await hold(held);
  const { events } = await context.store.readAll({ after: 0n, limit: 10 });
  await context.transact((transaction) => reactToLog(context, heldCourses, events, transaction));
  const queued = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ id: string }>("SELECT data ->> 'course_map_id' AS id FROM pgboss.job ORDER BY 1");
    return rows.map(({ id }) => id);
  };
  t.same(await queued(), [free]);
  await release();
  await until('the other is queued as well', async () => (await queued()).length === 2);
  t.same(await queued(), [held, free].toSorted());
});

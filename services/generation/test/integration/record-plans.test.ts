/**
 * What becomes of plans: recorded together, fenced one by one, and recorded once however often they are brought.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { claimPlanning, type ClaimedPlanning } from '../../src/application/claim-planning.ts';
import { interruptHeldWork, type Interruption } from '../../src/application/interrupt-held-work.ts';
import { recordPlans, type PlanningOutcome } from '../../src/application/record-plans.ts';
import { resumeCourses } from '../../src/application/resume-courses.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';
import { USAGE } from '../fixtures/node-states.ts';
import { mapOf } from '../fixtures/planned-map.ts';

const planned = (claimed: ClaimedPlanning): PlanningOutcome => ({
  kind: 'planned', claimed, map: mapOf([{ id: 'a' }, { id: 'b', after: ['a'] }]), model: 'm', usage: USAGE,
});
const notPlanned = (claimed: ClaimedPlanning, retryAfterMs?: number): PlanningOutcome => ({
  kind: 'not_planned', claimed, error: { code: 'model_timeout', message: 'too slow' }, retryable: true, isProvidersFault: false, retryAfterMs,
});

/** A worker that holds the planning of so many courses. */
async function planning(t: Parameters<typeof composedGeneration>[0], count: number) {
  const { url } = await testDatabase(t);
  const worker = await composedGeneration(t, url, 'generation-a');
  for (let number = 0; number < count; number += 1) await worker.requestCourse();
  const claimed = await claimPlanning(worker.context, 100);
  const jobs = async () => {
    const { rows } = await worker.pool.query<{ name: string; delayed: boolean; attempt: number }>(
      "SELECT name, start_after > created_on + interval '10s' AS delayed, (data ->> 'attempt')::int AS attempt FROM pgboss.job ORDER BY name, 2");
    return rows;
  };
  return { ...worker, claimed, jobs };
}

t.test('plans and failures are recorded together, each with the jobs that follow', async (t) => {
  const { context, claimed, jobs, eventsOf } = await planning(t, 3);
  const [one, two, three] = claimed as [ClaimedPlanning, ClaimedPlanning, ClaimedPlanning];
  const verdicts = await recordPlans(context, [planned(one), notPlanned(two, 20_000), planned(three)]);
  t.same([...verdicts.values()], ['recorded', 'recorded', 'recorded']);
  t.equal((await eventsOf('CourseMapPlanned')).length, 2);
  t.match(await eventsOf('CourseMapPlanningFailed'), [{ data: { attempt: 1, final: false } }]);
  t.same(await jobs(), [
    { name: 'generate-node', delayed: false, attempt: 1 },
    { name: 'generate-node', delayed: false, attempt: 1 },
    { name: 'plan-course-map', delayed: true, attempt: 2 },
  ]);
});

t.test('a planning that meets an outage of the provider is tried again and has failed no more often for it, since the first time', async (t) => {
  const { context, claimed, eventsOf } = await planning(t, 1);
  const met = (one: ClaimedPlanning): PlanningOutcome => ({ ...notPlanned(one), isProvidersFault: true }) as PlanningOutcome;
  await recordPlans(context, [met(claimed[0]!)]);
  const standing = async () => (await context.transact((transaction) => context.courses.lockFree([claimed[0]!.courseMapId], transaction))).free[0]?.course;
  const first = await standing();
  t.match(first, { status: 'requested', failures: 0, attempt: 1 });
  t.match(await eventsOf('CourseMapPlanningFailed'), [{ data: { counts: false, final: false, outage_since: first?.outageSince } }]);

  const [again] = await until('the next attempt is due', async () => {
    const found = await claimPlanning(context, 10);
    return found.length > 0 && found;
  });
  await recordPlans(context, [met(again!)]);
  t.match(await standing(), { status: 'requested', failures: 0, attempt: 2, outageSince: first?.outageSince });
});

const takenAway = (lost: ClaimedPlanning): Interruption => ({
  heldBy: { by: 'worker', workerId: 'generation-a' },
  cause: 'worker_lost',
  detectedAfterMs: 300,
  only: ({ courseMapId }) => courseMapId === lost.courseMapId,
});

t.test('a failure whose course was taken away is fenced, and harms no other', async (t) => {
  const { context, claimed, jobs, eventsOf } = await planning(t, 2);
  const [lost, kept] = claimed as [ClaimedPlanning, ClaimedPlanning];
  await interruptHeldWork(context, takenAway(lost));
  const outcomes = [notPlanned(lost), planned(kept)];
  const verdicts = await recordPlans(context, outcomes);
  t.same(outcomes.map((outcome) => verdicts.get(outcome)), ['fenced', 'recorded']);
  t.same(await eventsOf('CourseMapPlanningFailed'), []);
  t.match((await jobs()).filter(({ name }) => name === 'plan-course-map'), [{ attempt: 2 }], 'the next attempt keeps its job');
});

t.test('a plan whose course was taken away is adopted while the next attempt is queued, and makes its job stale', async (t) => {
  const { context, claimed, eventsOf, jobs } = await planning(t, 1);
  const [lost] = claimed as [ClaimedPlanning];
  await interruptHeldWork(context, takenAway(lost));
  const late = planned(lost);
  t.equal((await recordPlans(context, [late])).get(late), 'adopted');
  t.match(await eventsOf('CourseMapPlanned'), [{ data: { attempt: 1 } }]);
  t.same(await claimPlanning(context, 100), []);
  t.same((await jobs()).map(({ name }) => name), ['generate-node']);
});

t.test('a plan whose course was taken away is adopted while the next attempt runs, and that one adds no second', async (t) => {
  const { context, claimed, eventsOf, jobs } = await planning(t, 1);
  const [lost] = claimed as [ClaimedPlanning];
  await interruptHeldWork(context, takenAway(lost));
  const [next] = await claimPlanning(context, 100);
  t.equal(next?.attempt, 2);
  const late = planned(lost);
  t.equal((await recordPlans(context, [late])).get(late), 'adopted');
  t.same((await jobs()).map(({ name }) => name), ['generate-node']);
  await recordPlans(context, [planned(next!)]);
  t.equal((await eventsOf('CourseMapPlanned')).length, 1);
});

t.test('a plan whose COMMIT was answered to nobody is recorded already when it is brought again', async (t) => {
  const { context, claimed, eventsOf } = await planning(t, 1);
  const outcome = planned(claimed[0]!);
  await recordPlans(context, [outcome]);
  t.equal((await recordPlans(context, [outcome])).get(outcome), 'recorded');
  t.equal((await eventsOf('CourseMapPlanned')).length, 1);
});

t.test('a course whose planning failed for good and is asked for again gets the next attempt, with its counts at zero', async (t) => {
  const { context, claimed } = await planning(t, 1);
  const [{ courseMapId: id, startedVersion }] = claimed as [ClaimedPlanning];
  await recordPlans(context, [{ ...notPlanned(claimed[0]!), retryable: false } as PlanningOutcome]);
  t.same(await claimPlanning(context, 100), [], 'it has failed, and nothing is queued');
  await context.store.appendToStream({
    stream: courseMapStream(id),
    expectedVersion: startedVersion + 1,
    events: [{ type: 'CourseMapRetryRequested', data: { reason: 'client' } }],
    metadata: { correlation_id: 'c', causation_id: null, actor: 'a test', via: 'http' },
  });
  await context.transact((transaction) => resumeCourses(context, [id], transaction));
  const [again] = await claimPlanning(context, 100);
  t.match(again, { courseMapId: id, attempt: 2 });
  t.match((await context.transact((transaction) => context.courses.lockFree([id], transaction))).free[0]?.course, { failures: 0, interruptions: 0 });
});

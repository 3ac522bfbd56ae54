/** A course's past: how it stood at an instant, and its story. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem, claimRefused } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { plannedCourse } from '../fixtures/sample-course.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const [first, second] = plannedCourse().nodes.filter(({ type }) => type === 'learn');
const MISSING = '00000000-0000-4000-8000-000000000000';

const progress = (id: string, at?: string) => gateway.send('GET', `/api/v1/course-map/${id}/progress${at === undefined ? '' : `?at=${encodeURIComponent(at)}`}`);
const history = (id: string, query = '') => gateway.send('GET', `/api/v1/course-map/${id}/history${query}`);

/** An instant behind all that was recorded, and before all that will be. */
async function now(): Promise<string> {
  const { rows } = await generation.pool.query<{ at: Date }>("SELECT clock_timestamp() + interval '1 ms' AS at");
  await until('that instant is over', async () => (await generation.pool.query('SELECT WHERE clock_timestamp() > $1::timestamptz + interval \'1 ms\'', [rows[0]!.at])).rowCount === 1);
  return rows[0]!.at.toISOString();
}

t.test('progress at an instant is the document that was given then', async (t) => {
  const before = await now();
  const id = await generation.requestCourse();
  const steps = [
    async () => undefined,
    () => generation.startPlanning(id),
    () => generation.plan(id),
    () => generation.startNode(id, first!.id),
    () => generation.failNode(id, second!.id, 'the model says no'),
  ];
  const given: { readonly at: string; readonly text: string }[] = [];
  for (const step of steps) {
    await step();
    given.push({ text: (await progress(id)).text, at: await now() });
  }
  for (const { at, text } of given) t.equal((await progress(id, at)).text, text, at);
  t.equal((await progress(id, given[0]!.at.replace('Z', '+00:00'))).text, given[0]!.text, 'in any offset');
  claimProblem(t, await progress(id, before), 404, 'course_map_not_found');
});

t.test("each instant of a course's story is one at which that had happened, to the microsecond", async (t) => {
  const id = await generation.requestCourse();
  await generation.startPlanning(id);
  await generation.plan(id);
  await generation.startNode(id, first!.id);
  const entries = (await history(id)).json['entries'] as { at: string; what: string }[];
  const instants = entries.map(({ at }) => at);
  t.same([...instants].sort(), instants);
  for (const at of instants) t.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  const states: unknown[] = [];
  for (const at of new Set(instants)) states.push((await progress(id, at)).json['overall_status']);
  t.same(states.slice(0, 2), ['initializing', 'initializing']);
  t.equal(states.at(-1), 'generating');
  const justBefore = instants[0]!.replace(/\d{6}Z$/, (micros) => `${String(Number(micros.slice(0, 6)) - 1).padStart(6, '0')}Z`);
  if (!instants[0]!.endsWith('.000000Z')) claimProblem(t, await progress(id, justBefore), 404, 'course_map_not_found');
});

for (const at of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00']) {
  t.test(`${at} is no instant that a course could have`, async (t) => {
    claimProblem(t, await progress(await generation.requestCourse(), at), 400, 'invalid_request');
  });
}

t.test('an instant may have any offset that a clock has', async (t) => {
  const id = await generation.requestCourse();
  t.equal((await progress(id, '2099-01-01T00:00:00+23:59')).status, 200);
});

t.test('the story of a course says what happened, to which node, by whom, and why', async (t) => {
  const id = await generation.requestCourse();
  await generation.plan(id);
  await generation.failNode(id, first!.id, 'the model says no');
  await gateway.send('POST', `/api/v1/course-map/${id}/nodes/${first!.id}/retry`, {});
  await generation.pool.query("SELECT ops.cancel_course($1, 'nobody wants it')", [id]);
  const answer = await history(id);
  t.equal(answer.status, 200);
  const entries = answer.json['entries'] as Record<string, unknown>[];
  t.match(entries, [
    { what: 'CourseMapRequested', node_id: null, attempt: null, worker_id: null, via: 'generation', why: null },
    { what: 'CourseMapPlanningStarted', attempt: 1, worker_id: 'worker-by-hand' },
    { what: 'CourseMapPlanned' },
    { what: 'GenerationScheduled', node_id: first!.id, attempt: 1, why: 'planned' },
    { what: 'GenerationStarted', node_id: first!.id, worker_id: 'worker-by-hand' },
    { what: 'GenerationFailed', node_id: first!.id, why: /the model says no$/ },
    { what: 'RetryRequested', node_id: first!.id, who: 'gateway', via: 'http', why: 'client' },
    { what: 'CourseMapCancelled', node_id: null, via: 'psql', why: 'nobody wants it' },
  ]);
  t.equal(entries.length, 8);
  t.equal(answer.json['next'], null);

  const pages: unknown[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page = await history(id, `?limit=3&after=${after}`);
    pages.push(...(page.json['entries'] as unknown[]));
    after = page.json['next'] as number | null;
  }
  t.same(pages, entries, 'in pages it is the same');
});

t.test('what cannot be asked is refused, with the field', async (t) => {
  claimProblem(t, await history(MISSING), 404, 'course_map_not_found');
  claimProblem(t, await progress(MISSING, '2026-01-01T00:00:00Z'), 404, 'course_map_not_found');
  for (const [query, field] of [['?limit=0', 'limit'], ['?limit=501', 'limit'], ['?limit=x', 'limit'], ['?after=-1', 'after'], ['?after=1e3', 'after'], ['?befor=1', 'befor']] as const) {
    claimRefused(t, await history(MISSING, query), { status: 400, code: 'invalid_request', field });
  }
  for (const at of ['yesterday', '2026-01-01', '2026-01-01T00:00:00']) {
    claimRefused(t, await progress(MISSING, at), { status: 400, code: 'invalid_request', field: 'at', says: /2026-11-23T10:00:00Z/ });
  }
});

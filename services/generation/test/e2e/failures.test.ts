/**
 * What becomes of a course when the model fails, and how it is steered: real processes, and a model that answers what
 * the test says.
 */
import t from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { startGatedModelServer } from '../fixtures/gated-model-server.ts';
import { createStack } from '../fixtures/stack.ts';

async function setUp(t: TestContext & { name: string }, env: Record<string, string> = {}) {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', ...env });
  t.teardown(() => model.close());
  await stack.startGateway();
  return { model, stack };
}

t.test('a card that the model garbles is tried again, then fails with a reason; its successors go on; a retry heals it', async (t) => {
  const { model, stack } = await setUp(t, { GENERATION_MAX_ATTEMPTS: '2' });
  await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Garbled');
  await until('the first card is asked for', () => model.waiting('card') === 1);
  const garbage = JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: 'I would rather not.' }, finish_reason: 'stop' }] });
  model.answerInstead('card', { status: 200, body: garbage });
  model.release('card');
  const error = await until('the first node has failed', async () => {
    const { rows } = await stack.db.query<{ generation_error: string }>(
      "SELECT generation_error FROM node_contents WHERE course_map_id = $1 AND generation_status = 'failed'", [id]);
    return rows[0]?.generation_error;
  });
  t.match(error, /answer/, 'the reason can be read');
  model.answerInstead('card', undefined);
  await until('the rest is done', async () => (await stack.statusOf(id)) === 'partial_failed');
  const { rows: attempts } = await stack.db.query("SELECT data FROM events WHERE type = 'GenerationFailed' AND stream LIKE '%+n1' ORDER BY position");
  t.same(attempts.map(({ data }) => data.final), [false, true], 'two attempts, the second the last');

  const refused = await stack.request(`/api/v1/course-map/${id}/nodes/n2/retry`, {});
  t.equal(refused.status, 409, 'a completed node is not made again');
  const retried = await stack.request(`/api/v1/course-map/${id}/nodes/n1/retry`, {});
  t.equal(retried.status, 202);
  await stack.completed(id);
  const { rows } = await stack.db.query("SELECT type FROM events WHERE stream = $1 ORDER BY version", [`course_map-${id}`]);
  t.same(rows.map(({ type }) => type).slice(-3), ['CourseMapCompleted', 'CourseMapReopened', 'CourseMapCompleted']);
});

t.test('a provider that asks for patience gets it: the next attempt comes no sooner', async (t) => {
  const { model, stack } = await setUp(t);
  await stack.startGeneration();
  model.answerInstead('plan', { status: 429, body: '{}', headers: { 'retry-after': '2' } });
  const id = await stack.requestCourse('Patience');
  await until('the first attempt has failed', async () => {
    const { rows } = await stack.db.query("SELECT FROM events WHERE type = 'CourseMapPlanningFailed'");
    return rows.length >= 1;
  });
  model.answerInstead('plan', undefined);
  await stack.completed(id);
  const { rows } = await stack.db.query<{ waited: number }>(`
    SELECT extract(epoch FROM max(recorded_at) - min(recorded_at))::float8 AS waited FROM events
    WHERE (type, data ->> 'attempt') IN (('CourseMapPlanningFailed', '1'), ('CourseMapPlanningStarted', '2'))`);
  t.ok((rows[0]?.waited ?? 0) >= 2, `waited ${rows[0]?.waited ?? 0} s`);
});

t.test('a course never has more nodes in hand than COURSE_CONCURRENCY, however many slots are free', async (t) => {
  const { model, stack } = await setUp(t, { COURSE_CONCURRENCY: '2', GENERATION_CONCURRENCY: '20' });
  await stack.startGeneration();
  await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Concurrency', 'Deep');
  let most = 0;
  await until('the course is done', async () => {
    most = Math.max(most, model.waiting('card'));
    // One that is alone at the time has nothing to run beside; two are to be seen together.
    const { rows } = await stack.db.query("SELECT FROM node_states WHERE course_map_id = $1 AND (status = 'generating' OR last_event = 'GenerationScheduled')", [id]);
    if (rows.length > 0 && model.waiting('card') >= Math.min(rows.length, 2)) model.release('card', 1);
    return (await stack.statusOf(id)) === 'completed';
  });
  t.ok(most <= 2, `at most ${most} at once`);
  t.equal(most, 2, 'and no fewer than allowed');
});

t.test('a cancelled course: its calls are ended, nothing more is asked for, what is done stays', async (t) => {
  const { model, stack } = await setUp(t);
  await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Cancelled', 'Fast');
  await until('a card is asked for', () => model.waiting('card') > 0);
  model.release('card', 1);
  await until('more cards are asked for', () => model.waiting('card') > 1);
  const { status } = await stack.request(`/api/v1/course-map/${id}/cancel`, { reason: 'changed my mind' });
  t.equal(status, 200);
  await until('the calls are ended', () => model.waiting('card') === 0);
  const calls = model.calls.length;
  model.release('card');
  t.equal(await stack.statusOf(id), 'cancelled');
  t.same(new Set(Object.values(await stack.nodesOf(id)).filter((each) => each !== 'quiz_pending')), new Set(['completed', 'cancelled']));
  await until('no job is left', async () => (await stack.db.query('SELECT FROM pgboss.job')).rowCount === 0);
  await stack.completed(await stack.requestCourse('Time to ask for more', 'Light'));
  t.equal(model.calls.filter(({ subject }) => subject.startsWith('Cancelled')).length, calls);
});

t.test('a course cancelled while it is planned: the call is ended, and no job is left, even of a worker that died', async (t) => {
  const { model, stack } = await setUp(t);
  const generation = await stack.startGeneration();
  model.hold('plan');
  const living = await stack.requestCourse('Cancelled while planned');
  await until('the plan is asked for', () => model.waiting('plan') === 1);
  await stack.request(`/api/v1/course-map/${living}/cancel`, {});
  await until('the call is ended', () => model.waiting('plan') === 0);

  const orphan = await stack.requestCourse('Cancelled while its worker dies');
  await until('the other plan is asked for', () => model.waiting('plan') === 1);
  await generation.kill();
  await stack.request(`/api/v1/course-map/${orphan}/cancel`, {});
  await stack.startGeneration();
  await until('no job is left', async () => (await stack.db.query('SELECT FROM pgboss.job')).rowCount === 0);
  t.same([await stack.statusOf(living), await stack.statusOf(orphan)], ['cancelled', 'cancelled']);
  t.equal(model.calls.length, 2, 'neither is asked for again');
});

t.test("an operator's retry that is committed after a client cancelled the course ends as failed, with the reason", async (t) => {
  const { model, stack } = await setUp(t, { GENERATION_MAX_ATTEMPTS: '1' });
  await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Cancelled meanwhile');
  await until('the first card is asked for', () => model.waiting('card') === 1);
  model.answerInstead('card', { status: 404, body: '{}' });
  model.release('card', 1);
  await until('the first node has failed', async () => (await stack.nodesOf(id))['n1'] === 'failed');
  const operator = await stack.db.connect();
  await operator.query('BEGIN');
  await operator.query("UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = $1 AND node_id = 'n1'", [id]);
  t.equal((await stack.request(`/api/v1/course-map/${id}/cancel`, {})).status, 200);
  await operator.query('COMMIT');
  operator.release();
  const code = await until('the retry is refused', async () => {
    const { rows } = await stack.db.query<{ status: string; error_code: string }>(
      "SELECT status, error_code FROM node_states WHERE course_map_id = $1 AND node_id = 'n1'", [id]);
    return rows[0]?.status === 'failed' && rows[0].error_code;
  });
  t.equal(code, 'course_cancelled');
});

/** Cancelling a course. */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, type RecordedEvent } from '@coursewright/events';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway, type Sending } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

const cancel = (id: string, sending: Sending = {}) => gateway.send('POST', `/api/v1/course-map/${id}/cancel`, sending);

async function cancellations(id: string): Promise<RecordedEvent[]> {
  const events = await generation.store.readStream(courseMapStream(id));
  return events.filter(({ type }) => type === 'CourseMapCancelled');
}

t.test('a course is cancelled before, while and after it is planned', async (t) => {
  const requested = await generation.requestCourse();
  const planning = await generation.requestCourse();
  await generation.startPlanning(planning);
  const planned = await generation.requestCourse();
  await generation.plan(planned);
  for (const id of [requested, planning, planned]) {
    const answer = await cancel(id);
    t.equal(answer.status, 200);
    t.strictSame(answer.json, { course_map_id: id, overall_status: 'cancelled' });
    const { json } = await gateway.send('GET', `/api/v1/course-map/${id}/progress`);
    t.equal(json.overall_status, 'cancelled');
  }
});

t.test('the log says who cancelled and why', async (t) => {
  const id = await generation.requestCourse();
  await cancel(id, { json: { reason: ' too long ' }, headers: { 'x-request-id': 'stop-it' } });
  t.match(await cancellations(id), [
    { data: { reason: 'too long' }, metadata: { correlation_id: 'stop-it', actor: 'gateway', via: 'http' } },
  ]);
});

t.test('without a reason a cancellation has one all the same', async (t) => {
  for (const sending of [{}, { json: {} }, { headers: { 'content-type': 'application/json' } }]) {
    const id = await generation.requestCourse();
    t.equal((await cancel(id, sending)).status, 200);
    t.match((await cancellations(id))[0]?.data, { reason: /./ });
  }
});

t.test('cancelling twice, also at once, is no mistake and is recorded once', async (t) => {
  const id = await generation.requestCourse();
  const answers = await Promise.all(Array.from({ length: 5 }, () => cancel(id)));
  answers.push(await cancel(id));
  t.strictSame(
    answers.map(({ status }) => status),
    answers.map(() => 200),
  );
  t.equal((await cancellations(id)).length, 1);
});

t.test('a course that is over is not cancelled', async (t) => {
  const completed = await generation.requestCourse();
  await generation.plan(completed);
  await generation.completeCourse(completed);
  const failed = await generation.requestCourse();
  await generation.failPlanning(failed, 'the provider refused');
  for (const id of [completed, failed]) {
    claimProblem(t, await cancel(id), 409, 'course_map_over');
    t.strictSame(await cancellations(id), []);
  }
});

t.test('a reason that comes in chunks is read as any other', async (t) => {
  const id = await generation.requestCourse();
  const inChunks = (json: string): Sending => ({
    body: new Blob([json]).stream(),
    headers: { 'content-type': 'application/json' },
  });
  claimProblem(t, await cancel(id, inChunks('{"why":"x"}')), 400, 'invalid_request');
  t.strictSame(await cancellations(id), []);

  t.equal((await cancel(id, inChunks('{"reason":"too long"}'))).status, 200);
  t.strictSame(
    (await cancellations(id)).map(({ data }) => data),
    [{ reason: 'too long' }],
  );
});

t.test('a cancellation waits for whoever decides about the course, and holds up nothing that they append', async (t) => {
  const id = await generation.requestCourse();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  t.teardown(() => pool.end());
  const decider = await pool.connect();
  await decider.query('BEGIN');
  await decider.query('SELECT FROM lock_course_maps($1)', [[id]]);
  const cancelled = cancel(id);
  for (let waits = 0; waits === 0;) {
    const { rows } = await pool.query<{ waits: number }>("SELECT count(*)::int AS waits FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid')");
    waits = rows[0]!.waits;
  }
  await decider.query("SET LOCAL lock_timeout = '1ms'");
  const started = { type: 'CourseMapPlanningStarted', schema_version: 1, data: { attempt: 1, worker_id: 'w', job_id: id, deadline: '2030-01-01T00:00:00.000Z' } };
  await decider.query('SELECT append_to_streams($1)', [JSON.stringify([{ stream: `course_map-${id}`, expected_version: 1, metadata: {}, events: [started] }])]);
  await decider.query('COMMIT');
  decider.release();
  t.equal((await cancelled).status, 200);
  t.same((await generation.store.readStream(courseMapStream(id))).map(({ type }) => type), ['CourseMapRequested', 'CourseMapPlanningStarted', 'CourseMapCancelled']);
});

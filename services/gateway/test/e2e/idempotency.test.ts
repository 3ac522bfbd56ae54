/**
 * A gateway is killed while it waits for the plan of a course. The client sends its request again, to another gateway.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { startGatedModelServer } from '../../../generation/test/fixtures/gated-model-server.ts';
import { createStack } from '../../../generation/test/fixtures/stack.ts';

t.test('a request whose gateway was killed is answered by the next, and made one course', async (t) => {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  t.teardown(() => model.close());
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated' });
  await stack.startGeneration();
  const first = await stack.startGateway();
  model.hold('plan');
  const asked = { topic: 'Killed', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 };
  const send = () => stack.request('/api/v1/course-map/generate', asked, { 'idempotency-key': key });
  const key = randomUUID();
  const lost = send().then(() => t.fail('it was answered'), () => undefined);
  await until('the plan is asked for', () => (model.waiting('plan') === 1 ? true : undefined));
  await stack.startGateway(); // Before the kill: what the dead has leased is leased for ten seconds more.
  await first.kill();
  await lost;
  const early = await send();
  t.match(early, { status: 409, body: { code: 'request_in_flight' } });
  model.release('plan');
  const answer = await until('it is answered', async () => {
    const now = await send();
    return now.status === 409 ? undefined : now;
  });
  t.equal(answer.status, 200);
  t.equal(model.calls.filter(({ kind }) => kind === 'plan').length, 1, 'planned, and paid for, once');
  const { rows } = await stack.db.query("SELECT stream FROM events WHERE type = 'CourseMapRequested'");
  t.same(rows, [{ stream: `course_map-${answer.body.course_map_id}` }]);
  t.same((await send()).body, answer.body);
});

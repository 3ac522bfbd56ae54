/** Asking for a course: the plan if it comes in time, the place to look if not, the reason if there is none. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, type CourseRequest } from '@coursewright/events';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { courseRequest, NODES, plannedCourse } from '../fixtures/sample-course.ts';

const GENERATE = '/api/v1/course-map/generate';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const patient = await startGateway(t, { DATABASE_URL: database.url, PLAN_WAIT_MS: '60000' });
const hasty = await startGateway(t, { DATABASE_URL: database.url, PLAN_WAIT_MS: '20' });

t.test('the plan that arrives while generate waits is its answer', async (t) => {
  const answering = patient.send('POST', GENERATE, { json: courseRequest({ topic: 'in time' }) });
  const id = await generation.requested('in time');
  await generation.plan(id);

  const answer = await answering;
  t.equal(answer.status, 200);
  t.match(answer.headers.get('content-type'), /^application\/json/);
  t.equal(answer.headers.get('location'), `/api/v1/course-map/${id}`);
  const { map_meta, nodes } = plannedCourse();
  t.strictSame(answer.json, { course_map_id: id, map_meta, nodes });
});

t.test('each of many who wait is given its own plan', async (t) => {
  const topics = Array.from({ length: 12 }, (_, index) => `together ${index}`);
  const answering = topics.map((topic) => patient.send('POST', GENERATE, { json: courseRequest({ topic }) }));
  const ids = await Promise.all(topics.map((topic) => generation.requested(topic)));
  await Promise.all([...ids].reverse().map((id) => generation.plan(id)));
  const answers = await Promise.all(answering);
  t.strictSame(
    answers.map(({ status }) => status),
    topics.map(() => 200),
  );
  t.strictSame(
    answers.map(({ json }) => json.course_map_id),
    ids,
  );
});

t.test('a client that prefers not to wait is answered 202 with the place to look', async (t) => {
  for (const prefer of ['respond-async', 'wait=10, respond-async', 'Respond-Async']) {
    const answer = await patient.send('POST', GENERATE, { json: courseRequest(), headers: { prefer } });
    t.equal(answer.status, 202, prefer);
    t.equal(answer.headers.get('location'), `/api/v1/course-map/${answer.json.course_map_id}`);
    t.strictSame(answer.json, { course_map_id: answer.json.course_map_id, overall_status: 'initializing' });

    const found = await patient.send('GET', answer.headers.get('location') ?? '');
    t.equal(found.status, 200);
    t.match(found.json, { status: 'requested', map_meta: null, nodes: [], error: null });
  }
});

t.test('when the plan does not come in time the answer is 202, and the plan comes nevertheless', async (t) => {
  const answer = await hasty.send('POST', GENERATE, { json: courseRequest() });
  t.equal(answer.status, 202);
  const place = answer.headers.get('location') ?? '';
  t.equal(place, `/api/v1/course-map/${answer.json.course_map_id}`);

  await generation.plan(answer.json.course_map_id);
  const found = await hasty.send('GET', place);
  t.strictSame(found.json.nodes, NODES);
});

t.test('planning that fails for good is answered 502 with its reason, and the course can still be found', async (t) => {
  const answering = patient.send('POST', GENERATE, { json: courseRequest({ topic: 'hopeless' }) });
  const id = await generation.requested('hopeless');
  await generation.failPlanning(id, 'the provider refused');

  const answer = await answering;
  claimProblem(t, answer, 502, 'planning_failed');
  t.match(answer.json, { course_map_id: id, cause: 'model_refused', detail: 'the provider refused' });
  t.equal((await patient.send('GET', `/api/v1/course-map/${id}`)).json.status, 'failed');
});

t.test('a failed attempt at planning that is not the last is waited out', async (t) => {
  const answering = patient.send('POST', GENERATE, { json: courseRequest({ topic: 'second try' }) });
  const id = await generation.requested('second try');
  await generation.startPlanning(id);
  const error = { code: 'model_unavailable', message: 'busy' };
  await generation.append(courseMapStream(id), {
    type: 'CourseMapPlanningFailed',
    data: { attempt: 1, error, retryable: true, final: false, counts: true, outage_since: null },
  });
  await generation.plan(id);
  t.equal((await answering).status, 200);
});

t.test('a course that is cancelled while generate waits is answered 502 and not waited for', async (t) => {
  const answering = patient.send('POST', GENERATE, { json: courseRequest({ topic: 'second thoughts' }) });
  const id = await generation.requested('second thoughts');
  t.equal((await patient.send('POST', `/api/v1/course-map/${id}/cancel`)).status, 200);
  const answer = await answering;
  claimProblem(t, answer, 502, 'planning_failed');
  t.equal(answer.json.course_map_id, id);
});

t.test('the log keeps the request as it was sent, trimmed, the optional fields included', async (t) => {
  const request: CourseRequest = courseRequest({
    topic: '  Größe, 大きさ, 🎓  ',
    focus: 'two\nlines\tand a tab',
    interested_concepts: ['CQRS', ' sagas '],
    language: 'de',
  });
  const answer = await patient.send('POST', GENERATE, { json: request, headers: { prefer: 'respond-async' } });
  t.equal(answer.status, 202);
  const [event] = await generation.store.readStream(courseMapStream(answer.json.course_map_id));
  t.strictSame(event?.data, {
    request: { ...request, topic: 'Größe, 大きさ, 🎓', interested_concepts: ['CQRS', 'sagas'] },
  });
});

t.test('the least and the most of everything is accepted', async (t) => {
  const most = courseRequest({
    topic: 'a'.repeat(200),
    focus: 'ä'.repeat(500),
    verified_concept: 'x'.repeat(500),
    interested_concepts: Array.from({ length: 20 }, () => 'c'.repeat(200)),
    language: 'l'.repeat(35),
    total_commitment_minutes: 480,
  });
  const least = courseRequest({
    topic: 'a',
    focus: 'b',
    verified_concept: 'c',
    total_commitment_minutes: 30,
    interested_concepts: [],
  });
  for (const json of [most, least]) {
    const answer = await patient.send('POST', GENERATE, { json, headers: { prefer: 'respond-async' } });
    t.equal(answer.status, 202, answer.text);
  }
});

t.test('asking twice makes two courses', async (t) => {
  const ask = () => patient.send('POST', GENERATE, { json: courseRequest(), headers: { prefer: 'respond-async' } });
  const [one, other] = await Promise.all([ask(), ask()]);
  t.not(one.json.course_map_id, other.json.course_map_id);
});

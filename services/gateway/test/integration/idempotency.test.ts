/**
 * A POST with an Idempotency-Key is done once, whoever sends it again, to whichever gateway, and whatever becomes of the one that did it.
 */
import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, nodeStream } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem, claimRefused } from '../fixtures/problem-claims.ts';
import { startGateway, type Answer, type RunningGateway } from '../fixtures/running-gateway.ts';
import { courseRequest, plannedCourse } from '../fixtures/sample-course.ts';

const GENERATE = '/api/v1/course-map/generate';
const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const one = await startGateway(t, { DATABASE_URL: database.url });
const other = await startGateway(t, { DATABASE_URL: database.url });

interface More {
  readonly on?: RunningGateway;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

const post = (path: string, key: string, { on = one, json, headers }: More = {}): Promise<Answer> =>
  on.send('POST', path, { ...(json === undefined ? {} : { json }), headers: { 'idempotency-key': key, ...headers } });
const async = { prefer: 'respond-async' };

async function coursesOf(topic: string): Promise<number> {
  return (await generation.log()).filter(({ type, data }) => type === 'CourseMapRequested' && data.request.topic === topic).length;
}

function claimRepeated(t: Test, answer: Answer, first: Answer): void {
  t.equal(answer.status, first.status);
  t.equal(answer.text, first.text);
  t.equal(answer.headers.get('content-type'), first.headers.get('content-type'));
  t.equal(answer.headers.get('location'), first.headers.get('location'));
  t.equal(answer.headers.get('idempotent-replayed'), 'true');
}

t.test('the same request with the same key has the same answer from any gateway, and makes one course', async (t) => {
  const key = randomUUID();
  const json = courseRequest({ topic: 'Once' });
  const first = await post(GENERATE, key, { json, headers: async });
  t.equal(first.status, 202);
  t.equal(first.headers.get('idempotent-replayed'), null);
  claimRepeated(t, await post(GENERATE, key, { json, headers: async }), first);
  claimRepeated(t, await post(GENERATE, key, { json, on: other }), first);
  const reordered = Object.fromEntries(Object.entries({ ...json, topic: ' Once ' }).reverse());
  claimRepeated(t, await post(GENERATE, key, { json: reordered }), first);
  t.equal(await coursesOf('Once'), 1);
  t.equal((await post(GENERATE, randomUUID(), { json, headers: async })).status, 202);
  t.equal(await coursesOf('Once'), 2, 'another key is another request');
});

t.test('another request with the same key is refused, and changes nothing', async (t) => {
  const key = randomUUID();
  t.equal((await post(GENERATE, key, { json: courseRequest({ topic: 'First' }), headers: async })).status, 202);
  const head = await generation.store.head();
  claimProblem(t, await post(GENERATE, key, { json: courseRequest({ topic: 'Second' }), headers: async }), 422, 'idempotency_key_reused');
  claimProblem(t, await post('/api/v1/course-map/admin/recover-tasks', key), 422, 'idempotency_key_reused');
  t.equal(await generation.store.head(), head);
});

t.test('while it is being answered the same request is told to come back, and then has the answer', async (t) => {
  const key = randomUUID();
  const json = courseRequest({ topic: 'In flight' });
  const answering = post(GENERATE, key, { json });
  const id = await generation.requested('In flight');
  const early = await post(GENERATE, key, { json, on: other });
  claimProblem(t, early, 409, 'request_in_flight');
  t.equal(early.headers.get('retry-after'), '1');
  await generation.plan(id);
  const first = await answering;
  t.equal(first.status, 200);
  claimRepeated(t, await post(GENERATE, key, { json, on: other }), first);
});

t.test('of many that come at one instant one is done, whatever gateway they come to', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const key = randomUUID();
    const json = courseRequest({ topic: `Race ${round}` });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => post(GENERATE, key, { json, headers: async, on: index % 2 === 0 ? one : other })));
    t.same([...new Set(answers.map(({ status }) => status))].sort().filter((status) => status !== 409), [202]);
    t.equal(new Set(answers.filter(({ status }) => status === 202).map(({ text }) => text)).size, 1);
    t.equal(await coursesOf(`Race ${round}`), 1);
  }
});

t.test('when the gateway that did it is gone, another answers for it', async (t) => {
  const key = randomUUID();
  const json = courseRequest({ topic: 'Left behind' });
  const late = post(GENERATE, key, { json });
  const id = await generation.requested('Left behind');
  await until('it is remembered', async () => ((await generation.pool.query("SELECT FROM idempotent_requests WHERE key = $1", [key])).rowCount === 1 ? true : undefined));
  claimProblem(t, await post(GENERATE, key, { json, on: other }), 409, 'request_in_flight');
  // As it is when its lease is over.
  await generation.pool.query("UPDATE idempotent_requests SET held_until = clock_timestamp() - interval '1 second' WHERE key = $1", [key]);
  const taken = post(GENERATE, key, { json, on: other });
  await until('the other holds it', async () => ((await generation.pool.query('SELECT FROM idempotent_requests WHERE key = $1 AND held_until > clock_timestamp()', [key])).rowCount === 1 ? true : undefined));
  await generation.plan(id);
  const answer = await taken;
  t.equal(answer.status, 200);
  t.equal(answer.json.course_map_id, id);
  // It was not gone, only slow: its client hears of the one answer by asking again.
  claimProblem(t, await late, 409, 'request_in_flight');
  claimRepeated(t, await post(GENERATE, key, { json }), answer);
  t.equal(await coursesOf('Left behind'), 1);
});

t.test('a refusal is remembered once something was done, and not before', async (t) => {
  const failing = randomUUID();
  const json = courseRequest({ topic: 'Unplannable' });
  const asked = post(GENERATE, failing, { json });
  const id = await generation.requested('Unplannable');
  await generation.failPlanning(id, 'no');
  const first = await asked;
  t.equal(first.status, 502);
  claimRepeated(t, await post(GENERATE, failing, { json, on: other }), first);

  const key = randomUUID();
  const course = await generation.requestCourse();
  claimProblem(t, await post(`/api/v1/course-map/${course}/retry`, key), 409, 'course_map_not_failed');
  await generation.failPlanning(course, 'no');
  t.equal((await post(`/api/v1/course-map/${course}/retry`, key)).status, 202, 'it was not done, so it can be');
});

t.test('what is wrong on our side is not the answer for good', async (t) => {
  const key = randomUUID();
  const path = '/api/v1/course-map/admin/recover-tasks';
  claimProblem(t, await post(path, key), 503, 'no_generation_process');
  claimProblem(t, await post(path, key, { on: other }), 503, 'no_generation_process');
  t.equal((await generation.log()).filter(({ type }) => type === 'RecoveryRequested').length, 1, 'asked for once all the same');
});

t.test('every POST is done once', async (t) => {
  const id = await generation.requestCourse();
  await generation.append(courseMapStream(id), { type: 'CourseMapPlanningStarted', data: { attempt: 1, worker_id: 'w', job_id: randomUUID(), deadline: '2099-01-01T00:00:00.000Z' } });
  await generation.append(courseMapStream(id), { type: 'CourseMapPlanned', data: plannedCourse() });
  await generation.failNode(id, 'start', 'no');
  const made = await post('/api/v1/admin/webhooks', randomUUID(), { json: { url: 'https://example.com/' } });
  const webhook = `/api/v1/admin/webhooks/${made.json.id}`;
  const requests: [string, unknown][] = [
    [`/api/v1/course-map/${id}/nodes/start/retry`, undefined],
    [`/api/v1/course-map/${id}/cancel`, { reason: 'enough' }],
    ['/api/v1/admin/webhooks', { url: 'https://example.org/' }],
    [`${webhook}/rotate-secret`, undefined],
    [`${webhook}/replay`, { from_position: 1, to_position: 3 }],
  ];
  for (const [path, json] of requests) {
    const key = randomUUID();
    const first = await post(path, key, { json });
    t.ok(first.status < 300, `${path}: ${first.status} ${first.text}`);
    const head = await generation.store.head();
    claimRepeated(t, await post(path, key, { json, on: other }), first);
    t.equal(await generation.store.head(), head);
  }
  t.equal((await one.send('GET', '/api/v1/admin/webhooks')).json.webhooks.length, 2);
  t.equal((await generation.store.readStream(nodeStream({ courseMapId: id, nodeId: 'start' }))).filter(({ type }) => type === 'RetryRequested').length, 1);
});

t.test('a key that is none is refused; one that is over stands for nothing; each that comes clears away others', async (t) => {
  const json = courseRequest({ topic: 'Keys' });
  for (const key of ['with space', 'x'.repeat(256), 'é']) {
    claimRefused(t, await post(GENERATE, key, { json, headers: async }), { status: 400, code: 'invalid_request', field: 'Idempotency-Key', says: /255/ });
  }
  t.equal(await coursesOf('Keys'), 0);
  const key = randomUUID();
  const first = await post(GENERATE, key, { json, headers: async });
  await generation.pool.query("UPDATE idempotent_requests SET expires_at = clock_timestamp() - interval '1 second'");
  const again = await post(GENERATE, key, { json, headers: async });
  t.not(again.text, first.text);
  t.equal(await coursesOf('Keys'), 2);
  const remembered = async () => Number((await generation.pool.query<{ count: string }>('SELECT count(*) FROM idempotent_requests')).rows[0]!.count);
  for (let count = await remembered(); count > 5; count -= 1) await post(GENERATE, randomUUID(), { json, headers: async });
  t.equal(await remembered() < 15, true, `${await remembered()} are left`);
});

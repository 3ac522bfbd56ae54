/**
 * What an operator sees over HTTP, and what he asks for: with a reason, which stands in the events.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, nodeStream } from '@coursewright/events';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem, claimRefused } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const get = async (path: string) => (await gateway.send('GET', `/api/v1/admin/${path}`)).json;
const metadataOfLast = async () => (await generation.log()).at(-1)?.metadata;

t.test('where nothing has happened, everything is empty', async (t) => {
  t.strictSame(await get('workers'), { workers: [] });
  t.strictSame(await get('queue'), { queues: [] });
  t.strictSame(await get('waiting'), { waiting: [] });
  t.strictSame(await get('failures'), { failures: [] });
  t.match(await get('rescues'), { interruptions: [], late_results: 0, journal_hits: 0, journal_tokens: 0 });
});

t.test('a worker that lives is told from one that is gone', async (t) => {
  const die = await generation.holdBeacon();
  const [living] = (await get('workers')).workers;
  t.match(living, { alive: true, host: 'test', pid: 1, nodes_in_hand: 0, plans_in_hand: 0 });
  await die();
  t.match((await get('workers')).workers.find(({ worker_id: id }: { worker_id: string }) => id === living.worker_id), { alive: false });
});

t.test('what is unfinished is listed with why, a course that is not planned without a node, the oldest first', async (t) => {
  const planned = await generation.requestCourse();
  await generation.plan(planned);
  const asked = await generation.requestCourse();
  const { waiting } = await get('waiting?limit=100');
  t.match(waiting.find(({ course_map_id: id }: { course_map_id: string }) => id === asked), { node_id: null, cause: 'not_planned', why: /waits since/ });
  t.match(waiting.find(({ course_map_id: id }: { course_map_id: string }) => id === planned), { node_id: /./, why: /./ });
  const since = waiting.map((each: { since: string }) => each.since);
  t.strictSame(since, since.toSorted());
  t.equal((await get('waiting?limit=1')).waiting.length, 1);
});

t.test('what lost its worker is told by its cause and how soon it was noticed; what the journal answered, by what it spared', async (t) => {
  const course = await generation.requestCourse();
  await generation.plan(course);
  const stream = nodeStream({ courseMapId: course, nodeId: 'start' });
  await generation.startNode(course, 'start');
  for (const [attempt, ms] of [[1, 340], [2, 900], [3, 9000]] as const) {
    const again = { attempt: attempt + 1, reason: 'recovered' as const, job_id: randomUUID(), delay_ms: 0 };
    await generation.append(stream, { type: 'GenerationInterrupted', data: { attempt, cause: 'worker_lost', worker_id: 'worker-by-hand', detected_after_ms: ms } },
      { type: 'GenerationScheduled', data: again },
      { type: 'GenerationStarted', data: { attempt: attempt + 1, worker_id: 'worker-by-hand', job_id: again.job_id, deadline: new Date(Date.now() + 60_000).toISOString() } });
  }
  const { rows: [call] } = await generation.pool.query<{ input_price: number }>("INSERT INTO llm_calls (id, request_key, stream, started_version, worker_id, correlation_id, model, status, max_input_tokens, max_output_tokens, input_tokens, output_tokens, input_price, output_price, expires_at, ended_at) VALUES (gen_random_uuid(), repeat('a', 64), $1, 1, 'worker-by-hand', 'c', 'm', 'answered', 1, 1, 1, 1, 2, 4, clock_timestamp(), clock_timestamp()) RETURNING input_price::float8", [stream]);
  t.equal(call?.input_price, 2);
  await generation.append(stream, { type: 'GenerationCompleted', data: { attempt: 4, content_hash: 'a'.repeat(64), model: 'm', usage: { input_tokens: 100_000, output_tokens: 200_000 }, from_journal: true } });
  const rescues = await get('rescues');
  t.match(rescues, { journal_hits: 1, journal_tokens: 300_000, journal_cost: 1 });
  t.match(rescues.interruptions, [{ of: 'node', cause: 'worker_lost', interruptions: 3, p50_ms: 900, p99_ms: 9000, most_ms: 9000 }]);
  t.strictSame(rescues.detection, [[250, 0], [500, 1], [1000, 1], [2000, 0], [5000, 0], [null, 1]].map(([upTo, interruptions]) => ({ up_to_ms: upTo, interruptions })));
});

t.test('everything that failed in one way is asked for again, with the reason in each event, and only that', async (t) => {
  const course = await generation.requestCourse();
  await generation.plan(course);
  await generation.failNode(course, 'start', 'the model is away since 17 s');
  const other = await generation.requestCourse();
  await generation.plan(other);
  await generation.failNode(other, 'start', 'the model is away since 4 s');
  const third = await generation.requestCourse();
  await generation.plan(third);
  await generation.failNode(third, 'start', 'something else');

  const { failures } = await get('failures');
  const alike = failures.find(({ streams }: { streams: number }) => streams === 2);
  t.match(alike, { still_failed: 2, example: /the model is away/ });
  const path = `/api/v1/admin/failures/${alike.fingerprint}/retry`;
  claimRefused(t, await gateway.send('POST', path, { json: {} }), { status: 400, code: 'invalid_request', field: 'reason' });
  const answer = await gateway.send('POST', path, { json: { reason: 'the model is back' } });
  t.strictSame([answer.status, answer.json], [202, { retried: 2, has_more: false }]);
  const asked = (await generation.log()).filter(({ type }) => type === 'RetryRequested');
  t.strictSame(asked.map(({ stream }) => stream).sort(), [course, other].map((id) => nodeStream({ courseMapId: id, nodeId: 'start' })).sort());
  for (const { data, metadata } of asked) t.match({ data, metadata }, { data: { reason: 'operator' }, metadata: { reason: 'the model is back', via: 'http' } });
  claimProblem(t, await gateway.send('POST', path, { json: { reason: 'once more' } }), 404, 'failure_not_found');
  claimRefused(t, await gateway.send('POST', '/api/v1/admin/failures/nonsense/retry', { json: { reason: 'x' } }), { status: 400, code: 'invalid_request', field: 'fingerprint' });
});

t.test('whatever is asked for with a reason has it in its event', async (t) => {
  const course = await generation.requestCourse();
  await generation.plan(course);
  await generation.failNode(course, 'start', 'away');
  await gateway.send('POST', `/api/v1/course-map/${course}/nodes/start/retry`, { json: { reason: 'one more try' } });
  t.match(await metadataOfLast(), { reason: 'one more try' });
  await gateway.send('POST', `/api/v1/course-map/${course}/cancel`, { json: { reason: 'not wanted any more' } });
  t.match((await generation.log()).at(-1), { data: { reason: 'not wanted any more' }, metadata: { reason: 'not wanted any more' } });
  const unplanned = await generation.requestCourse();
  await generation.startPlanning(unplanned);
  await generation.failPlanning(unplanned, 'away');
  await gateway.send('POST', `/api/v1/course-map/${unplanned}/retry`, { json: { reason: 'it is back' } });
  t.match((await generation.log()).find(({ stream, type }) => stream === courseMapStream(unplanned) && type === 'CourseMapRetryRequested')?.metadata, { reason: 'it is back' });
  await gateway.send('POST', '/api/v1/course-map/admin/recover-tasks', { json: { reason: 'to be sure' } });
  t.match((await generation.log()).find(({ type }) => type === 'RecoveryRequested')?.metadata, { reason: 'to be sure' });
});

t.test('a gateway that no launcher started breaks nothing, whoever asks', async (t) => {
  claimProblem(t, await gateway.send('GET', '/api/v1/local/processes'), 404, 'no_launcher');
  claimProblem(t, await gateway.send('POST', '/api/v1/local/faults', { json: { fault: 'kill', process: 'generation-1' } }), 404, 'no_launcher');
});

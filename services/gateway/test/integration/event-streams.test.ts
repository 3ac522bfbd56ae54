/**
 * Watching a course, or everything: a snapshot, then every event once, in order, over any number of reconnects to any gateway.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, courseOfStream } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { connect, type EventSource, type ReceivedFrame } from '../fixtures/event-source.ts';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { courseRequest, plannedCourse } from '../fixtures/sample-course.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateways = [await startGateway(t, { DATABASE_URL: database.url }), await startGateway(t, { DATABASE_URL: database.url })] as const;
const { port } = gateways[0];
const [first] = plannedCourse().nodes;

const ofCourse = (id: string): string => `/api/v1/course-map/${id}/events`;

/** What a stream should have shown of these courses, by the log. */
async function logged(after: number, isWanted: (stream: string) => boolean): Promise<{ id: string; event: string }[]> {
  const events = await generation.log();
  return events.filter(({ position, stream }) => position > BigInt(after) && isWanted(stream)).map(({ position, type }) => ({ id: String(position), event: type }));
}

const shown = (frames: readonly ReceivedFrame[]) => frames.map(({ id, event }) => ({ id, event }));

t.test('a watched course: its snapshot, then each of its events as it is committed, and of no other course', async (t) => {
  const id = await generation.requestCourse();
  await generation.startPlanning(id);
  const source = await connect(t, port, ofCourse(id));
  t.equal(source.status, 200);
  t.match(source.headers, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' });
  t.notOk('content-encoding' in source.headers);
  const [snapshot] = await source.received(1);
  t.equal(snapshot?.event, 'snapshot');
  t.same(JSON.parse(snapshot!.data), (await gateways[0].send('GET', `/api/v1/course-map/${id}/progress`)).json, 'the document of progress');

  await generation.requestCourse();
  await generation.append(courseMapStream(id), { type: 'CourseMapPlanned', data: plannedCourse() });
  await generation.completeNode(id, first!.id);
  await source.received(5);
  const expected = await logged(Number(snapshot!.id), (stream) => courseOfStream(stream) === id);
  t.same(shown(source.frames.slice(1)), expected);
  t.same(expected.map(({ event }) => event), ['CourseMapPlanned', 'GenerationScheduled', 'GenerationStarted', 'GenerationCompleted']);
  const last = JSON.parse(source.frames.at(-1)!.data) as Record<string, unknown>;
  t.match(last, { position: Number(expected.at(-1)!.id), stream: `node-${id}+${first!.id}`, version: 3, type: 'GenerationCompleted', schema_version: 1, metadata: { via: 'generation' } });
});

t.test('everything is watched: how many courses there are, then all events', async (t) => {
  const source = await connect(t, port, '/api/v1/events');
  const [snapshot] = await source.received(1);
  t.match(JSON.parse(snapshot!.data), { courses: {} });
  const ids = [await generation.requestCourse(), await generation.requestCourse()];
  await generation.startPlanning(ids[0]!);
  await source.received(4);
  t.same(shown(source.frames.slice(1)), await logged(Number(snapshot!.id), () => true));
});

t.test('a stream that is open while the tail of the log is lost begins anew with a snapshot, and shows what has happened instead', async (t) => {
  const own = await testDatabase(t);
  const ownGeneration = generationByHand(t, own.url);
  const gateway = await startGateway(t, { DATABASE_URL: own.url });
  const id = await ownGeneration.requestCourse();
  const source = await connect(t, gateway.port, ofCourse(id));
  await ownGeneration.startPlanning(id);
  await source.received(2);
  // As a standby has it that lagged behind: the last event never was.
  const owner = new pg.Client({ connectionString: own.url });
  await owner.connect();
  t.teardown(() => owner.end());
  await owner.query(`
    BEGIN;
    ALTER TABLE event_positions DISABLE TRIGGER ALL; ALTER TABLE recorded_events DISABLE TRIGGER ALL;
    DELETE FROM recorded_events WHERE id = (SELECT event_id FROM event_positions ORDER BY position DESC LIMIT 1);
    DELETE FROM event_positions WHERE position = (SELECT max(position) FROM event_positions);
    ALTER TABLE event_positions ENABLE TRIGGER ALL; ALTER TABLE recorded_events ENABLE TRIGGER ALL;
    ALTER TABLE event_positions ENABLE ALWAYS TRIGGER event_positions_append_only; ALTER TABLE recorded_events ENABLE ALWAYS TRIGGER recorded_events_append_only;
    UPDATE course_map_states SET status = 'requested', version = 1, attempt = 0, worker_id = NULL;
    COMMIT`);
  await ownGeneration.append(courseMapStream(id), { type: 'CourseMapCancelled', data: { reason: 'on the other side' } });
  const frames = await source.received(3);
  t.equal(frames[2]?.event, 'snapshot');
  t.match(JSON.parse(frames[2]!.data), { overall_status: 'cancelled' });
  t.equal(frames[2]!.id, frames[1]!.id, 'the position of the event that was lost belongs to another');
});

t.test('a client that is cut off at random and comes back to either gateway is shown every event once, in order', async (t) => {
  const id = await generation.requestCourse();
  const start = await connect(t, port, ofCourse(id));
  const [snapshot] = await start.received(1);
  start.close();
  let isWriting = true;
  const writing = (async () => {
    for (let attempt = 1; attempt <= 60; attempt += 1) {
      const data = { attempt, worker_id: 'w', job_id: randomUUID(), deadline: '2099-01-01T00:00:00.000Z' };
      await generation.append(courseMapStream(id), { type: 'CourseMapPlanningStarted', data },
        { type: 'CourseMapPlanningInterrupted', data: { attempt, cause: 'worker_lost', worker_id: 'w', detected_after_ms: 1 } });
      await generation.requestCourse();
    }
    isWriting = false;
  })();
  const seen: ReceivedFrame[] = [];
  let connections = 0;
  const expected = async () => logged(Number(snapshot!.id), (stream) => courseOfStream(stream) === id);
  while (isWriting || seen.length < (await expected()).length) {
    const after = seen.at(-1)?.id ?? snapshot!.id!;
    const source = await connect(t, gateways[connections % 2]!.port, ofCourse(id), { 'last-event-id': after });
    if (source.status !== 200) throw new Error(`refused with ${source.status}`);
    connections += 1;
    const wanted = 1 + Math.floor(Math.random() * 12);
    await until('some events, or all', async () => (source.frames.length >= wanted || (!isWriting && seen.length + source.frames.length >= (await expected()).length) ? true : undefined));
    source.close();
    seen.push(...source.frames);
  }
  await writing;
  t.same(shown(seen), await expected());
  t.ok(connections > 5, `${connections} connections`);
});

t.test('who comes back with nothing missed is told nothing, and then what comes', async (t) => {
  const id = await generation.requestCourse();
  const [snapshot] = await (await connect(t, port, ofCourse(id))).received(1);
  const again = await connect(t, port, `${ofCourse(id)}?last_event_id=${snapshot!.id}`);
  await generation.startPlanning(id);
  await again.received(1);
  t.match(again.frames, [{ event: 'CourseMapPlanningStarted' }]);
});

t.test('who knows more than the log (it was restored from an older backup) begins anew', async (t) => {
  const id = await generation.requestCourse();
  const source = await connect(t, port, ofCourse(id), { 'last-event-id': '900000000000' });
  await source.received(1);
  t.match(source.frames, [{ event: 'snapshot' }]);
});

for (const [what, path, headers, status, code] of [
  ['a course that is not there', ofCourse(randomUUID()), {}, 404, 'course_map_not_found'],
  ['a course by no id', '/api/v1/course-map/nope/events', {}, 400, 'invalid_request'],
  ['an id that is none', '/api/v1/events', { 'last-event-id': 'yesterday' }, 400, 'invalid_request'],
  ['an id in the query that is none', '/api/v1/events?last_event_id=-1', {}, 400, 'invalid_request'],
  ['what is not known', '/api/v1/events?types=x', {}, 400, 'invalid_request'],
] as const) {
  t.test(`${what} is refused as a problem, before any stream begins`, async (t) => {
    const source = await connect(t, port, path, headers);
    t.equal(source.status, status);
    t.match(source.headers['content-type'], /^application\/problem\+json/);
    await source.received(1);
    t.match(JSON.parse(source.frames[0]!.data), { code });
  });
}

t.test('a quiet stream says that it is alive, in comments without an id, and after a while asks to come back', async (t) => {
  const lively = await startGateway(t, { DATABASE_URL: database.url, EVENT_STREAM_HEARTBEAT_MS: '100' });
  const source = await connect(t, lively.port, '/api/v1/events');
  await until('three heartbeats', () => source.comments.length >= 3);
  t.same(new Set(source.comments), new Set(['alive']));
  t.equal(source.frames.length, 1, 'nothing but the snapshot');
  source.close();
  const brief = await startGateway(t, { DATABASE_URL: database.url, EVENT_STREAM_LONGEST_MS: '1000' });
  const ending = await connect(t, brief.port, '/api/v1/events');
  await ending.over();
  t.equal(ending.frames.length, 1, 'nor when it is over');
});

t.test('places are limited, for each client and in all; a place that is left is free', async (t) => {
  const small = await startGateway(t, { DATABASE_URL: database.url, EVENT_STREAMS: '3', EVENT_STREAMS_PER_CLIENT: '2', TRUSTED_PROXIES: '1' });
  const open = (client: string): Promise<EventSource> => connect(t, small.port, '/api/v1/events', { 'x-forwarded-for': `forged, ${client}` });
  const [one] = [await open('192.0.2.1'), await open('192.0.2.1')];
  const third = await open('192.0.2.1');
  t.equal(third.status, 429);
  t.equal(third.headers['retry-after'], '5');
  t.equal((await open('192.0.2.2')).status, 200);
  const full = await open('192.0.2.3');
  t.equal(full.status, 503);
  await full.received(1);
  t.match(JSON.parse(full.frames[0]!.data), { code: 'streams_full' });
  one.close();
  await until('its place is free', async () => ((await open('192.0.2.3')).status === 200 ? true : undefined));
});

t.test('a burst costs a client that reads nothing but time; one that does not read is cut off, and misses nothing when it comes back', async (t) => {
  const { port } = await startGateway(t, { DATABASE_URL: database.url, EVENT_STREAM_HEARTBEAT_MS: '500', EVENT_STREAMS_PER_CLIENT: '2' });
  const id = await generation.requestCourse();
  const slow = await connect(t, port, '/api/v1/events');
  const [snapshot] = await slow.received(1);
  slow.pause();
  const reader = await connect(t, port, '/api/v1/events', { 'last-event-id': snapshot!.id! });
  const request = courseRequest();
  // More than two sockets and our own limit hold.
  const large = { ...request, interested_concepts: Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(200, 'x')) };
  const courses = 1500;
  for (let sent = 0; sent < courses; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => generation.append(courseMapStream(randomUUID()), { type: 'CourseMapRequested', data: { request: large } })));
  }
  await generation.startPlanning(id);
  await reader.received(courses + 1);
  t.notOk(reader.isOver, 'who reads is not cut off');
  await until('the place of the slow one is free', async () => ((await connect(t, port, '/api/v1/events')).status === 200 ? true : undefined));
  slow.resume();
  await slow.over();
  t.ok(slow.frames.length <= courses, `it was cut off after ${slow.frames.length}`);
  const back = await connect(t, gateways[0].port, '/api/v1/events', { 'last-event-id': slow.frames.at(-1)!.id! });
  await back.received(courses + 2 - slow.frames.length);
  t.same(shown([...slow.frames.slice(1), ...back.frames]), await logged(Number(snapshot!.id), () => true));
});

t.test('a gateway that stops ends its streams at once, and their clients go on at another', async (t) => {
  const leaving = await startGateway(t, { DATABASE_URL: database.url });
  const id = await generation.requestCourse();
  const source = await connect(t, leaving.port, ofCourse(id));
  const [snapshot] = await source.received(1);
  leaving.stopWaiting();
  await source.over();
  await generation.startPlanning(id);
  const on = await connect(t, port, ofCourse(id), { 'last-event-id': snapshot!.id! });
  await on.received(1);
  t.match(on.frames.at(-1), { event: 'CourseMapPlanningStarted' });
});

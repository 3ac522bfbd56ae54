/**
 * A program that watches misses nothing and sees nothing twice, whatever becomes of its connections.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, courseOfStream } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { generationByHand } from '../../../../services/gateway/test/fixtures/generation-by-hand.ts';
import { startGateway } from '../../../../services/gateway/test/fixtures/running-gateway.ts';
import { plannedCourse } from '../../../../services/gateway/test/fixtures/sample-course.ts';
import { createClient, CoursewrightError, type News, type Progress } from '../../src/index.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const baseUrl = `http://127.0.0.1:${gateway.port}/`;
const REQUEST = { level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 } as const;
const client = createClient({ baseUrl });

/** A fetch whose connections break whenever the test says so, or after so many bytes. */
function brittle(bytes: number): { fetch: typeof fetch; connections: number } {
  const made = {
    connections: 0,
    fetch: (async (input, init) => {
      made.connections += 1;
      const response = await fetch(input, init);
      if (response.body === null || response.status !== 200) return response;
      let left = bytes;
      const cut = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          controller.enqueue(chunk.subarray(0, left));
          left -= chunk.length;
          if (left <= 0) controller.error(new Error('cut'));
        },
      });
      return new Response(response.body.pipeThrough(cut), { headers: response.headers });
    }) as typeof fetch,
  };
  return made;
}

t.test('a course is asked for, looked at and watched to its end, typed', async (t) => {
  const { api, ask } = client;
  const asked = ask(api.POST('/api/v1/course-map/generate', { body: { ...REQUEST, topic: 'By client' }, params: { header: { 'Idempotency-Key': randomUUID() } } }));
  const id = await generation.requested('By client');
  const seen: News<Progress>[] = [];
  const watching = (async () => {
    for await (const news of client.watchCourse(id)) {
      seen.push(news);
      if (news.kind === 'event' && news.event.type === 'CourseMapPlanned') return;
    }
  })();
  await until('the snapshot', () => (seen.length > 0 ? true : undefined));
  await generation.plan(id);
  await watching;
  t.match(seen, [{ kind: 'snapshot', snapshot: { overall_status: 'initializing' } }, { kind: 'event', event: { type: 'CourseMapPlanningStarted' } }, { kind: 'event', event: { type: 'CourseMapPlanned' } }]);
  t.match(await asked, { course_map_id: id });
  const progress = await ask(api.GET('/api/v1/course-map/{course_map_id}/progress', { params: { path: { course_map_id: id } } }));
  t.equal(progress.nodes_status.length, plannedCourse().nodes.length);
});

t.test('what the API refuses is thrown, with its code', async (t) => {
  const params = { path: { course_map_id: randomUUID() } };
  await t.rejects(client.ask(client.api.GET('/api/v1/course-map/{course_map_id}/progress', { params })), { name: 'CoursewrightError', code: 'course_map_not_found', status: 404 });
  await t.rejects(client.watchCourse(params.path.course_map_id).next(), { name: 'CoursewrightError', code: 'course_map_not_found', status: 404 });
  const error = await client.watchCourse('nope').next().catch((thrown: unknown) => thrown);
  t.ok(error instanceof CoursewrightError);
  t.match((error as CoursewrightError).problem?.errors, [{ field: 'course_map_id' }]);
});

t.test('over connections that break in the middle of a frame, every event is seen once, in order', async (t) => {
  const id = await generation.requestCourse();
  const line = brittle(3000);
  const lost: unknown[] = [];
  const seen: bigint[] = [];
  let begunAt: bigint | undefined;
  const end = new AbortController();
  const watching = (async () => {
    for await (const news of createClient({ baseUrl, fetch: line.fetch }).watchCourse(id, { signal: end.signal, onLost: (error) => lost.push(error) })) {
      if (news.kind === 'event') seen.push(BigInt(news.position));
      else begunAt = BigInt(news.position);
    }
  })();
  const began = await until('it has begun', () => begunAt);
  for (let attempt = 1; attempt <= 12; attempt += 1) {
    const data = { attempt, worker_id: 'w', job_id: randomUUID(), deadline: '2099-01-01T00:00:00.000Z' };
    await generation.append(courseMapStream(id), { type: 'CourseMapPlanningStarted', data },
      { type: 'CourseMapPlanningInterrupted', data: { attempt, cause: 'worker_lost', worker_id: 'w', detected_after_ms: 1 } });
  }
  const expected = (await generation.log()).filter(({ stream, position }) => courseOfStream(stream) === id && position > began).map(({ position }) => position);
  await until('all of them', () => (seen.length >= expected.length ? true : undefined));
  end.abort();
  await watching;
  t.same(seen, expected);
  t.ok(line.connections > 2, `${line.connections} connections`);
  t.ok(lost.length > 0);
});

t.test('who was there before goes on behind the event that he has', async (t) => {
  const id = await generation.requestCourse();
  await generation.startPlanning(id);
  const [requested, started] = (await generation.log()).filter(({ stream }) => courseOfStream(stream) === id);
  const { value } = await client.watchCourse(id, { after: Number(requested!.position) }).next();
  t.match(value, { kind: 'event', position: Number(started!.position), event: { type: 'CourseMapPlanningStarted', version: 2 } });
});

t.test('all courses are watched alike', async (t) => {
  const watching = client.watchEverything();
  const { value: first } = await watching.next();
  t.match(first, { kind: 'snapshot', snapshot: { courses: {} } });
  const next = watching.next();
  const id = await generation.requestCourse();
  t.match((await next).value, { kind: 'event', event: { type: 'CourseMapRequested', stream: courseMapStream(id) } });
  await watching.return();
});

t.test('a gateway that is full, away or silent is tried again; its end is waited for no longer than the caller wants', async (t) => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(503, { 'retry-after': '0' }).end(),
    (response) => response.destroy(),
    (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 10\n\n'),
    (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 7\nevent: snapshot\ndata: {"overall_status":"completed"}\n\n'),
    (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
  ];
  const ids: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ids.push(request.headers['last-event-id'] as string | undefined);
    (answers.shift() ?? (() => undefined))(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const end = new AbortController();
  const lost: unknown[] = [];
  const watching = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    .watchCourse(randomUUID(), { signal: end.signal, silentMs: 5000, onLost: (error) => lost.push(error) });
  t.match((await watching.next()).value, { kind: 'snapshot', position: 7, snapshot: { overall_status: 'completed' } });
  t.match(lost, [/503/, /./, /5000 ms/].map((message) => ({ message })));
  const next = watching.next();
  await until('it came back', () => (ids.length >= 6 ? true : undefined));
  t.same(ids.slice(0, 6), [undefined, undefined, undefined, undefined, '7', '7']);
  end.abort();
  t.same(await next, { value: undefined, done: true });
});

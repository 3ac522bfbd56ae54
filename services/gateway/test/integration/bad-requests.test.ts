/** Paths, parameters and methods that are wrong are refused, with the mistake named, and nothing is recorded. */
import t from 'tap';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem, claimRefused, type Refusal } from '../fixtures/problem-claims.ts';
import { startGateway, type Sending } from '../fixtures/running-gateway.ts';

const GENERATE = '/api/v1/course-map/generate';
const LIST = '/api/v1/course-map/list';
const RECOVER = '/api/v1/course-map/admin/recover-tasks';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
// Waits for nothing, so that a request that slips through is seen at once.
const gateway = await startGateway(t, { DATABASE_URL: database.url, PLAN_WAIT_MS: '0', RECOVERY_WAIT_MS: '100' });

const course = await generation.requestCourse();
const headBefore = await generation.store.head();

type WrongRequest = readonly [method: string, path: string, status: number, code: string, field?: string];

/** Requests that go wrong before their body matters. */
const WRONG_REQUESTS: readonly WrongRequest[] = [
  ['GET', '/api/v1/course-map/not-a-uuid', 400, 'invalid_request', 'course_map_id'],
  ['GET', `/api/v1/course-map/${course}0`, 400, 'invalid_request', 'course_map_id'],
  ['GET', "/api/v1/course-map/'%20OR%201=1--", 400, 'invalid_request', 'course_map_id'],
  ['GET', '/api/v1/course-map/%00', 400, 'invalid_request', 'course_map_id'],
  ['GET', '/api/v1/course-map/%E0%A4%A', 400, 'invalid_request', 'course_map_id'],
  ['GET', '/api/v1/course-map/not-a-uuid/progress', 400, 'invalid_request', 'course_map_id'],
  ['POST', '/api/v1/course-map/not-a-uuid/cancel', 400, 'invalid_request', 'course_map_id'],
  ['GET', '/api/v1/course-map/not-a-uuid/nodes/n1', 400, 'invalid_request', 'course_map_id'],
  ['GET', `/api/v1/course-map/${course}/nodes/n%201`, 400, 'invalid_request', 'node_id'],
  ['GET', `/api/v1/course-map/${course}/nodes/${'n'.repeat(65)}`, 400, 'invalid_request', 'node_id'],
  ['POST', `/api/v1/course-map/${course}/nodes/n+1/retry`, 400, 'invalid_request', 'node_id'],
  ['GET', `/api/v1/course-map/${randomUUID()}`, 404, 'course_map_not_found'],
  ['GET', `/api/v1/course-map/${randomUUID()}/progress`, 404, 'course_map_not_found'],
  ['POST', `/api/v1/course-map/${randomUUID()}/cancel`, 404, 'course_map_not_found'],
  ['GET', `/api/v1/course-map/${randomUUID()}/nodes/n1`, 404, 'course_map_not_found'],
  ['POST', `/api/v1/course-map/${randomUUID()}/nodes/n1/retry`, 404, 'course_map_not_found'],
  ['GET', `/api/v1/course-map/${course}/nodes/n1`, 404, 'node_not_found'],
  ['GET', '/nothing', 404, 'route_not_found'],
  ['GET', '/api/v1/course-maps', 404, 'route_not_found'],
  ['POST', '/api/v2/course-map/generate', 404, 'route_not_found'],
  ['GET', '/%', 404, 'route_not_found'],
  ['PUT', GENERATE, 405, 'method_not_allowed'],
  ['DELETE', `/api/v1/course-map/${course}`, 405, 'method_not_allowed'],
  ['POST', LIST, 405, 'method_not_allowed'],
  ['PATCH', `/api/v1/course-map/${course}/progress`, 405, 'method_not_allowed'],
  ['GET', `/api/v1/course-map/${course}/cancel`, 405, 'method_not_allowed'],
  ['GET', RECOVER, 405, 'method_not_allowed'],
  ['PROPFIND', LIST, 405, 'method_not_allowed'],
  ['GET', `${LIST}?limit=0`, 400, 'invalid_request', 'limit'],
  ['GET', `${LIST}?limit=101`, 400, 'invalid_request', 'limit'],
  ['GET', `${LIST}?limit=-1`, 400, 'invalid_request', 'limit'],
  ['GET', `${LIST}?limit=ten`, 400, 'invalid_request', 'limit'],
  ['GET', `${LIST}?limit=`, 400, 'invalid_request', 'limit'],
  ['GET', `${LIST}?limit=2&limit=3`, 400, 'invalid_request', 'limit'],
  ['GET', `${LIST}?page=2`, 400, 'invalid_request', 'page'],
  ['GET', `${LIST}?__proto__=1`, 400, 'invalid_request', '__proto__'],
  ['GET', `${LIST}?cursor=`, 400, 'invalid_request', 'cursor'],
  ['GET', `${LIST}?cursor=x&cursor=y`, 400, 'invalid_request', 'cursor'],
  ['POST', `${RECOVER}?force=maybe`, 400, 'invalid_request', 'force'],
  ['POST', `${RECOVER}?force=true&force=false`, 400, 'invalid_request', 'force'],
  ['POST', `${RECOVER}?froce=true`, 400, 'invalid_request', 'froce'],
];

for (const [method, path, status, code, field] of WRONG_REQUESTS) {
  t.test(`${method} ${path.replaceAll(/[0-9a-f-]{36}/g, '{id}').slice(0, 80)} is refused: ${code}`, async (t) => {
    const answer = await gateway.send(method, path);
    claimRefused(t, answer, { status, code, field });
  });
}

t.test('a cursor that this service never made is refused', async (t) => {
  const id = randomUUID();
  const cursors = [
    'x',
    'AAAA',
    encoded(id),
    encoded(`2026-01-01T00:00:00.000000Z ${id}'`),
    encoded(`2026-13-01T00:00:00.000000Z ${id}`),
    encoded(`2026-02-30T00:00:00.000000Z ${id}`),
    encoded(`2026-01-01T24:00:01.000000Z ${id}`),
    encoded(`1/1/2026(a-date-to-nobody!) ${id}`),
    encoded(`+275760-09-13T00:00:00.000Z ${id}`),
    encoded(`-271821-04-20T00:00:00.000Z ${id}`),
    encoded(`2026-01-01T00:00:00.00000\u0000 ${id}`),
  ];
  for (const cursor of cursors) {
    await t.test(Buffer.from(cursor, 'base64url').toString('latin1').replaceAll('\u0000', '␀'), async (t) => {
      const answer = await gateway.send('GET', `${LIST}?cursor=${cursor}`);
      claimRefused(t, answer, { status: 400, code: 'invalid_request', field: 'cursor', says: /next_cursor/ });
    });
  }
});

t.test('a cancellation with a wrong body is refused', async (t) => {
  const path = `/api/v1/course-map/${course}/cancel`;
  const invalid = (field: string): Refusal => ({ status: 400, code: 'invalid_request', field });
  const wrong: [title: string, sending: Sending, refusal: Refusal][] = [
    ['an unknown field', { json: { why: 'x' } }, invalid('why')],
    ['an empty reason', { json: { reason: ' ' } }, invalid('reason')],
    ['too long a reason', { json: { reason: 'a'.repeat(501) } }, invalid('reason')],
    ['a number as reason', { json: { reason: 1 } }, invalid('reason')],
    ['a reason with NUL', { json: { reason: 'a\u0000b' } }, invalid('reason')],
    ['a reason with half a surrogate pair', { json: { reason: 'a\ud800b' } }, invalid('reason')],
    ['a list', { json: [] }, invalid('body')],
    ['text', { body: 'x', headers: { 'content-type': 'text/plain' } }, { status: 415, code: 'unsupported_media_type' }],
  ];
  for (const [title, sending, refusal] of wrong) {
    await t.test(title, async (t) => claimRefused(t, await gateway.send('POST', path, sending), refusal));
  }
});

t.test('an answer 405 says in Allow which methods there are', async (t) => {
  const answer = await gateway.send('DELETE', LIST);
  t.equal(answer.status, 405);
  t.match(answer.headers.get('allow'), /GET/);
});

t.test('a wrong method on a path with a name of its own is 405, not a bad course id', async (t) => {
  claimProblem(t, await gateway.send('GET', GENERATE), 405, 'method_not_allowed');
});

t.test('the path that asks for a course knows POST and no other method', async (t) => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const answer = await gateway.send(method, GENERATE);
    claimProblem(t, answer, 405, 'method_not_allowed');
    t.equal(answer.headers.get('allow'), 'OPTIONS, POST', method);
  }
});

t.test('a recovery says everything in its query, so a body with fields is refused', async (t) => {
  const refusal: Refusal = { status: 400, code: 'invalid_request', field: 'force', says: /leave it out/ };
  claimRefused(t, await gateway.send('POST', RECOVER, { json: { force: true } }), refusal);
});

t.test('OPTIONS tells the methods of a path', async (t) => {
  const answer = await gateway.send('OPTIONS', LIST);
  t.ok(answer.status === 200 || answer.status === 204);
  t.match(answer.headers.get('allow'), /GET/);
});

t.test('a client that leaves in the middle of its body harms nobody', async (t) => {
  await new Promise<void>((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': 1000 };
    const leaving = request({ port: gateway.port, method: 'POST', path: GENERATE, headers });
    leaving.on('error', () => resolve());
    leaving.write('{"topic": "a', () => leaving.destroy(new Error('left')));
  });
  t.equal((await gateway.send('GET', '/livez')).status, 200);
  t.equal(await generation.store.head(), headBefore);
});

t.test('of all these requests none was an error of ours, and nothing was recorded', async (t) => {
  const errors = gateway.logged.filter(({ level }) => Number(level) >= 50);
  t.strictSame(
    errors.map(({ msg, err }) => ({ msg, err })),
    [],
  );
  t.equal(await generation.store.head(), headBefore);
});

/** As the service writes its cursors. */
function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

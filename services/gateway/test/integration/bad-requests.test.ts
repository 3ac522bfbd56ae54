import t, { type Test } from 'tap';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway, type Answer, type Sending } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

const GENERATE = '/api/v1/course-map/generate';
const LIST = '/api/v1/course-map/list';
const RECOVER = '/api/v1/course-map/admin/recover-tasks';
const JSON_TYPE = { 'content-type': 'application/json' };

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
// Waits for nothing, so that a request that slips through is seen at once.
const gateway = await startGateway(t, { DATABASE_URL: database.url, PLAN_WAIT_MS: '0', RECOVERY_WAIT_MS: '100' });

const course = await generation.requestCourse();
const headBefore = await generation.store.head();

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly field?: string | undefined;
  readonly says?: RegExp | undefined;
}

/** Claims that the answer refuses, names the field if one is given, and that nothing was recorded. */
async function claimRefused(t: Test, answer: Answer, wanted: Refusal): Promise<void> {
  claimProblem(t, answer, wanted.status, wanted.code);
  if (wanted.field !== undefined) {
    const errors = (answer.json?.errors ?? []) as { field: string; message: string }[];
    const found = errors.find(({ field }) => field === wanted.field);
    t.ok(found, `names ${wanted.field}: ${JSON.stringify(errors).slice(0, 300)}`);
    t.match(found?.message, wanted.says ?? /./, 'says what is allowed');
  }
  t.equal(await generation.store.head(), headBefore, 'nothing was recorded');
}

/** Bodies that are JSON objects and no request for a course: what replaces the valid request's fields. */
const WRONG_FIELDS: readonly (readonly [title: string, changes: object, field: string, says?: RegExp])[] = [
  ['an unknown field', { colour: 'red' }, 'colour', /not a known field/],
  ['a field of another case', { Topic: 'x' }, 'Topic', /not a known field/],
  ...['topic', 'level', 'focus', 'verified_concept', 'mode', 'total_commitment_minutes'].map(
    (field) => [`no ${field}`, { [field]: undefined }, field, /missing|expected one of/] as const,
  ),
  ['a level of another case', { level: 'novice' }, 'level', /Novice.*Beginner.*Intermediate.*Advanced/],
  ['an empty level', { level: '' }, 'level', /Novice/],
  ['a number as level', { level: 1 }, 'level', /Novice/],
  ['an unknown mode', { mode: 'Medium' }, 'mode', /Deep.*Fast.*Light/],
  ['a mode with a space', { mode: 'Deep ' }, 'mode', /Deep/],
  ['no mode but null', { mode: null }, 'mode', /Deep/],
  ['29 minutes', { total_commitment_minutes: 29 }, 'total_commitment_minutes', />=30/],
  ['481 minutes', { total_commitment_minutes: 481 }, 'total_commitment_minutes', /<=480/],
  ['minutes as text', { total_commitment_minutes: '60' }, 'total_commitment_minutes', /number|int/],
  ['half a minute', { total_commitment_minutes: 60.5 }, 'total_commitment_minutes', /int/],
  ['no minutes but null', { total_commitment_minutes: null }, 'total_commitment_minutes', /number|int/],
  ['minutes beyond all integers', { total_commitment_minutes: 1e300 }, 'total_commitment_minutes'],
  ['no minutes but true', { total_commitment_minutes: true }, 'total_commitment_minutes', /number|int/],
  ['a topic of 201 characters', { topic: 'a'.repeat(201) }, 'topic', /<=200/],
  ['a focus of 501 characters', { focus: 'a'.repeat(501) }, 'focus', /<=500/],
  ['a verified concept of 501 characters', { verified_concept: 'a'.repeat(501) }, 'verified_concept', /<=500/],
  ['an empty topic', { topic: '' }, 'topic', />=1/],
  ['a topic of spaces', { topic: ' \t\n ' }, 'topic', />=1/],
  ['a topic with NUL', { topic: 'a\u0000b' }, 'topic', /control characters/],
  ['a topic with an escape', { topic: 'a\u001b[31m' }, 'topic', /control characters/],
  ['a topic with half a surrogate pair', { topic: 'a\ud800b' }, 'topic', /Unicode/],
  ['a topic that is a list', { topic: ['a'] }, 'topic', /string/],
  ['a topic that is an object', { topic: { $gt: '' } }, 'topic', /string/],
  ['21 concepts', { interested_concepts: Array.from({ length: 21 }, () => 'a') }, 'interested_concepts', /<=20/],
  ['concepts that are no list', { interested_concepts: 'a' }, 'interested_concepts', /array/],
  ['a concept that is no text', { interested_concepts: ['a', 7] }, 'interested_concepts.1', /string/],
  ['an empty concept', { interested_concepts: ['a', ''] }, 'interested_concepts.1', />=1/],
  ['a language of 36 characters', { language: 'a'.repeat(36) }, 'language', /<=35/],
  ['no language but null', { language: null }, 'language', /string/],
];

for (const [title, changes, field, says] of WRONG_FIELDS) {
  t.test(`generate with ${title} is refused`, async (t) => {
    const answer = await gateway.send('POST', GENERATE, { json: { ...courseRequest(), ...changes } });
    await claimRefused(t, answer, { status: 400, code: 'invalid_request', field, says });
  });
}

t.test('every mistake of a body is named at once', async (t) => {
  const answer = await gateway.send('POST', GENERATE, { json: { level: 'x', mode: 'y', colour: 1, size: 2 } });
  const fields = (answer.json.errors as { field: string }[]).map(({ field }) => field).sort();
  t.strictSame(fields, ['colour', 'focus', 'level', 'mode', 'size', 'topic', 'total_commitment_minutes', 'verified_concept']);
});

const valid = JSON.stringify(courseRequest());

/** Bodies, types and headers that never become an object with fields. */
const WRONG_BODIES: readonly (readonly [title: string, sending: Sending, status: number, code: string, field?: string])[] = [
  ['that is no JSON', { body: '{"topic": ', headers: JSON_TYPE }, 400, 'invalid_json', 'body'],
  ['with a trailing comma', { body: `${valid.slice(0, -1)},}`, headers: JSON_TYPE }, 400, 'invalid_json', 'body'],
  ['that is a list', { body: `[${valid}]`, headers: JSON_TYPE }, 400, 'invalid_request', 'body'],
  ['that is null', { body: 'null', headers: JSON_TYPE }, 400, 'invalid_json', 'body'],
  ['that is a string', { body: '"topic"', headers: JSON_TYPE }, 400, 'invalid_json', 'body'],
  ['that is a number', { body: '7', headers: JSON_TYPE }, 400, 'invalid_json', 'body'],
  ['that is empty', { body: '', headers: JSON_TYPE }, 400, 'invalid_request', 'topic'],
  ['that is missing', {}, 415, 'unsupported_media_type'],
  ['sent as text', { body: valid, headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
  ['sent as a form', { body: 'topic=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported_media_type'],
  ['sent as another JSON', { body: valid, headers: { 'content-type': 'application/vnd.api+json' } }, 415, 'unsupported_media_type'],
  ['of one byte too many', { body: valid + ' '.repeat(64 * 1024 + 1 - valid.length), headers: JSON_TYPE }, 413, 'body_too_large'],
  ['of a megabyte', { body: ' '.repeat(1024 * 1024), headers: JSON_TYPE }, 413, 'body_too_large'],
  ['with 100,000 lists in each other', { body: '['.repeat(100_000), headers: JSON_TYPE }, 413, 'body_too_large'],
  ['with as deep lists as fit', { body: `{"topic":${'['.repeat(32_000)}${']'.repeat(32_000)}}`, headers: JSON_TYPE }, 400, 'invalid_request', 'topic'],
  ['of a prototype', { body: `{"__proto__":{"topic":"a"},${valid.slice(1)}`, headers: JSON_TYPE }, 400, 'invalid_json', 'body'],
  ['of a constructor', { body: `{"constructor":{"prototype":{"a":1}},${valid.slice(1)}`, headers: JSON_TYPE }, 400, 'invalid_request', 'constructor'],
  ['in an unknown encoding', { body: valid, headers: { ...JSON_TYPE, 'content-encoding': 'rot13' } }, 400, 'invalid_json'],
  ['that is no gzip though it says so', { body: valid, headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }, 400, 'invalid_json'],
];

for (const [title, sending, status, code, field] of WRONG_BODIES) {
  t.test(`generate with a body ${title} is refused`, async (t) => {
    const answer = await gateway.send('POST', GENERATE, sending);
    await claimRefused(t, answer, { status, code, field });
  });
}

t.test('a body of exactly 64 KiB is read', async (t) => {
  const answer = await gateway.send('POST', GENERATE, {
    body: valid.replace(/}$/, ',"x":1}').padEnd(64 * 1024),
    headers: JSON_TYPE,
  });
  await claimRefused(t, answer, { status: 400, code: 'invalid_request', field: 'x' });
});

/** Requests that go wrong before their body matters. */
const WRONG_REQUESTS: readonly (readonly [method: string, path: string, status: number, code: string, field?: string])[] = [
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
  ['GET', '/', 404, 'route_not_found'],
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
    await claimRefused(t, answer, { status, code, field });
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
      await claimRefused(t, answer, { status: 400, code: 'invalid_request', field: 'cursor', says: /next_cursor/ });
    });
  }
});

t.test('a cancellation with a wrong body is refused', async (t) => {
  const path = `/api/v1/course-map/${course}/cancel`;
  const refused = (status: number, code: string, field?: string): Refusal => ({ status, code, field });
  const wrong: [string, Sending, Refusal][] = [
    ['an unknown field', { json: { why: 'x' } }, refused(400, 'invalid_request', 'why')],
    ['an empty reason', { json: { reason: ' ' } }, refused(400, 'invalid_request', 'reason')],
    ['too long a reason', { json: { reason: 'a'.repeat(501) } }, refused(400, 'invalid_request', 'reason')],
    ['a number as reason', { json: { reason: 1 } }, refused(400, 'invalid_request', 'reason')],
    ['a reason with NUL', { json: { reason: 'a\u0000b' } }, refused(400, 'invalid_request', 'reason')],
    ['a reason with half a surrogate pair', { json: { reason: 'a\ud800b' } }, refused(400, 'invalid_request', 'reason')],
    ['a list', { json: [] }, refused(400, 'invalid_request', 'body')],
    ['text', { body: 'stop', headers: { 'content-type': 'text/plain' } }, refused(415, 'unsupported_media_type')],
  ];
  for (const [title, sending, wanted] of wrong) {
    await t.test(title, async (t) => claimRefused(t, await gateway.send('POST', path, sending), wanted));
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

t.test('OPTIONS tells the methods of a path', async (t) => {
  const answer = await gateway.send('OPTIONS', LIST);
  t.ok(answer.status === 200 || answer.status === 204);
  t.match(answer.headers.get('allow'), /GET/);
});

t.test('a client that leaves in the middle of its body harms nobody', async (t) => {
  await new Promise<void>((resolve) => {
    const leaving = request({ port: gateway.port, method: 'POST', path: GENERATE, headers: { ...JSON_TYPE, 'content-length': 1000 } });
    leaving.on('error', () => resolve());
    leaving.write('{"topic": "a', () => leaving.destroy(new Error('left')));
  });
  t.equal((await gateway.send('GET', '/livez')).status, 200);
  t.equal(await generation.store.head(), headBefore);
});

t.test('of all these requests none was an error of ours, and nothing was recorded', async (t) => {
  const errors = gateway.logged.filter(({ level }) => Number(level) >= 50);
  t.strictSame(errors.map(({ err, msg }) => ({ err, msg })), []);
  t.equal(await generation.store.head(), headBefore);
});

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

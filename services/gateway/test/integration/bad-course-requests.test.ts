/** Whatever is no request for a course is refused, with every mistake named, and nothing is recorded. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimRefused, type Refusal } from '../fixtures/problem-claims.ts';
import { startGateway, type Sending } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

const GENERATE = '/api/v1/course-map/generate';
const JSON_TYPE = { 'content-type': 'application/json' };

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
// Waits for nothing, so that a request that slips through is seen at once.
const gateway = await startGateway(t, { DATABASE_URL: database.url, PLAN_WAIT_MS: '0' });

/** Bodies that are JSON objects and no request for a course: what replaces the valid request's fields. */
const WRONG_FIELDS: readonly (readonly [title: string, changes: object, field: string, says?: RegExp])[] = [
  ['an unknown field', { colour: 'red' }, 'colour', /not a known field/],
  ['a field of another case', { Topic: 'x' }, 'Topic', /not a known field/],
  ...['topic', 'level', 'focus', 'verified_concept', 'mode', 'total_commitment_minutes'].map(
    (field) => [`no ${field}`, { [field]: undefined }, field, /missing/] as const,
  ),
  ['a level of another case', { level: 'novice' }, 'level', /Novice.*Beginner.*Intermediate.*Advanced/],
  ['an empty level', { level: '' }, 'level', /Novice/],
  ['a number as level', { level: 1 }, 'level', /Novice/],
  ['an unknown mode', { mode: 'Medium' }, 'mode', /Deep.*Fast.*Light/],
  ['a mode with a space', { mode: 'Deep ' }, 'mode', /Deep/],
  ['no mode but null', { mode: null }, 'mode', /Deep/],
  ['29 minutes', { total_commitment_minutes: 29 }, 'total_commitment_minutes', /30 or more/],
  ['481 minutes', { total_commitment_minutes: 481 }, 'total_commitment_minutes', /480 or less/],
  ['minutes as text', { total_commitment_minutes: '60' }, 'total_commitment_minutes', /must be a number/],
  ['half a minute', { total_commitment_minutes: 60.5 }, 'total_commitment_minutes', /whole number/],
  ['no minutes but null', { total_commitment_minutes: null }, 'total_commitment_minutes', /must be a number/],
  ['minutes beyond all integers', { total_commitment_minutes: 1e300 }, 'total_commitment_minutes'],
  ['no minutes but true', { total_commitment_minutes: true }, 'total_commitment_minutes', /must be a number/],
  ['a topic of 201 characters', { topic: 'a'.repeat(201) }, 'topic', /200 characters or less/],
  ['a focus of 501 characters', { focus: 'a'.repeat(501) }, 'focus', /500 characters or less/],
  ['a verified concept of 501 characters', { verified_concept: 'a'.repeat(501) }, 'verified_concept', /500 characters or less/],
  ['an empty topic', { topic: '' }, 'topic', /empty/],
  ['a topic of spaces', { topic: ' \t\n ' }, 'topic', /empty/],
  ['a topic with NUL', { topic: 'a\u0000b' }, 'topic', /control characters/],
  ['a topic with an escape', { topic: 'a\u001b[31m' }, 'topic', /control characters/],
  ['a topic with half a surrogate pair', { topic: 'a\ud800b' }, 'topic', /Unicode/],
  ['a topic that is a list', { topic: ['a'] }, 'topic', /text/],
  ['a topic that is an object', { topic: { $gt: '' } }, 'topic', /text/],
  ['21 concepts', { interested_concepts: Array.from({ length: 21 }, () => 'a') }, 'interested_concepts', /20 entries or less/],
  ['concepts that are no list', { interested_concepts: 'a' }, 'interested_concepts', /list/],
  ['a concept that is no text', { interested_concepts: ['a', 7] }, 'interested_concepts.1', /text/],
  ['an empty concept', { interested_concepts: ['a', ''] }, 'interested_concepts.1', /empty/],
  ['a language of 36 characters', { language: 'a'.repeat(36) }, 'language', /35 characters or less/],
  ['no language but null', { language: null }, 'language', /text/],
];

for (const [title, changes, field, says] of WRONG_FIELDS) {
  t.test(`generate with ${title} is refused`, async (t) => {
    const answer = await gateway.send('POST', GENERATE, { json: { ...courseRequest(), ...changes } });
    claimRefused(t, answer, { status: 400, code: 'invalid_request', field, says });
  });
}

t.test('every mistake of a body is named at once', async (t) => {
  const answer = await gateway.send('POST', GENERATE, { json: { level: 'x', mode: 'y', colour: 1, size: 2 } });
  const named = (answer.json.errors as { field: string }[]).map(({ field }) => field).sort();
  const missing = ['focus', 'topic', 'total_commitment_minutes', 'verified_concept'];
  t.match(answer.json.errors, [{ field: 'topic', message: 'is missing; it must be text' }]);
  t.strictSame(named, ['colour', 'level', 'mode', 'size', ...missing].sort());
});

const valid = JSON.stringify(courseRequest());
const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** A body that calls itself JSON. */
const json = (body: string, headers: Record<string, string> = {}): Sending => ({
  body,
  headers: { ...JSON_TYPE, ...headers },
});
/** A body that calls itself something else. */
const typed = (type: string, body = valid): Sending => ({ body, headers: { 'content-type': type } });

const notJson: Refusal = { status: 400, code: 'invalid_json' };
const invalid = (field: string): Refusal => ({ status: 400, code: 'invalid_request', field });
const tooLarge: Refusal = { status: 413, code: 'body_too_large' };
const wrongType: Refusal = { status: 415, code: 'unsupported_media_type' };

/** Bodies, types and headers that never become an object with fields, or become a wrong one. */
const WRONG_BODIES: readonly (readonly [title: string, sending: Sending, refusal: Refusal])[] = [
  ['that is no JSON', json('{"topic": '), { ...notJson, field: 'body' }],
  ['with a comma too many', json(`${valid.slice(0, -1)},}`), notJson],
  ['that is a list', json(`[${valid}]`), invalid('body')],
  ['that is null', json('null'), notJson],
  ['that is a string', json('"topic"'), notJson],
  ['that is a number', json('7'), notJson],
  ['that is empty', json(''), invalid('topic')],
  ['that is missing', {}, wrongType],
  ['sent as text', typed('text/plain'), wrongType],
  ['sent as a form', typed('application/x-www-form-urlencoded', 'topic=a'), wrongType],
  ['sent as another JSON', typed('application/vnd.api+json'), wrongType],
  ['of one byte too many', json(valid.padEnd(64 * 1024 + 1)), tooLarge],
  ['of a megabyte', json(' '.repeat(1024 * 1024)), tooLarge],
  ['with 100,000 lists in each other', json(lists(100_000)), tooLarge],
  ['with as deep lists as fit', json(`{"topic":${lists(32_000)}}`), notJson],
  ['of a prototype', json(`{"__proto__":{"topic":"a"},${valid.slice(1)}`), notJson],
  ['of a constructor', json(`{"constructor":{"prototype":{"a":1}},${valid.slice(1)}`), invalid('constructor')],
  ['in an unknown encoding', json(valid, { 'content-encoding': 'rot13' }), notJson],
  ['that is no gzip though it says so', json(valid, { 'content-encoding': 'gzip' }), notJson],
];

for (const [title, sending, refusal] of WRONG_BODIES) {
  t.test(`generate with a body ${title} is refused`, async (t) => {
    claimRefused(t, await gateway.send('POST', GENERATE, sending), refusal);
  });
}

t.test('a body of exactly 64 KiB is read', async (t) => {
  const answer = await gateway.send('POST', GENERATE, json(valid.replace(/}$/, ',"x":1}').padEnd(64 * 1024)));
  claimRefused(t, answer, invalid('x'));
});

t.test('of all these requests none was an error of ours, and nothing was recorded', async (t) => {
  const errors = gateway.logged.filter(({ level }) => Number(level) >= 50);
  t.strictSame(
    errors.map(({ msg }) => msg),
    [],
  );
  t.equal(await generation.store.head(), 0n);
});

/**
 * Tenants: what one has, no other finds; by HTTP, whatever the operation, and in the database, whatever the question.
 */
import pg from 'pg';
import t, { type Test } from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import type { Gateway } from '../../src/gateway.ts';
import { createOperations } from '../../src/operations.ts';
import { createReaders } from '../../src/queries/reader.ts';
import { SCOPES, type Scope } from '../../src/auth/principal.ts';
import { connect } from '../fixtures/event-source.ts';
import { builtPageFile } from '../fixtures/built-page.ts';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway, type Answer, type Sending } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

/** Stands in everything that the other tenant has. */
const CANARY = 'canary-of-b';
const NOBODY = '0198f3a1-0bef-7290-a2ae-90cf883dcf46';
const OF_TENANTS: readonly Scope[] = ['courses:read', 'courses:write'];

const database = await testDatabase(t);
const { pool, ...generation } = generationByHand(t, database.url);
const environment = { DATABASE_URL: database.url, AUTH: 'required' };
const pageFile = await builtPageFile();
const gateway = await startGateway(t, environment);

const makeKey = async (scopes: readonly Scope[], tenant: string | null): Promise<string> =>
  (await pool.query<{ key: string }>('SELECT make_api_key($1, $2, NULL, $3) AS key', [`of ${tenant}`, scopes, tenant])).rows[0]!.key;
const [a, b, operator] = [await makeKey(OF_TENANTS, 'a'), await makeKey(OF_TENANTS, 'b'), await makeKey(SCOPES, null)];

const send = (key: string, method: string, path: string, sending: Sending = {}): Promise<Answer> =>
  gateway.send(method, path, { ...sending, headers: { authorization: `Bearer ${key}`, ...sending.headers } });
const ask = (key: string, topic: string, via = gateway): Promise<Answer> =>
  via.send('POST', '/api/v1/course-map/generate', { json: courseRequest({ topic }), headers: { authorization: `Bearer ${key}`, prefer: 'respond-async' } });
const topics = async (key: string): Promise<string[]> => (await send(key, 'GET', '/api/v1/course-map/list')).json.course_maps.map((course: { topic: string }) => course.topic).sort();
async function tenants(): Promise<Record<string, string | null>> {
  const { rows } = await pool.query<{ topic: string; tenant: string | null }>("SELECT request ->> 'topic' AS topic, tenant FROM course_map_states");
  return Object.fromEntries(rows.map(({ topic, tenant }) => [topic, tenant]));
}

const mine: string = (await ask(a, 'mine')).json.course_map_id;
await ask(operator, 'of nobody');
const theirs: string = (await ask(b, CANARY)).json.course_map_id;
await generation.plan(theirs);
await generation.completeNode(theirs, 'start');
await generation.failNode(theirs, 'left', CANARY);
await generation.plan(mine);

/** Of an operation: the path with a course's id in it, and something to send. */
function requestFor(path: string, method: string, courseMapId: string): readonly [path: string, sending: Sending] {
  const asked = path.replace('{course_map_id}', courseMapId).replace('{node_id}', path.endsWith('retry') ? 'left' : 'start').replace('{code}', 'node_not_found').replace('{name}', path.startsWith('/assets') ? pageFile : 'plain.css').replaceAll(/\{\w+_id\}/g, courseMapId);
  const json = path.endsWith('generate') ? courseRequest({ topic: 'walking' }) : {};
  return [asked, method === 'get' || path.endsWith('retry') ? {} : { json, headers: { prefer: 'respond-async' } }];
}

t.test('whose a course is stands in the event that asked for it, and beside the course', async (t) => {
  t.same(await tenants(), { mine: 'a', [CANARY]: 'b', 'of nobody': null });
  const asked = (await generation.log()).filter(({ type }) => type === 'CourseMapRequested').map(({ metadata }) => metadata.tenant);
  t.same(asked, ['a', undefined, 'b']);
});

t.test('every operation, with the ids of another tenant: nothing is found, nothing is done, and it is as if there were nothing', async (t) => {
  const head = await generation.store.head();
  for (const { id, method, path, scope } of createOperations({} as Gateway)) {
    const [asked, sending] = requestFor(path, method, theirs);
    const answer = await send(a, method.toUpperCase(), asked, sending);
    t.notMatch(JSON.stringify([...answer.headers]) + answer.text.replaceAll(theirs, ''), CANARY, `${id} tells nothing`);
    if (scope !== 'none' && !OF_TENANTS.includes(scope)) {
      claimProblem(t, answer, 403, 'forbidden');
    } else if (path.includes('{course_map_id}')) {
      claimProblem(t, answer, 404, 'course_map_not_found');
      const [unknown] = requestFor(path, method, NOBODY);
      const other = await send(a, method.toUpperCase(), unknown, sending);
      const alike = ({ json }: Answer, courseMapId: string): unknown => JSON.parse(JSON.stringify({ ...json, request_id: '' }).replaceAll(courseMapId, ''));
      t.same(alike(answer, theirs), alike(other, NOBODY), `${id}: to a stranger it is as one that is not there`);
    } else {
      t.ok(answer.status < 300, `${id} is for everybody: ${answer.status}`);
      t.notMatch(answer.text, theirs, `${id} does not name it`);
    }
  }
  t.equal(Number(await generation.store.head() - head), 1, 'of all these, one course was asked for');
  t.match(await tenants(), { walking: 'a' });
});

t.test('every operation, with ids of its own: they are found', async (t) => {
  for (const { id, method, path } of createOperations({} as Gateway)) {
    if (!path.includes('{course_map_id}') || id === 'cancelCourseMap') continue;
    if (id === 'watchCourseMap') {
      const watching = await connect(t, gateway.port, path.replace('{course_map_id}', theirs), { authorization: `Bearer ${b}` });
      t.match(await watching.received(1), [{ event: 'snapshot', data: theirs }]);
      watching.close();
      continue;
    }
    const [asked, sending] = requestFor(path, method, theirs);
    const answer = await send(b, method.toUpperCase(), asked, sending);
    if (id === 'retryPlanning') claimProblem(t, answer, 409, 'course_map_not_failed');
    else t.ok(answer.status < 300, `${id}: ${answer.status} ${answer.text}`);
  }
  t.equal((await send(b, 'GET', `/api/v1/course-map/${theirs}/history`)).json.entries.length > 4, true, 'with its whole story');
  t.match((await send(b, 'GET', `/api/v1/course-map/${theirs}/progress?at=2100-01-01T00:00:00Z`)).json, { course_map_id: theirs, overall_status: 'generating' });
});

t.test('lists and conditions: each sees its own, and one who is bound to nobody sees all', async (t) => {
  t.same(await topics(a), ['mine', 'walking']);
  t.same(await topics(b), [CANARY]);
  t.same(await topics(operator), [CANARY, 'mine', 'of nobody', 'walking']);
  t.same((await send(b, 'GET', '/api/v1/course-map/list?status=initializing')).json.course_maps, []);
  const { etag } = Object.fromEntries((await send(b, 'GET', `/api/v1/course-map/${theirs}/progress`)).headers);
  claimProblem(t, await send(a, 'GET', `/api/v1/course-map/${theirs}/progress`, { headers: { 'if-none-match': etag! } }), 404, 'course_map_not_found');
  t.equal((await send(operator, 'GET', `/api/v1/course-map/${theirs}`)).json.tenant, 'b');
});

t.test('what the gateway has seen for one tenant, it does not show to another', async (t) => {
  for (const key of [operator, b]) t.equal((await send(key, 'GET', `/api/v1/course-map/${theirs}/progress`)).status, 200);
  claimProblem(t, await send(a, 'GET', `/api/v1/course-map/${theirs}/progress`), 404, 'course_map_not_found');
});

t.test('a key of a tenant reads and writes courses, and can be made for no more', async (t) => {
  for (const [scopes, tenant, says] of [[['courses:read', 'admin'], 'a', 'operators'], [['events:read'], 'a', 'operators'], [OF_TENANTS, 'A b', 'small letters'], [OF_TENANTS, '', 'small letters']] as const) {
    const error = await makeKey(scopes, tenant).then(() => undefined, (refused: unknown) => refused as pg.DatabaseError);
    t.equal(error?.code, 'CW008', `${tenant} ${scopes.join()}`);
    t.match(error?.hint, says);
  }
  const { rows } = await pool.query('SELECT prefix FROM scopes_of_api_key((SELECT hash FROM api_keys WHERE tenant = $1 LIMIT 1))', ['a']);
  t.same(rows, [], 'to a gateway that knows no tenants it is no key');
});

/** What a reader of `tenant` finds in everything that the role may ask. */
async function everythingOf(tenant: string): Promise<Record<string, string>> {
  const reader = createReaders(pool).of(tenant);
  const found: Record<string, string> = {};
  for (const [index, from] of QUESTIONS.entries()) {
    const { rows } = await reader.query<{ all: string | null }>({ name: `all-${index}`, text: `SELECT json_agg(x)::text AS all FROM ${from} x` });
    found[from] = rows[0]?.all ?? '';
  }
  return found;
}
const RELATIONS = ['course_map_states', 'node_states', 'artifacts', 'recorded_events', 'archived_events', 'course_maps', 'events', 'kept_events'];
const QUESTIONS = [...RELATIONS, `course_history('${theirs}', 0, 1000)`, `course_at('${theirs}', 1000000)`];

t.test('in the database itself: every table, view and function that the role of tenants may ask', async (t) => {
  await pool.query('INSERT INTO archived_events SELECT * FROM recorded_events WHERE stream = $1 AND version = 1', [`course_map-${theirs}`]);
  t.teardown(() => pool.query('ALTER TABLE archived_events DISABLE TRIGGER ALL; DELETE FROM archived_events; ALTER TABLE archived_events ENABLE TRIGGER ALL'));
  const [ofA, ofB, ofNobody] = [await everythingOf('a'), await everythingOf('b'), await everythingOf('nobody')];
  for (const from of QUESTIONS) {
    t.match(ofB[from], /^(artifacts|course_at)/.test(from) ? 'start' : theirs, `${from}: its own is there`);
    t.notMatch(ofA[from], theirs, `${from}: of another, nothing`);
    t.notMatch(ofA[from], CANARY);
    t.equal(ofNobody[from], '');
  }
  t.equal(ofA['artifacts'], '', 'no card is shown to one who has none');
  const { rows: readable } = await pool.query<{ name: string }>(`
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'ops', 'outbox') AND c.relkind IN ('r', 'v', 'm') AND has_any_column_privilege('coursewright_tenant', c.oid, 'SELECT')`);
  t.same(readable.map(({ name }) => name).sort(), [...RELATIONS, 'event_positions'].sort(), 'positions say when, and not what');
  const { rows: callable } = await pool.query<{ name: string }>(`
    SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('public', 'ops', 'outbox') AND has_schema_privilege('coursewright_tenant', n.oid, 'USAGE') AND has_function_privilege('coursewright_tenant', p.oid, 'EXECUTE')
      AND p.prosecdef AND p.prorettype <> 'trigger'::regtype`);
  t.same(callable, [{ name: 'database_epoch' }], 'whatever else it may call acts as itself');
});

t.test('one who has not said for whom he reads, sees nothing; and what was said is over with the transaction', async (t) => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  t.teardown(() => client.end());
  const counted = async (): Promise<number> => Number((await client.query<{ count: string }>('SELECT count(*) FROM course_map_states')).rows[0]!.count);
  await client.query("BEGIN; SET LOCAL ROLE coursewright_tenant; SET LOCAL coursewright.tenant = 'b'");
  t.equal(await counted(), 1);
  await client.query('COMMIT');
  await client.query('BEGIN; SET LOCAL ROLE coursewright_tenant');
  t.equal(await counted(), 0);
  await client.query("SET LOCAL coursewright.tenant = ''");
  t.equal(await counted(), 0);
  const refused = await client.query("INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata) VALUES ('recovery-x', 1, 'x', 1, '{}', '{}')").catch((error: unknown) => error as pg.DatabaseError);
  t.match(refused, { code: '42501' }, 'and writes nothing');
  await client.query('ROLLBACK');
});

async function inFlight(t: Test, limit: number) {
  const gateways = [await startGateway(t, { ...environment, TENANT_COURSES_IN_FLIGHT: String(limit) }), await startGateway(t, { ...environment, TENANT_COURSES_IN_FLIGHT: String(limit) })];
  return (key: string, times: number) => Promise.all(Array.from({ length: times }, (_, index) => ask(key, 'in flight', gateways[index % 2])));
}

t.test('a tenant has no more courses in flight than it may, asked for at once over two gateways; others are not held up', async (t) => {
  const [busy, calm] = [await makeKey(OF_TENANTS, 'busy'), await makeKey(OF_TENANTS, 'calm')];
  const askOften = await inFlight(t, 3);
  const answers = await askOften(busy, 20);
  const taken = answers.filter(({ status }) => status === 202);
  t.equal(taken.length, 3);
  const refused = answers.find(({ status }) => status !== 202)!;
  claimProblem(t, refused, 429, 'too_many_courses');
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  t.match(refused.json.detail, 'busy has 3 courses');
  t.same((await askOften(calm, 2)).map(({ status }) => status), [202, 202]);
  t.same((await askOften(operator, 4)).map(({ status }) => status), [202, 202, 202, 202], 'who is bound to nobody is not counted');
  t.equal((await send(busy, 'POST', `/api/v1/course-map/${taken[0]!.json.course_map_id}/cancel`)).status, 200);
  t.same((await askOften(busy, 2)).map(({ status }) => status).sort(), [202, 429], 'one that is over makes room for one');
});

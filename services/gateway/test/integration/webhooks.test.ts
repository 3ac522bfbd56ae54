/** The administration of webhooks. What is sent, and when, is the relay's, and tested there. */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem, claimRefused } from '../fixtures/problem-claims.ts';
import { startGateway, type RunningGateway } from '../fixtures/running-gateway.ts';

const PATH = '/api/v1/admin/webhooks';
const UNKNOWN = '0198b3c4-0000-7000-8000-000000000000';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const owner = new pg.Pool({ connectionString: database.url, max: 2 });
owner.on('error', () => undefined);
t.teardown(() => owner.end());

const create = (json: unknown, on: RunningGateway = gateway) => on.send('POST', PATH, { json });

async function due(id: string): Promise<boolean[]> {
  const { rows } = await owner.query<{ due: boolean }>('SELECT next_at <= clock_timestamp() AS due FROM webhook_deliveries WHERE endpoint_id = $1', [id]);
  return rows.map((row) => row.due);
}

async function created(fields: object = {}): Promise<string> {
  return String((await create({ url: 'https://example.com/hook', ...fields })).json?.id);
}

t.test('an endpoint is made, told its secret once, found, listed, changed and deleted', async (t) => {
  const made = await create({ url: 'https://example.com/hook', types: ['GenerationCompleted'], description: 'ours' });
  t.equal(made.status, 201);
  t.equal(made.headers.get('location'), `${PATH}/${made.json.id}`);
  t.match(made.json, { url: 'https://example.com/hook', types: ['GenerationCompleted'], description: 'ours', disabled_at: null, deliveries: { waiting: 0 } });
  t.match(made.json.secret, /^whsec_[A-Za-z0-9+/]{32}$/);

  const { secret: _, ...told } = made.json as { secret: string; id: string };
  const found = await gateway.send('GET', `${PATH}/${told.id}`);
  t.same([found.status, found.json], [200, told], 'and its secret never again');
  t.same((await gateway.send('GET', PATH)).json.webhooks.map(({ id }: { id: string }) => id), [told.id]);

  const changed = await gateway.send('PATCH', `${PATH}/${told.id}`, { json: { types: null, enabled: false } });
  t.match(changed.json, { types: null, disabled_reason: 'by an administrator', url: 'https://example.com/hook', description: 'ours' });
  t.match((await gateway.send('PATCH', `${PATH}/${told.id}`, { json: { enabled: true } })).json, { disabled_at: null, disabled_reason: null });

  t.equal((await gateway.send('DELETE', `${PATH}/${told.id}`)).status, 204);
  claimProblem(t, await gateway.send('GET', `${PATH}/${told.id}`), 404, 'webhook_not_found');
  claimProblem(t, await gateway.send('DELETE', `${PATH}/${told.id}`), 404, 'webhook_not_found');
});

t.test('a secret is changed: the new one is told once, and the one before is good for a day', async (t) => {
  const made = (await create({ url: 'https://example.com/hook' })).json as { id: string; secret: string };
  const changed = await gateway.send('POST', `${PATH}/${made.id}/rotate-secret`);
  t.equal(changed.status, 200);
  t.match(changed.json.secret, /^whsec_[A-Za-z0-9+/]{32}$/);
  t.not(changed.json.secret, made.secret);
  const until = Date.parse(String(changed.json.previous_secret_until));
  t.ok(Math.abs(until - Date.now() - 24 * 3_600_000) < 60_000);
  const { rows } = await owner.query('SELECT secret, previous_secret FROM webhook_endpoints WHERE id = $1', [made.id]);
  t.same(rows, [{ secret: changed.json.secret, previous_secret: made.secret }]);
  t.notOk('secret' in (await gateway.send('GET', `${PATH}/${made.id}`)).json);
  claimProblem(t, await gateway.send('POST', `${PATH}/${UNKNOWN}/rotate-secret`), 404, 'webhook_not_found');
});

t.test('a new address, or enabling it, closes its circuit, and what waits is sent at once', async (t) => {
  for (const change of [{ url: 'https://example.com/new' }, { enabled: true }]) {
    const id = await created();
    await owner.query("INSERT INTO webhook_deliveries (endpoint_id, position, attempts, next_at) VALUES ($1, 1, 3, now() + interval '5 h')", [id]);
    t.match((await gateway.send('PATCH', `${PATH}/${id}`, { json: { description: null } })).json, { description: '' });
    await gateway.send('PATCH', `${PATH}/${id}`, { json: { description: 'nothing that helps' } });
    t.same(await due(id), [false]);
    await owner.query("UPDATE webhook_endpoints SET failures_in_a_row = 9, failing_since = now(), open_until = now() + interval '1 h' WHERE id = $1", [id]);
    t.match((await gateway.send('GET', `${PATH}/${id}`)).json, { failures_in_a_row: 9, circuit_open_until: /^\d{4}-/ });
    t.match((await gateway.send('PATCH', `${PATH}/${id}`, { json: change })).json, { failures_in_a_row: 0, failing_since: null, circuit_open_until: null });
    t.same(await due(id), [true]);
  }
});

for (const [what, body, field, says] of [
  ['no address', {}, 'url', /missing/],
  ['plain HTTP', { url: 'http://example.com/' }, 'url', /an https URL/],
  ['another scheme', { url: 'ftp://example.com/' }, 'url', /https/],
  ['no URL at all', { url: 'example.com' }, 'url', /https/],
  ['a password', { url: 'https://me:secret@example.com/' }, 'url', /without a user/],
  ['a loopback address', { url: 'https://127.0.0.1/' }, 'url', /private, loopback or link-local/],
  ['an address in other figures', { url: 'https://2130706433/' }, 'url', /private, loopback or link-local/],
  ['an IPv4 address in an IPv6 one', { url: 'https://[::ffff:10.0.0.1]:8443/' }, 'url', /private, loopback or link-local/],
  ['the address of metadata', { url: 'https://169.254.169.254/latest' }, 'url', /private, loopback or link-local/],
  ['the name of this machine', { url: 'https://localhost/' }, 'url', /private, loopback or link-local/],
  ['an unknown type', { url: 'https://example.com/', types: ['Imagined'] }, 'types.0', /GenerationCompleted/],
  ['no type', { url: 'https://example.com/', types: [] }, 'types', /1 entr/],
  ['a field that is none', { url: 'https://example.com/', secret: 'mine' }, 'secret', /./],
] as const) {
  t.test(`an endpoint with ${what} is refused, and nothing is made`, async (t) => {
    const before = (await gateway.send('GET', PATH)).json.webhooks.length;
    claimRefused(t, await create(body), { status: 400, code: 'invalid_request', field, says });
    t.equal((await gateway.send('GET', PATH)).json.webhooks.length, before);
  });
}

t.test('an address is kept as it is sent', async (t) => {
  for (const url of ['HTTPS://Example.com/hook', ' https://example.com/hook ', 'https:example.com/hook', 'https://example.com/\u0000hook']) {
    const answer = await create({ url });
    t.ok(answer.status === 201 || answer.status === 400, `${JSON.stringify(url)}: ${answer.status}`);
    if (answer.status === 201) t.match(answer.json.url, /^https:\/\/example\.com\//);
  }
});

t.test('plain HTTP is allowed where private addresses are', async (t) => {
  const lenient = await startGateway(t, { DATABASE_URL: database.url, WEBHOOKS_ALLOW_PRIVATE: 'true' });
  t.equal((await create({ url: 'http://127.0.0.1:9999/hook' }, lenient)).status, 201);
});

t.test('an endpoint that is made while events are dealt out misses none that come after it', async (t) => {
  const dealing = await owner.connect();
  await owner.query("INSERT INTO subscriptions (name, partition, partitions, position) VALUES ('webhooks', 0, 1, 0)");
  await dealing.query('BEGIN');
  await dealing.query("SELECT FROM subscriptions WHERE name = 'webhooks' FOR UPDATE");
  const making = created({});
  await until('it waits for the batch', async () => (await owner.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%webhooks%'")).rowCount === 1);
  await generation.requestCourse();
  const { rows: [batch] } = await owner.query<{ head: string }>('SELECT max(position) AS head FROM event_positions');
  await dealing.query('COMMIT');
  dealing.release();
  const { rows: [made] } = await owner.query<{ from: string }>('SELECT from_position AS from FROM webhook_endpoints WHERE id = $1', [await making]);
  t.equal(made!.from, batch!.head, 'the batch is before it, the next one sees it');
});

t.test('a replay has events sent again: those of a range, of the types that the endpoint wants', async (t) => {
  const id = await created({ types: ['CourseMapRequested'] });
  await generation.requestCourse();
  await generation.requestCourse();
  const { rows } = await owner.query<{ first: string; last: string }>('SELECT min(position) AS first, max(position) AS last FROM events');
  const [from, to] = [Number(rows[0]!.first), Number(rows[0]!.last)];
  const answer = await gateway.send('POST', `${PATH}/${id}/replay`, { json: { from_position: from, to_position: to } });
  t.equal(answer.status, 202);
  const { rows: counted } = await owner.query<{ n: string }>("SELECT count(*) AS n FROM events WHERE type = 'CourseMapRequested'");
  t.same(answer.json, { replayed: Number(counted[0]!.n) });
  await owner.query("UPDATE webhook_deliveries SET status = 'failed', attempts = 10, error = 'answered 500', response_status = 500, last_attempt_at = now() WHERE endpoint_id = $1 AND position = $2", [id, to]);

  const failed = await gateway.send('GET', `${PATH}/${id}/deliveries?status=failed`);
  t.match(failed.json.deliveries, [{ position: to, type: 'CourseMapRequested', attempts: 10, response_status: 500, error: 'answered 500', next_attempt_at: null }]);
  t.same((await gateway.send('POST', `${PATH}/${id}/replay`, { json: { from_position: to, to_position: to } })).json, { replayed: 1 });
  const all = await gateway.send('GET', `${PATH}/${id}/deliveries`);
  t.match(all.json.deliveries[0], { position: to, status: 'waiting', attempts: 0, error: null });
  t.same((await gateway.send('GET', `${PATH}/${id}/deliveries?before=${to}&limit=1`)).json.deliveries.length, 1);

  claimRefused(t, await gateway.send('POST', `${PATH}/${id}/replay`, { json: { from_position: 2, to_position: 1 } }), { status: 400, code: 'invalid_request', field: 'to_position' });
  claimRefused(t, await gateway.send('POST', `${PATH}/${id}/replay`, { json: { from_position: 1, to_position: 20_000 } }), { status: 400, code: 'invalid_request', field: 'to_position', says: /several steps/ });
  claimRefused(t, await gateway.send('GET', `${PATH}/${id}/deliveries?status=lost`), { status: 400, code: 'invalid_request', field: 'status' });
});

t.test('what is asked of an endpoint that is not there, or of no endpoint, is refused', async (t) => {
  for (const [method, path, json] of [
    ['GET', '', undefined], ['PATCH', '', {}], ['DELETE', '', undefined], ['GET', '/deliveries', undefined], ['POST', '/replay', { from_position: 1, to_position: 1 }],
  ] as const) {
    claimProblem(t, await gateway.send(method, `${PATH}/${UNKNOWN}${path}`, json === undefined ? {} : { json }), 404, 'webhook_not_found');
    claimRefused(t, await gateway.send(method, `${PATH}/nothing${path}`, json === undefined ? {} : { json }), { status: 400, code: 'invalid_request', field: 'webhook_id' });
  }
});

t.test('there may be a hundred endpoints', async (t) => {
  const { rows } = await owner.query<{ n: string }>('SELECT count(*) AS n FROM webhook_endpoints');
  await owner.query("INSERT INTO webhook_endpoints (id, url, secret, from_position) SELECT gen_random_uuid(), 'https://example.com/', 's', 0 FROM generate_series(1, 99 - $1::int)", [rows[0]!.n]);
  // No relay has run on this database: nothing but the limit itself keeps them apart.
  const answers = await Promise.all([1, 2, 3, 4].map(() => create({ url: 'https://example.com/' })));
  t.same(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409], 'four at once for the last place');
  claimProblem(t, await create({ url: 'https://example.com/' }), 409, 'too_many_webhooks');
});

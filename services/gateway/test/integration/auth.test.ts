/**
 * Who may do what: keys and tokens, on every operation.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import t, { type Test } from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import type { Gateway } from '../../src/gateway.ts';
import { createOperations } from '../../src/operations.ts';
import { SCOPES, type Scope } from '../../src/auth/principal.ts';
import { builtPageFile } from '../fixtures/built-page.ts';
import { connect } from '../fixtures/event-source.ts';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway, type Answer } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

const ISSUER = 'https://id.example/';
const AUDIENCE = 'coursewright';

const database = await testDatabase(t);
const { pool, ...generation } = generationByHand(t, database.url);

// An identity provider.
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
const stranger = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
let fetches = 0;
let isAway = false;
const provider = createServer((_request, response) => {
  fetches += 1;
  if (isAway) response.writeHead(500).end();
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
});
await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
t.teardown(() => void provider.close());
const identity = { JWT_JWKS_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
const gateway = await startGateway(t, { DATABASE_URL: database.url, AUTH: 'required', ...identity });

const makeKey = async (scopes: readonly Scope[], validFor: string | null = null): Promise<string> =>
  (await pool.query<{ key: string }>("SELECT make_api_key('test', $1, $2) AS key", [scopes, validFor])).rows[0]!.key;
const revoke = (key: string) => pool.query('SELECT revoke_api_key($1)', [key.slice(0, 11)]);
const seconds = (): number => Math.floor(Date.now() / 1000);
const token = (claims: { readonly [claim in keyof JWTPayload]?: JWTPayload[claim] | undefined } = {}, header: object = {}, key = privateKey) =>
  new SignJWT({ sub: 'ada', iss: ISSUER, aud: AUDIENCE, exp: seconds() + 60, scope: 'openid courses:read', ...claims } as JWTPayload).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);
const bearer = (credential: string) => ({ headers: { authorization: `Bearer ${credential}` } });
const list = (credential: string): Promise<Answer> => gateway.send('GET', '/api/v1/course-map/list', bearer(credential));

function claimUnauthenticated(t: Test, answer: Answer): void {
  claimProblem(t, answer, 401, 'unauthenticated');
  t.match(answer.headers.get('www-authenticate'), /^Bearer realm="coursewright"/);
}

t.test('every operation: nobody, a stranger, one who may do all but this, and one who may', async (t) => {
  const [revoked, expired] = [await makeKey(SCOPES), await makeKey(SCOPES, '1 millisecond')];
  await revoke(revoked);
  const keys = new Map(await Promise.all(SCOPES.map(async (scope) => [scope, { only: await makeKey([scope]), others: await makeKey(SCOPES.filter((one) => one !== scope)) }] as const)));
  const head = await generation.store.head();
  const pageFile = await builtPageFile();
  for (const { id, method, path, scope } of createOperations({} as Gateway)) {
    const asked = path.replace('{code}', 'node_not_found').replace('{name}', path.startsWith('/assets') ? pageFile : 'plain.css').replaceAll(/\{\w+_id\}/g, '0198f3a1-0bef-7290-a2ae-90cf883dcf46');
    const send = (credential?: string) => gateway.send(method.toUpperCase(), asked, credential === undefined ? {} : bearer(credential));
    if (scope === 'none') {
      t.equal((await send()).status, 200, `${id} is for everybody`);
      continue;
    }
    claimUnauthenticated(t, await send());
    for (const credential of ['nope', `cw_00000000_${'A'.repeat(43)}`, revoked, expired, await token({}, {}, stranger.privateKey)]) claimUnauthenticated(t, await send(credential));
    const refused = await send(keys.get(scope)!.others);
    claimProblem(t, refused, 403, 'forbidden');
    t.match(refused.headers.get('www-authenticate'), `scope="${scope}"`);
    t.match(refused.json.detail, scope);
    if (id === 'watchEverything') continue; // It does not end; see below.
    t.notOk([401, 403].includes((await send(keys.get(scope)!.only)).status), `${id} is for ${scope}`);
  }
  t.equal(Number(await generation.store.head() - head), 1, 'of all these, one recovery was asked for');
});

t.test('whoever keeps watch is told of each refusal, and of what administrators do; once, and without a secret', async (t) => {
  const told = async (act: () => Promise<Answer>): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const before = gateway.logged.length;
    await act();
    return gateway.logged.slice(before).filter((line) => 'audit' in line);
  };
  const [reader, admin] = [await makeKey(['courses:read']), await makeKey(['admin'])];
  const RECOVER = '/api/v1/course-map/admin/recover-tasks?dry_run=true';
  const common = { ip: '127.0.0.1', operation: 'recoverTasks', path: '/api/v1/course-map/admin/recover-tasks' };
  t.match(await told(() => gateway.send('POST', RECOVER)), [{ ...common, audit: 'AuthFailed', actor: null, level: 40 }]);
  t.match(await told(() => gateway.send('POST', RECOVER, bearer('cw_made_up'))), [{ ...common, audit: 'AuthFailed', actor: null }]);
  t.match(await told(() => gateway.send('POST', RECOVER, bearer(reader))), [{ ...common, audit: 'AuthzDenied', actor: `key:${reader.slice(0, 11)}`, scope: 'admin' }]);
  t.match(await told(() => gateway.send('POST', RECOVER, bearer(admin))), [{ ...common, audit: 'AdminActed', actor: `key:${admin.slice(0, 11)}`, level: 30 }]);
  t.same(await told(() => list(reader)), [], 'reading is no act');
  for (const secret of [reader.slice(12), admin.slice(12), 'cw_made_up']) t.notMatch(JSON.stringify(gateway.logged), secret);
});

t.test('who asked stands in the event', async (t) => {
  const key = await makeKey(['courses:write']);
  const json = courseRequest({ topic: 'Whose' });
  t.equal((await gateway.send('POST', '/api/v1/course-map/generate', { json, headers: { authorization: `Bearer ${key}`, prefer: 'respond-async' } })).status, 202);
  const credential = await token({ scope: 'courses:write' });
  t.equal((await gateway.send('POST', '/api/v1/course-map/generate', { json, headers: { authorization: `bearer ${credential}`, prefer: 'respond-async' } })).status, 202);
  const actors = (await generation.log()).filter(({ type, data }) => type === 'CourseMapRequested' && data.request.topic === 'Whose').map(({ metadata }) => metadata.actor);
  t.same(actors, [`key:${key.slice(0, 11)}`, 'user:ada']);
});

t.test('a key stops to be one soon after its revocation, and is nowhere to be read', async (t) => {
  const key = await makeKey(['courses:read']);
  t.equal((await list(key)).status, 200);
  await revoke(key);
  await until('it is refused', async () => (await list(key)).status === 401);
  const { rows } = await pool.query<{ all: string }>('SELECT coalesce(json_agg(k)::text, $$$$) AS all FROM api_keys k');
  t.notMatch(rows[0]!.all, key.slice(12));
  t.notMatch(JSON.stringify(gateway.logged), key.slice(12));
});

t.test('a stream is over soon after its key was revoked; that of another goes on', async (t) => {
  const [key, other] = [await makeKey(['events:read']), await makeKey(['events:read'])];
  const [watching, going] = [await connect(t, gateway.port, '/api/v1/events', bearer(key).headers), await connect(t, gateway.port, '/api/v1/events', bearer(other).headers)];
  await Promise.all([watching.received(1), going.received(1)]);
  await revoke(key);
  await watching.over();
  t.notOk(going.isOver);
  going.close();
});

t.test('the idempotency key of one is not that of another', async (t) => {
  const send = async (credential: string) => gateway.send('POST', '/api/v1/course-map/generate', {
    json: courseRequest({ topic: 'Mine' }), headers: { authorization: `Bearer ${credential}`, prefer: 'respond-async', 'idempotency-key': 'the-same' },
  });
  const [one, other] = [await makeKey(['courses:write']), await makeKey(['courses:write'])];
  const first = await send(one);
  t.not((await send(other)).text, first.text);
  t.equal((await send(one)).text, first.text);
});

t.test('a token is taken that the provider signed for us, and no other', async (t) => {
  t.equal((await list(await token())).status, 200);
  t.equal((await list(await token({ scope: undefined, scp: ['courses:read'] }))).status, 200);
  t.equal((await list(await token({ exp: seconds() - 1 }))).status, 200, 'clocks may differ by 5 seconds');
  claimProblem(t, await list(await token({ scope: 'openid' })), 403, 'forbidden');
  const secret = new TextEncoder().encode(JSON.stringify(jwk));
  const claims = { sub: 'ada', iss: ISSUER, aud: AUDIENCE, exp: seconds() + 60, scope: 'courses:read' };
  const forged = [
    ['no signature', new UnsecuredJWT(claims).encode()],
    ['the public key as a secret', await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret)],
    ['another audience', await token({ aud: 'somebody' })],
    ['another issuer', await token({ iss: 'https://evil.example/' })],
    ['expired', await token({ exp: seconds() - 60 })],
    ['not valid yet', await token({ nbf: seconds() + 60 })],
    ['without an end', await token({ exp: undefined })],
    ['without a subject', await token({ sub: undefined })],
    ['a subject that breaks lines', await token({ sub: 'ada\nadmin' })],
    ['a key of its own in the header', await token({}, { jwk: await exportJWK(stranger.publicKey) }, stranger.privateKey)],
    ['a place for keys in the header', await token({}, { jku: 'https://evil.example/keys', kid: 'one' }, stranger.privateKey)],
    ['a part is missing', (await token()).split('.').slice(0, 2).join('.')],
  ] as const;
  for (const [what, credential] of forged) {
    t.comment(what);
    claimUnauthenticated(t, await list(credential));
  }
});

t.test('a claim of the token names the tenant, where one is set; without it, it is an operator\'s or none', async (t) => {
  const bound = await startGateway(t, { DATABASE_URL: database.url, AUTH: 'required', ...identity, JWT_TENANT_CLAIM: 'org' });
  const ask = async (claims: Parameters<typeof token>[0]): Promise<Answer> => bound.send('POST', '/api/v1/course-map/generate', {
    json: courseRequest({ topic: 'Of a tenant' }), headers: { authorization: `Bearer ${await token({ scope: 'courses:read courses:write', ...claims })}`, prefer: 'respond-async' },
  });
  t.equal((await ask({ org: 'acme' })).status, 202);
  for (const org of [undefined, null, '', 'Not A Name', 7, ['acme']]) claimUnauthenticated(t, await ask({ org }));
  t.equal((await ask({ scope: 'courses:write admin' })).status, 202, 'an operator');
  const stuck = await bound.send('GET', '/api/v1/admin/stuck-nodes', bearer(await token({ scope: 'admin', org: 'acme' })));
  claimProblem(t, stuck, 403, 'forbidden');
  const { rows } = await pool.query("SELECT tenant FROM course_map_states WHERE request ->> 'topic' = 'Of a tenant' ORDER BY created_at");
  t.same(rows, [{ tenant: 'acme' }, { tenant: null }]);

  const repeated = async (org: string): Promise<string> => (await bound.send('POST', '/api/v1/course-map/generate', {
    json: courseRequest({ topic: 'Of two tenants' }), headers: { authorization: `Bearer ${await token({ scope: 'courses:write', org })}`, prefer: 'respond-async', 'idempotency-key': 'one' },
  })).json.course_map_id;
  const first = await repeated('acme');
  t.equal(await repeated('acme'), first);
  t.not(await repeated('umbrella'), first, 'for another tenant the same user has other keys');
});

t.test('tokens with keys that nobody knows do not make us ask the provider each time', async (t) => {
  const before = fetches;
  for (let count = 0; count < 20; count += 1) claimUnauthenticated(t, await list(await token({}, { kid: `unknown-${count}` })));
  t.ok(fetches - before <= 1, `${fetches - before} times`);
});

t.test('while the provider is away its tokens go on; to one who has never reached it, nobody can tell', async (t) => {
  isAway = true;
  t.equal((await list(await token())).status, 200);
  const young = await startGateway(t, { DATABASE_URL: database.url, AUTH: 'required', ...identity });
  const answer = await young.send('GET', '/api/v1/course-map/list', bearer(await token()));
  claimProblem(t, answer, 503, 'authentication_unavailable');
  t.match(answer.headers.get('retry-after'), /^\d+$/);
  t.equal((await young.send('GET', '/api/v1/course-map/list', bearer(await makeKey(['courses:read'])))).status, 200, 'keys are ours');
  isAway = false;
  t.equal((await young.send('GET', '/api/v1/course-map/list', bearer(await token()))).status, 200);
});

t.test('a header that is no bearer is refused, and one that is long costs nothing', async (t) => {
  for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(7000)}`]) {
    claimUnauthenticated(t, await gateway.send('GET', '/api/v1/course-map/list', { headers: { authorization } }));
  }
});

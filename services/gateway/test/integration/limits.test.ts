/**
 * How much one client may ask, who may ask what by which listener, and from which pages.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { connect } from '../fixtures/event-source.ts';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway, type Answer } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const environment = { DATABASE_URL: database.url };
const LIST = '/api/v1/course-map/list';

t.test('ten times the limit from four gateways at once: so many are answered as may be, and not one more', async (t) => {
  const gateways = await Promise.all(Array.from({ length: 4 }, () => startGateway(t, { ...environment, RATE_LIMIT_PER_MINUTE: '100' })));
  // In waves that each gateway's connections can carry: who waits for one for too long is answered 503.
  const answers: Answer[] = [];
  for (let asked = 0; asked < 1000; asked += 100) answers.push(...(await Promise.all(Array.from({ length: 100 }, (_, index) => gateways[index % 4]!.send('GET', LIST)))));
  const [allowed, refused] = [answers.filter(({ status }) => status === 200), answers.filter(({ status }) => status !== 200)];
  t.equal(allowed.length, 100);
  const left = allowed.map(({ headers }) => Number(/^"requests";r=(\d+);t=\d+$/.exec(headers.get('ratelimit') ?? '')?.[1])).sort((one, other) => one - other);
  t.same(left, Array.from({ length: 100 }, (_, index) => index), 'each is told what is left');
  t.equal(allowed[0]!.headers.get('ratelimit-policy'), '"requests";q=100;w=60');
  for (const answer of [refused[0]!, refused.at(-1)!]) {
    claimProblem(t, answer, 429, 'rate_limited');
    const seconds = Number(answer.headers.get('retry-after'));
    t.ok(seconds >= 1 && seconds <= 60, `come back after ${seconds} s`);
    t.match(answer.headers.get('ratelimit'), /^"requests";r=0;t=\d+$/);
  }
  t.equal((await gateways[0]!.send('GET', '/readyz')).status, 200, 'probes are not counted');
  t.equal((await gateways[0]!.send('GET', '/docs')).status, 200);
});

t.test('each credential has its own minute, and all credentials of a tenant have one together', async (t) => {
  const gateway = await startGateway(t, { ...environment, AUTH: 'required', RATE_LIMIT_PER_MINUTE: '5' });
  const { pool: owner } = generationByHand(t, database.url);
  const makeKey = async (tenant: string | null): Promise<string> => (await owner.query<{ key: string }>("SELECT make_api_key('x', '{courses:read}', NULL, $1) AS key", [tenant])).rows[0]!.key;
  const ask = (key: string): Promise<Answer> => gateway.send('GET', LIST, { headers: { authorization: `Bearer ${key}` } });
  const [one, other, first, second] = [await makeKey(null), await makeKey(null), await makeKey('acme'), await makeKey('acme')];
  const statuses = async (...keys: string[]): Promise<number[]> => {
    const found = [];
    for (const key of keys) found.push((await ask(key)).status);
    return found;
  };
  t.same(await statuses(one, one, one, one, one, one, other), [200, 200, 200, 200, 200, 429, 200]);
  t.same(await statuses(first, second, first, second, first, second, first), [200, 200, 200, 200, 200, 429, 429]);
});

t.test('without a limit nothing is counted, and no header says so', async (t) => {
  const gateway = await startGateway(t, environment);
  t.equal((await gateway.send('GET', LIST)).headers.get('ratelimit'), null);
});

t.test('where administrators have a listener of their own, their operations are nowhere else', async (t) => {
  const gateway = await startGateway(t, { ...environment, ADMIN_PORT: '8001' });
  const STUCK = '/api/v1/admin/stuck-nodes';
  claimProblem(t, await gateway.send('GET', STUCK), 404, 'route_not_found');
  claimProblem(t, await gateway.send('POST', '/api/v1/course-map/admin/recover-tasks?dry_run=true'), 404, 'route_not_found');
  claimProblem(t, await gateway.send('GET', '/api/v1/webhooks'), 404, 'route_not_found');
  t.equal((await gateway.sendAsAdministrator('GET', STUCK)).status, 200);
  t.equal((await gateway.send('GET', LIST)).status, 200);
  claimProblem(t, await gateway.sendAsAdministrator('GET', LIST), 404, 'route_not_found');
  for (const send of [gateway.send, gateway.sendAsAdministrator]) t.equal((await send('GET', '/readyz')).status, 200);
  const paths = async (send: typeof gateway.send): Promise<string[]> => Object.keys((await send('GET', '/openapi.json')).json.paths);
  t.notOk((await paths(gateway.send)).includes(STUCK), 'nor does the document of others know them');
  t.ok((await paths(gateway.sendAsAdministrator)).includes(STUCK));
  const whole = await startGateway(t, environment);
  t.equal((await whole.send('GET', STUCK)).status, 200, 'without one they are where everything is');
});

t.test('pages of origins that are named may use the API, and no others', async (t) => {
  const gateway = await startGateway(t, { ...environment, CORS_ORIGINS: 'https://app.example, https://other.example' });
  const from = (origin: string, method = 'GET', path = LIST, headers: Record<string, string> = {}): Promise<Answer> => gateway.send(method, path, { headers: { origin, ...headers } });
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type,idempotency-key' };
  const asked = await from('https://app.example', 'OPTIONS', '/api/v1/course-map/generate', preflight);
  t.equal(asked.status, 204);
  t.equal(asked.headers.get('access-control-allow-origin'), 'https://app.example');
  t.match(asked.headers.get('access-control-allow-methods'), 'POST');
  t.equal(asked.headers.get('access-control-allow-headers'), preflight['access-control-request-headers']);
  const answer = await from('https://other.example');
  t.equal(answer.headers.get('access-control-allow-origin'), 'https://other.example');
  t.match(answer.headers.get('access-control-expose-headers'), /ETag.*Location.*Retry-After/);
  t.equal(answer.headers.get('access-control-allow-credentials'), null, 'no cookies: a credential is a header');
  t.match(answer.headers.get('vary'), /origin/i);
  const refused = await from('https://app.example', 'GET', '/nowhere');
  t.equal(refused.status, 404);
  t.equal(refused.headers.get('access-control-allow-origin'), 'https://app.example', 'a problem can be read, too');
  const watching = await connect(t, gateway.port, '/api/v1/events', { origin: 'https://app.example' });
  t.equal(watching.headers['access-control-allow-origin'], 'https://app.example', 'and a stream');
  watching.close();
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null']) t.equal((await from(origin)).headers.get('access-control-allow-origin'), null, origin);
  const closed = await startGateway(t, environment);
  t.equal((await closed.send('GET', LIST, { headers: { origin: 'https://app.example' } })).headers.get('access-control-allow-origin'), null, 'off unless configured');
});

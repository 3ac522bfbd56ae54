/**
 * Requests that a page of another site has a browser send: told by what browsers say, refused before anything is done.
 */
import { request } from 'node:http';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const DATABASE_URL = database.url;

/** Sends just these headers, Host among them. */
function raw(port: number, method: string, path: string, headers: Record<string, string>): Promise<{ status: number; code: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, setHost: headers['host'] === undefined }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, code: text.startsWith('{') ? (JSON.parse(text) as { code?: unknown }).code : undefined }));
    });
    sent.once('error', reject);
    sent.end();
  });
}

const open = await startGateway(t, { DATABASE_URL });
const id = await generation.requestCourse();
const cancel = `/api/v1/course-map/${id}/cancel`;

const FOREIGN: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { origin: 'https://evil.example' },
  { origin: 'http://localhost:3000' },
  { origin: 'null' },
  { origin: 'nonsense' },
  { origin: `http://127.0.0.1:${open.port}.evil.example` },
];

for (const headers of FOREIGN) {
  t.test(`a page says ${JSON.stringify(headers).replaceAll(String(open.port), 'PORT')}: it changes nothing, with a body or without`, async (t) => {
    for (const path of [cancel, '/api/v1/course-map/admin/recover-tasks', `/api/v1/course-map/${id}/retry`, '/api/v1/admin/webhooks/0ef03601-0bef-4290-a2ae-90cf883dcf46/rotate-secret', '/nowhere']) {
      t.strictSame(await raw(open.port, 'POST', path, headers), { status: 403, code: 'foreign_origin' }, path);
    }
    t.strictSame(await raw(open.port, 'DELETE', '/api/v1/admin/webhooks/0ef03601-0bef-4290-a2ae-90cf883dcf46', headers), { status: 403, code: 'foreign_origin' });
    t.equal((await open.send('POST', '/api/v1/course-map/generate', { json: courseRequest(), headers })).status, 403, 'as documented');
    t.equal((await generation.log()).some(({ type }) => type === 'CourseMapCancelled' || type === 'RecoveryRequested'), false);
  });
}

t.test('a program, the page of this gateway, and whoever follows a link are served', async (t) => {
  const own = `127.0.0.1:${open.port}`;
  for (const headers of [{}, { 'sec-fetch-site': 'same-origin', origin: `http://${own}` }, { origin: `http://${own}` }, { 'sec-fetch-site': 'none' }] as Record<string, string>[]) {
    t.match(await raw(open.port, 'POST', `/api/v1/course-map/${id}/nodes/n1/retry`, headers), { status: 404, code: 'node_not_found' }, JSON.stringify(headers));
  }
  t.equal((await raw(open.port, 'GET', '/docs', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status, 200);
  t.equal((await raw(open.port, 'OPTIONS', cancel, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).status, 204);
});

t.test('an open gateway on loopback answers to loopback alone', async (t) => {
  for (const host of ['evil.example', `evil.example:${open.port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '192.168.1.7', '0.0.0.0', 'localhost@evil.example', 'evil.example:x']) {
    for (const path of ['/api/v1/course-map/list', '/', '/metrics', '/openapi.json', '/livez']) t.strictSame(await raw(open.port, 'GET', path, { host }), { status: 421, code: 'unknown_host' }, `${host} ${path}`);
    t.equal((await raw(open.port, 'POST', cancel, { host })).status, 421);
    t.equal((await raw(open.port, 'GET', '/livez', { host, 'x-forwarded-host': 'localhost' })).status, 421);
  }
  for (const host of ['localhost', `LOCALHOST:${open.port}`, '127.0.0.1', '127.8.8.8:80', '[::1]:80', 'app.localhost']) t.equal((await raw(open.port, 'GET', '/livez', { host })).status, 200, host);
});

t.test('names that it is told are its own too; where clients are told apart, or others can reach it, any is', async (t) => {
  const named = await startGateway(t, { DATABASE_URL, ALLOWED_HOSTS: 'app.example.com, other.example' });
  for (const host of ['app.example.com', 'App.Example.com:443', 'other.example', 'localhost']) t.equal((await raw(named.port, 'GET', '/livez', { host })).status, 200, host);
  t.equal((await raw(named.port, 'GET', '/livez', { host: 'evil.example' })).status, 421);
  for (const environment of [{ AUTH: 'required' }, { AUTH: 'open', HOST: '0.0.0.0' }]) {
    const any = await startGateway(t, { DATABASE_URL, ...environment });
    t.equal((await raw(any.port, 'GET', '/livez', { host: 'app.example.com' })).status, 200, JSON.stringify(environment));
  }
});

t.test('an origin that is named for CORS may write, and no other', async (t) => {
  const named = await startGateway(t, { DATABASE_URL, CORS_ORIGINS: 'https://app.example' });
  const retry = `/api/v1/course-map/${id}/nodes/n1/retry`;
  t.equal((await raw(named.port, 'POST', retry, { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' })).status, 404);
  t.equal((await raw(named.port, 'POST', retry, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).status, 403);
});

t.test('behind a proxy the page is of the name that the proxy was reached by', async (t) => {
  const behind = await startGateway(t, { DATABASE_URL, TRUSTED_PROXIES: '1', ALLOWED_HOSTS: 'inner.example' });
  const headers = { host: 'inner.example', 'x-forwarded-host': 'app.example', origin: 'https://app.example' };
  t.equal((await raw(behind.port, 'POST', `/api/v1/course-map/${id}/nodes/n1/retry`, headers)).status, 404);
  t.equal((await raw(behind.port, 'POST', `/api/v1/course-map/${id}/nodes/n1/retry`, { ...headers, origin: 'https://evil.example' })).status, 403);
});

/**
 * The API describes itself: the document, the pages, and where the type of each problem leads.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { PROBLEMS } from '../../src/problem.ts';
import { apiDocument } from '../fixtures/documented-answers.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

t.test('/openapi.json is the document of what is served', async (t) => {
  const { status, json } = await gateway.send('GET', '/openapi.json');
  t.equal(status, 200);
  t.same({ ...json, info: undefined }, { ...apiDocument(), info: undefined });
  t.match(json.info, { title: 'Coursewright', version: /^\d+\.\d+\.\d+$/ });
});

for (const path of ['/docs', '/docs/problems', '/docs/problems/node_not_found']) {
  t.test(`${path} is a page that loads nothing from another host, and has no script or style in it`, async (t) => {
    const { status, headers, text } = await gateway.send('GET', path);
    t.equal(status, 200);
    t.match(headers.get('content-type'), /^text\/html/);
    t.match(headers.get('content-security-policy'), /^default-src 'none'; script-src 'self'; style-src 'self';/);
    t.notMatch(text, /https?:|<style|style=|<script>/);
    for (const [, asset = ''] of text.matchAll(/(?:src|href)="(\/docs\/assets\/[^"]+)"/g)) {
      const answer = await gateway.send('GET', asset);
      t.equal(answer.status, 200, asset);
      t.ok(answer.text.length > 50);
      const etag = answer.headers.get('etag');
      t.equal((await gateway.send('GET', asset, { headers: { 'if-none-match': etag! } })).status, 304);
    }
  });
}

t.test('the type of each problem leads to a page about it', async (t) => {
  const { json } = await gateway.send('GET', '/api/v1/course-map/nope');
  const { text } = await gateway.send('GET', json.type as string);
  t.match(text, /invalid_request/);
  for (const [code, { title }] of Object.entries(PROBLEMS)) {
    const page = await gateway.send('GET', `/docs/problems/${code}`);
    t.equal(page.status, 200, code);
    t.ok(page.text.includes(title));
  }
});

t.test('what is not there is refused', async (t) => {
  t.match((await gateway.send('GET', '/docs/assets/package.json')).json, { code: 'route_not_found' });
  t.match((await gateway.send('GET', '/docs/assets/__proto__')).json, { code: 'route_not_found' });
  t.match((await gateway.send('GET', '/docs/problems/nope')).json, { code: 'invalid_request' });
});

t.test('a client that accepts no answer that there is is told so', async (t) => {
  const { json } = await gateway.send('GET', '/livez', { headers: { accept: 'image/png' } });
  t.match(json, { code: 'not_acceptable', status: 406 });
  t.equal((await gateway.send('GET', '/livez', { headers: { accept: 'text/html, */*;q=0.1' } })).status, 200);
});

t.test('an answer is data: a browser that is shown it as a page loads and frames nothing, and guesses no type', async (t) => {
  for (const path of ['/livez', '/nowhere']) {
    const { headers } = await gateway.send('GET', path);
    t.equal(headers.get('content-security-policy'), "default-src 'none';frame-ancestors 'none'");
    t.equal(headers.get('x-content-type-options'), 'nosniff');
    t.equal(headers.get('referrer-policy'), 'no-referrer');
    t.equal(headers.get('access-control-allow-origin'), null);
    t.equal(headers.get('x-powered-by'), null);
  }
});

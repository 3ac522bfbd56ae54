/**
 * The page as it is served: compressed, kept for ever by its name, under a policy that allows nothing but itself.
 */
import { get } from 'node:http';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { ensureBuilt } from '@coursewright/web/build';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

await ensureBuilt();
const database = await testDatabase(t);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

/** As it comes over the wire: `fetch` would undo the compression. */
function raw(path: string, encoding: string): Promise<{ readonly encoding: string | undefined; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: gateway.port, path, headers: { 'accept-encoding': encoding } }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve({ encoding: response.headers['content-encoding'], bytes }));
    }).on('error', reject);
  });
}

t.test('the page loads its own files alone, and each is there', async (t) => {
  const page = await gateway.send('GET', '/');
  t.equal(page.status, 200);
  t.match(page.headers.get('content-type'), 'text/html');
  t.equal(page.headers.get('cache-control'), 'no-cache');
  const policy = page.headers.get('content-security-policy') ?? '';
  t.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';.*require-trusted-types-for 'script'/);
  t.notMatch(policy, /unsafe|https?:|\*/);
  t.notMatch(page.text, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/, 'nothing in the page itself');
  const loaded = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
  t.ok(loaded.length > 1);
  for (const path of loaded) {
    const file = await gateway.send('GET', path);
    t.equal(file.status, 200, path);
    t.match(file.headers.get('cache-control'), 'immutable');
    t.match(file.headers.get('vary'), 'Accept-Encoding');
    const [whole, br, gzip] = [await raw(path, 'identity'), await raw(path, 'gzip, br'), await raw(path, 'gzip')];
    t.strictSame([whole.encoding, br.encoding, gzip.encoding], [undefined, 'br', 'gzip']);
    t.ok(br.bytes < whole.bytes && gzip.bytes < whole.bytes);
    const again = await gateway.send('GET', path, { headers: { 'if-none-match': file.headers.get('etag') ?? '' } });
    t.equal(again.status, 304);
  }
});

t.test('what is no file of the page is not there', async (t) => {
  for (const name of ['nothing.js', '..%2f..%2fpackage.json', '..%2findex.html', 'built-from']) claimProblem(t, await gateway.send('GET', `/assets/${name}`), 404, 'route_not_found');
});

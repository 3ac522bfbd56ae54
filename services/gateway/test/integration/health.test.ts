/** What the probes of a gateway say. */
import t from 'tap';
import pg from 'pg';
import { testDatabase } from '@coursewright/db/testing';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

t.test('a gateway with its database lives, is ready and is healthy', async (t) => {
  const [live, ready, health] = [
    await gateway.send('GET', '/livez'),
    await gateway.send('GET', '/readyz'),
    await gateway.send('GET', '/healthz'),
  ];
  t.strictSame([live.status, ready.status, health.status], [200, 200, 200]);
  t.strictSame(live.json, { ok: true });
  t.strictSame(ready.json, { ok: true });
  t.strictSame(Object.keys(health.json), ['ok', 'ts']);
  t.equal(health.json.ok, true);
  t.equal(new Date(health.json.ts).toISOString(), health.json.ts, 'the time is ISO 8601');
});

t.test('a gateway in front of a database without the schema lives and is not ready', async (t) => {
  const name = `${database.name}_empty`;
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  t.teardown(async () => {
    await owner.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    await owner.end();
  });
  await owner.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`);
  const url = new URL(database.url);
  url.pathname = `/${name}`;
  const early = await startGateway(t, { DATABASE_URL: url.href });

  t.equal((await early.send('GET', '/livez')).status, 200);
  for (const path of ['/readyz', '/healthz']) {
    const answer = await early.send('GET', path);
    t.ok(answer.status >= 500, `${path} answers ${answer.status}`);
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  }
});

t.test('probes know GET alone', async (t) => {
  for (const path of ['/livez', '/readyz', '/healthz']) {
    claimProblem(t, await gateway.send('POST', path), 405, 'method_not_allowed');
  }
});

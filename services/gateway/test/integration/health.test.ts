/** What the probes of a gateway say. */
import t from 'tap';
import pg from 'pg';
import { testDatabase } from '@coursewright/db/testing';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { SCHEMA_VERSION } from '@coursewright/postgres';
import { until } from '@coursewright/events/testing';
import { startGateway } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

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

t.test('a database that runs no triggers for our sessions is not ready, and says which setting it is', async (t) => {
  const own = await testDatabase(t);
  const owner = new pg.Client({ connectionString: own.url });
  await owner.connect();
  t.teardown(() => owner.end());
  const set = (to: string) => owner.query(`ALTER DATABASE ${pg.escapeIdentifier(new URL(own.url).pathname.slice(1))} SET session_replication_role = ${to}`);
  await set('replica');
  const early = await startGateway(t, { DATABASE_URL: own.url });
  t.equal((await early.send('GET', '/readyz')).status, 503);
  t.match(JSON.stringify(early.logged), /session_replication_role is replica.*set it to origin/);
  await set('origin');
  const later = await startGateway(t, { DATABASE_URL: own.url });
  t.equal((await later.send('GET', '/readyz')).status, 200);
});

t.test('a schema that is older or newer than the gateway: nothing is served, and both probes and answers say which side is behind', async (t) => {
  const own = await testDatabase(t);
  const owner = new pg.Client({ connectionString: own.url });
  await owner.connect();
  t.teardown(() => owner.end());
  const set = (version: number) => owner.query('UPDATE schema_version SET version = $1, oldest_program = $1', [version]);
  for (const [version, way] of [[SCHEMA_VERSION - 1, /pnpm db:migrate/], [SCHEMA_VERSION + 1, /start the release that migrated it/]] as const) {
    await set(version);
    const early = await startGateway(t, { DATABASE_URL: own.url });
    for (const path of ['/api/v1/course-map/list', '/readyz', '/healthz']) {
      const answer = await early.send('GET', path);
      claimProblem(t, answer, 503, 'schema_mismatch');
      t.match(answer.json.detail, way, path);
    }
    t.equal((await early.send('GET', '/livez')).status, 200);
    t.equal((await early.send('GET', '/docs/problems/schema_mismatch')).status, 200, 'what asks nothing of the database is served');
    await set(SCHEMA_VERSION);
    await until('it serves', async () => ((await early.send('GET', '/readyz')).status === 200 ? true : undefined));
    t.equal((await early.send('GET', '/api/v1/course-map/list')).status, 200);

    await set(version);
    await until('the running gateway notices', async () => ((await early.send('GET', '/readyz')).status === 503 ? true : undefined));
    claimProblem(t, await early.send('GET', '/api/v1/course-map/list'), 503, 'schema_mismatch');
    await set(SCHEMA_VERSION);
  }
});

t.test('a database that takes nothing, though it answers, is not ready; and says so once in the log', async (t) => {
  const own = await testDatabase(t);
  const owner = new pg.Client({ connectionString: own.url });
  await owner.connect();
  t.teardown(() => owner.end());
  await owner.query(`ALTER DATABASE ${pg.escapeIdentifier(own.name)} SET default_transaction_read_only = on`);
  const readOnly = await startGateway(t, { DATABASE_URL: own.url });
  t.equal((await readOnly.send('GET', '/api/v1/course-map/list')).status, 200, 'what only reads is served');
  claimProblem(t, await readOnly.send('GET', '/readyz'), 503, 'database_unavailable');
  claimProblem(t, await readOnly.send('POST', '/api/v1/course-map/generate', { json: courseRequest() }), 503, 'database_unavailable');
  t.ok(readOnly.logged.some(({ level, msg }) => level === 40 && msg === 'The database did not serve requests'));
  t.equal(readOnly.logged.filter(({ msg }) => msg === 'The database cannot be worked with').length, 1);
});

t.test('probes know GET alone', async (t) => {
  for (const path of ['/livez', '/readyz', '/healthz']) {
    claimProblem(t, await gateway.send('POST', path), 405, 'method_not_allowed');
  }
});

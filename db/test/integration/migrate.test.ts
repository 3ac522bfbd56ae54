/** Migrating: once, again, many at once, and when it cannot be. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import t from 'tap';
import { migrate } from '../../src/index.ts';
import { blankDatabase, query } from '../fixtures/blank-database.ts';

t.test('an empty database becomes current, and migrating it again does nothing', async (t) => {
  const url = await blankDatabase(t);
  const first = await migrate(url);
  t.ok(first.includes('0002_event_log'));
  t.strictSame(first, [...first].sort(), 'in the order of their numbers');
  t.strictSame(await migrate(url), []);
});

t.test('twenty processes that migrate at the same moment all succeed, and each migration runs once', async (t) => {
  const url = await blankDatabase(t);
  const runs = await Promise.all(Array.from({ length: 20 }, () => migrate(url)));
  const names = runs.flat();
  t.equal(names.length, new Set(names).size);
  const rows = await query<{ name: string }>(url, 'SELECT name FROM migrations ORDER BY id');
  t.strictSame(rows.map(({ name }) => name), names);
});

t.test('two databases of one server can be migrated at the same moment', async (t) => {
  const urls = [await blankDatabase(t), await blankDatabase(t), await blankDatabase(t)];
  const runs = await Promise.all(urls.map((url) => migrate(url)));
  for (const ran of runs) t.not(ran.length, 0);
});

t.test('the queue allows one job per key, never tries again by itself, and is not remade by a second run', async (t) => {
  const url = await blankDatabase(t);
  await migrate(url);
  await migrate(url);
  const queues = await query(
    url,
    `SELECT name, policy, retry_limit, expire_seconds, deletion_seconds FROM pgboss.queue
     WHERE name IN ('plan-course-map', 'generate-node') ORDER BY name`,
  );
  const settings = { policy: 'exclusive', retry_limit: 0, expire_seconds: 900, deletion_seconds: 3_600 };
  t.strictSame(queues.map((row) => ({ ...row })), [
    { name: 'generate-node', ...settings },
    { name: 'plan-course-map', ...settings },
  ]);
});

t.test("the services' role works with the queue and can change nothing about it", async (t) => {
  const url = await blankDatabase(t);
  await migrate(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.teardown(() => client.end());
  await client.query('SET ROLE coursewright_service');
  await t.resolves(client.query("UPDATE pgboss.job SET priority = 1 WHERE name = 'generate-node'"));
  await t.rejects(client.query('CREATE TABLE pgboss.mine ()'), { code: '42501' });
  await t.rejects(client.query('TRUNCATE pgboss.job'), { code: '42501' });
});

t.test('a migration that the server refuses is named, and none of its neighbours is kept', async (t) => {
  const url = await blankDatabase(t);
  const folder = join(t.testdir({}), 'migrations');
  await mkdir(folder);
  await writeFile(join(folder, '0001_fine.sql'), '-- Up Migration\nCREATE TABLE fine ();\n');
  await writeFile(join(folder, '0002_broken.sql'), '-- Up Migration\nCREATE TABLE broken (;\n');
  await t.rejects(migrate(url, { folder }), { code: 'migration_failed', message: /0002_broken/ });
  t.strictSame(await query(url, "SELECT FROM pg_class WHERE relname = 'fine'"), []);
});

t.test('a lock that is never freed ends the wait with a sentence', async (t) => {
  const url = await blankDatabase(t);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  t.teardown(() => holder.end());
  await holder.query('SELECT pg_advisory_lock(7301944120664)');
  await t.rejects(migrate(url, { patienceMs: 0 }), { code: 'lock_timeout', message: /pg_stat_activity/ });
});

t.test('what is no Postgres URL is told apart from a server that is away', async (t) => {
  for (const url of ['foo', 'http://localhost/db', '']) {
    t.match(await migrate(url).catch((error: unknown) => error), { code: 'invalid_url', message: /postgres:\/\// }, url);
  }
});

t.test('a server that is not there is told with its address, and without the password', async (t) => {
  const error = await migrate('postgres://somebody:secret@127.0.0.1:1/db').catch((refusal: unknown) => refusal);
  t.match(error, { code: 'server_unreachable', message: /127\.0\.0\.1:1\/db/ });
  t.notMatch((error as Error).message, 'secret');
});

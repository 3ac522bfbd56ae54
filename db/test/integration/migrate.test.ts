/** Migrating: once, again, many at once, and when it cannot be. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import t from 'tap';
import { OLDEST_PROGRAM, SCHEMA_VERSION } from '@coursewright/postgres';
import { migrate } from '../../src/index.ts';
import { TABLES } from '../../src/open-row-security.ts';
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

t.test('the database says which schema it has, and the oldest program that may use it', async (t) => {
  const url = await blankDatabase(t);
  await migrate(url);
  t.strictSame(await query(url, 'SELECT version, oldest_program FROM schema_version'), [{ version: SCHEMA_VERSION, oldest_program: OLDEST_PROGRAM }]);
});

t.test('a database that a newer release has migrated is not called current', async (t) => {
  const url = await blankDatabase(t);
  await migrate(url);
  await query(url, "INSERT INTO migrations (name, run_on) VALUES ('9001_of_tomorrow', now())");
  await t.rejects(migrate(url), { code: 'schema_newer', message: /9001_of_tomorrow.*use that release/ });
});

t.test('a database that is read-only says so in one line, without a stack', async (t) => {
  const url = await blankDatabase(t);
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  await query(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await t.rejects(migrate(url), { code: 'read_only', message: /^The database \S+ is read-only [^\n]*$/ });
});

t.test('whatever a migration is refused with is told in one line', async (t) => {
  const url = await blankDatabase(t);
  const folder = join(t.testdir({}), 'migrations');
  await mkdir(folder);
  await writeFile(join(folder, '0001_broken.sql'), "-- Up Migration\nDO $$ BEGIN RAISE EXCEPTION E'first line\\nsecond line'; END $$;\n");
  await t.rejects(migrate(url, { folder }), { code: 'migration_failed', message: /^The server refused 0001_broken: first line$/ });
});

t.test('the tables of ours are the ones that are named for row security', async (t) => {
  const url = await blankDatabase(t);
  await migrate(url);
  const rows = await query<{ name: string }>(url, "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname COLLATE \"C\"");
  t.strictSame(rows.map(({ name }) => name), [...TABLES]);
});

/** As some hosted databases do it. */
const SECURE_NEW_TABLES = (tag: string) => `
  CREATE FUNCTION secure() RETURNS event_trigger LANGUAGE plpgsql AS $$
  DECLARE o record;
  BEGIN
    FOR o IN SELECT * FROM pg_event_trigger_ddl_commands() c WHERE c.object_type = 'table' AND c.schema_name IN ('public', 'pgboss') LOOP
      IF NOT (SELECT relrowsecurity FROM pg_class WHERE oid = o.objid) THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', o.object_identity);
      END IF;
    END LOOP;
  END $$;
  CREATE EVENT TRIGGER secure ON ddl_command_end WHEN tag IN (${tag}) EXECUTE FUNCTION secure();`;

t.test('an event trigger that switches row security on for new tables locks nobody out, and leaves the policies of tenants and the tables of others', async (t) => {
  const url = await blankDatabase(t);
  await query(url, `CREATE TABLE theirs (); ${SECURE_NEW_TABLES("'CREATE TABLE'")}`);
  await query(url, 'CREATE TABLE theirs_too ()');
  await migrate(url);
  await t.resolves(query(url, "SET ROLE coursewright_service; INSERT INTO workers (id, host, pid, db_epoch) VALUES ('w', 'h', 1, 'e'); UPDATE pgboss.job SET priority = 1"));
  const secured = await query<{ name: string }>(url, "SELECT relname AS name FROM pg_class WHERE relrowsecurity AND relnamespace IN ('public'::regnamespace, 'pgboss'::regnamespace) ORDER BY 1");
  t.strictSame(secured.map(({ name }) => name), ['archived_events', 'artifacts', 'course_map_states', 'node_states', 'recorded_events', 'theirs_too']);
  t.strictSame(await query(url, "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relname <> 'theirs_too'"), []);
});

t.test('one that switches it on again is refused with a sentence', async (t) => {
  const url = await blankDatabase(t);
  await query(url, SECURE_NEW_TABLES("'CREATE TABLE', 'ALTER TABLE'"));
  await t.rejects(migrate(url), { code: 'row_security', message: /have it leave the schemas public, ops, outbox and pgboss alone\.$/ });
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

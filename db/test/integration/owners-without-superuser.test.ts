/**
 * Installing as whoever owns a database and nothing else, as on a hosted server. What is refused names what to run, so each test runs just
 * that, as a superuser, and tries again.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { createPool, query as run } from '@coursewright/postgres';
import { migrate, startLocalPostgres, type MigrationError } from '../../src/index.ts';
import { startTestServer, urlOfDatabase } from '../../src/testing/index.ts';
import { query } from '../fixtures/blank-database.ts';
import { serverFolder } from '../fixtures/server-folder.ts';

/** A login with these attributes, and a database; both gone when the test is over. */
async function ownerOf(t: Test, server: string, attributes: string, { owns = true } = {}): Promise<string> {
  const name = `cw_test_${Date.now().toString(36)}_owner_${randomBytes(3).toString('hex')}`;
  await query(server, `CREATE ROLE "${name}" LOGIN PASSWORD 'p' ${attributes}`);
  await query(server, `CREATE DATABASE "${name}" TEMPLATE template0 ${owns ? `OWNER "${name}"` : ''}`);
  t.teardown(async () => {
    await query(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await query(server, `DROP OWNED BY "${name}"`).catch(() => undefined);
    await query(server, `DROP ROLE IF EXISTS "${name}"`).catch(() => undefined);
  });
  const url = new URL(urlOfDatabase(server, name));
  [url.username, url.password] = [name, 'p'];
  return url.href;
}

/** What a refusal asks for, as statements. */
async function askedFor(t: Test, url: string): Promise<string[]> {
  const error = await migrate(url).then(() => undefined, (refused: unknown) => refused as MigrationError);
  t.match(error, { code: 'right_missing' });
  t.notMatch(error?.message, /\n/, 'one line');
  return error?.message.match(/\b(?:GRANT|CREATE|ALTER) [^;]*;/g) ?? [];
}

/** A service of the installation, which logs in as its owner, works. */
async function works(t: Test, url: string): Promise<void> {
  const pool = createPool({ databaseUrl: url, applicationName: 'test', maxConnections: 1, onConnectionLost: () => undefined });
  try {
    const append = JSON.stringify([{ stream: `recovery-${randomUUID()}`, expected_version: 0,
      metadata: { correlation_id: 'c', causation_id: null, actor: 'a', via: 'test' }, events: [{ type: 'RecoveryRequested', schema_version: 1, data: { force: false } }] }]);
    await run(pool, { text: 'SELECT append_to_streams($1::jsonb)', values: [append] });
    await t.resolves(run(pool, { text: 'SELECT try_append()' }));
    await t.resolves(run(pool, { text: "UPDATE pgboss.job SET priority = 1 WHERE name = 'generate-node'" }));
    t.strictSame((await run(pool, { text: 'SELECT position FROM events' })).rows, [{ position: '1' }]);
    t.match((await run(pool, { text: 'SELECT current_user AS role' })).rows, [{ role: 'coursewright_service' }]);
  } finally {
    await pool.end();
  }
}

t.test('on a server of its own', async (t) => {
  const server = await startLocalPostgres({ dataDir: await serverFolder(t), settings: { fsync: 'off' } });
  t.teardown(() => server.stop());

  await t.test('an owner who may make no roles is told which to ask for, and then installs', async (t) => {
    const url = await ownerOf(t, server.url, 'NOCREATEROLE');
    const statements = await askedFor(t, url);
    t.ok(statements.includes('CREATE ROLE coursewright_service NOLOGIN;'));
    t.strictSame(await query(url, "SELECT FROM pg_class WHERE relname = 'migrations'"), [], 'nothing was changed');
    for (const statement of statements) await query(server.url, statement);
    t.not((await migrate(url)).length, 0);
    await works(t, url);
    for (const role of ['tenant', 'consumer', 'operator', 'service']) await query(server.url, `DROP OWNED BY coursewright_${role}`);
  });

  await t.test('an owner who may make roles installs on a server that has none of ours, and again does nothing', async (t) => {
    for (const role of ['tenant', 'consumer', 'operator', 'service']) await query(server.url, `DROP ROLE coursewright_${role}`);
    const url = await ownerOf(t, server.url, 'CREATEROLE');
    t.not((await migrate(url)).length, 0);
    t.strictSame(await migrate(url), []);
    await works(t, url);
  });

  await t.test('a second installation, of another owner', async (t) => {
    const url = await ownerOf(t, server.url, 'CREATEROLE');
    for (const statement of await askedFor(t, url)) await query(server.url, statement);
    await migrate(url);
    await works(t, url);
  });
});

t.test('on the server of the tests', async (t) => {
  const server = process.env['TEST_DATABASE_URL'] ?? (await startShared(t));

  for (const attributes of ['NOCREATEROLE', 'CREATEROLE']) {
    await t.test(`roles that somebody else has made, and an owner with ${attributes}`, async (t) => {
      const url = await ownerOf(t, server, attributes);
      const [{ is15 } = { is15: false }] = await query<{ is15: boolean }>(server, "SELECT current_setting('server_version_num')::int < 160000 AS is15");
      // Before 16, whoever may make roles may grant any.
      if (!(is15 && attributes === 'CREATEROLE')) for (const statement of await askedFor(t, url)) await query(server, statement);
      await migrate(url);
      await works(t, url);
    });
  }

  await t.test('a user who does not own the database', async (t) => {
    const url = await ownerOf(t, server, 'NOCREATEROLE', { owns: false });
    for (const statement of await askedFor(t, url)) await query(server, statement);
    await migrate(url);
    await works(t, url);
  });
});

async function startShared(t: Test): Promise<string> {
  const server = await startTestServer();
  t.teardown(() => server.release());
  return server.url;
}

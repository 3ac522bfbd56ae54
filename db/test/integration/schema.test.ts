/** The dumped schema is what the migrations add up to, and migrating is safe in company. */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import pg from 'pg';
import { dumpSchema, migrate } from '../../src/index.ts';
import { testDatabase } from '../../src/testing/index.ts';

t.test('db/schema.sql is the sum of the migrations; if not: pnpm db:dump-schema', async (t) => {
  const database = await testDatabase(t);
  if (!(await isPostgres18(database.url))) {
    t.pass('equal', { skip: 'db/schema.sql is written by PostgreSQL 18; others word the same views differently' });
    return;
  }
  t.equal(await dumpSchema(database.url), await readFile(new URL('../../schema.sql', import.meta.url), 'utf8'));
});

t.test('migrating a current database changes nothing', async (t) => {
  const database = await testDatabase(t);
  const before = await dumpSchema(database.url);
  t.same(await migrate(database.url), []);
  t.equal(await dumpSchema(database.url), before);
});

t.test('twenty processes that migrate an empty database at once all succeed, and each migration runs once', async (t) => {
  const { url, name } = await testDatabase(t);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const empty = `${name}_empty`;
  await admin.query(`CREATE DATABASE ${empty} TEMPLATE template0`.replace(empty, pg.escapeIdentifier(empty)));
  t.teardown(async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(empty)} WITH (FORCE)`);
    await admin.end();
  });
  const emptyUrl = Object.assign(new URL(url), { pathname: `/${empty}` }).href;
  const ran = await Promise.all(Array.from({ length: 20 }, () => migrate(emptyUrl)));
  const names = ran.flat();
  t.ok(names.length > 0);
  t.equal(new Set(names).size, names.length, 'no migration ran twice');
  t.equal(await dumpSchema(emptyUrl), await dumpSchema(url));
});

async function isPostgres18(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  await client.end();
  return rows[0]?.server_version_num.startsWith('18') === true;
}

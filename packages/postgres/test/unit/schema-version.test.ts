/** Which of the two is behind, a program or its database. */
import { readdirSync } from 'node:fs';
import pg from 'pg';
import t from 'tap';
import { DatabaseUnavailableError, OLDEST_PROGRAM, requireSchema, SCHEMA_VERSION, schemaMismatchOf } from '../../src/index.ts';

t.test('the number is that of the newest migration', async (t) => {
  const migrations = readdirSync(new URL('../../../../db/migrations', import.meta.url)).filter((file) => file.endsWith('.sql'));
  t.equal(SCHEMA_VERSION, Math.max(...migrations.map((file) => Number.parseInt(file, 10))));
  t.ok(OLDEST_PROGRAM <= SCHEMA_VERSION);
});

t.test('a schema that is older, newer, or not there', async (t) => {
  const judge = (version: number, oldestProgram: number) => schemaMismatchOf({ version, oldestProgram })?.behind;
  t.equal(judge(SCHEMA_VERSION, OLDEST_PROGRAM), undefined);
  t.equal(judge(SCHEMA_VERSION - 1, 1), 'database');
  t.equal(judge(SCHEMA_VERSION + 3, SCHEMA_VERSION), undefined, 'newer, and kind to this program');
  t.equal(judge(SCHEMA_VERSION + 1, SCHEMA_VERSION + 1), 'program');
  t.match(schemaMismatchOf(undefined), { behind: 'database', version: undefined, code: 'schema_mismatch', message: /pnpm db:migrate/ });
  t.match(schemaMismatchOf({ version: SCHEMA_VERSION + 1, oldestProgram: SCHEMA_VERSION + 1 }), { message: /start the release that migrated it/ });
});

t.test('a database without the numbers is told apart from one that does not answer', async (t) => {
  const answering = (error: unknown) => requireSchema(() => Promise.reject(error));
  const refused = (code: string): pg.DatabaseError => Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code });
  for (const code of ['42P01', '3F000', '42501']) await t.rejects(answering(refused(code)), { code: 'schema_mismatch', behind: 'database' }, code);
  await t.rejects(answering(new DatabaseUnavailableError(refused('22023'))), { code: 'schema_mismatch' }, 'not even the role of the services');
  await t.rejects(answering(new DatabaseUnavailableError(new Error('gone'))), { code: 'database_unavailable' });
  await t.rejects(answering(refused('57P03')), { code: '57P03' });
  await t.rejects(requireSchema(() => Promise.resolve({ rows: [] } as never)), { code: 'schema_mismatch' }, 'a table with no row');
});

/**
 * A database whose server, database and login have settings that were made for other programs: everything of ours sets what it depends on,
 * so nothing changes, from the first migration to the proof.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { migrate } from '@coursewright/db';
import { startTestServer, urlOfDatabase } from '@coursewright/db/testing';
import { prove } from '@coursewright/prove';
import { createStack } from '../../../services/generation/test/fixtures/stack.ts';

/** Each is what some program wants for itself, and breaks one that takes the default for granted. */
const FOREIGN = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Kathmandu',
  search_path: 'app',
  row_security: 'off',
  standard_conforming_strings: 'off',
  quote_all_identifiers: 'on',
  bytea_output: 'escape',
  extra_float_digits: '-5',
  array_nulls: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  synchronous_commit: 'off',
  exit_on_error: 'on',
  idle_session_timeout: '2s',
  statement_timeout: '1s',
  lock_timeout: '200ms',
};

for (const [where, target] of [['the database', 'DATABASE'], ['the login', 'ROLE']] as const) {
  t.test(`settings of ${where}`, async (t) => {
    const server = process.env['TEST_DATABASE_URL'] === undefined ? await startTestServer() : { url: process.env['TEST_DATABASE_URL'], release: async () => undefined };
    t.teardown(() => server.release());
    const name = `cw_test_${Date.now().toString(36)}_settings_${randomBytes(3).toString('hex')}`;
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    t.teardown(() => admin.end());
    await admin.query(`CREATE ROLE "${name}" LOGIN SUPERUSER PASSWORD 'p'`);
    await admin.query(`CREATE DATABASE "${name}" TEMPLATE template0 OWNER "${name}"`);
    t.teardown(async () => {
      await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
      await admin.query(`DROP ROLE "${name}"`);
    });
    for (const [setting, value] of Object.entries(FOREIGN)) {
      await admin.query(`ALTER ${target} "${name}" SET ${setting} = ${setting === 'search_path' || setting === 'datestyle' ? value : pg.escapeLiteral(value)}`);
    }
    const url = new URL(urlOfDatabase(server.url, name));
    [url.username, url.password] = [name, 'p'];
    // What psql and its kin read; ours must not.
    process.env['PGOPTIONS'] = '-c search_path=nowhere';
    t.teardown(() => delete process.env['PGOPTIONS']);

    t.not((await migrate(url.href)).length, 0);
    t.strictSame(await migrate(url.href), []);
    const stack = createStack(t, url.href, { OFFLINE_AUTHOR_LATENCY_MS: '0', PGOPTIONS: '-c search_path=nowhere' });
    await stack.startGateway();
    await stack.startGeneration();
    const id = await stack.requestCourse('Settings');
    await stack.completed(id);
    t.equal((await stack.request('/api/v1/course-map/list')).status, 200);
    t.equal((await stack.request(`/api/v1/course-map/${id}/history`)).status, 200);
    const proof = await prove({ databaseUrl: url.href, finished: true, secondLookMs: 100 });
    t.strictSame(proof.verdicts.filter(({ holds }) => !holds), []);
  });
}

/**
 * `pnpm db:rebuild`, `pnpm db:archive` and `pnpm keys` as a person calls them: what they cannot do they say in one sentence, and make nothing.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { blankDatabase } from '../fixtures/blank-database.ts';
import { loginAsOwner } from '../fixtures/logins.ts';
import { append, COMPLETED, recordCourse, SCHEDULED, STARTED } from '../fixtures/recorded-course.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
const finished = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, COMPLETED] }]);
await append(owner, `course_map-${finished}`, 2, [{ type: 'CourseMapCompleted', data: { completed_nodes: 1, failed_nodes: 0 } }]);

function run(args: readonly string[], environment: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'], ...environment } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

const nowhere = join(tmpdir(), `coursewright-${randomUUID()}`);
const blank = await blankDatabase(t);
for (const [what, args, environment, sentence] of [
  ['without a database', ['rebuild'], { COURSEWRIGHT_DATA_DIR: nowhere }, /^DATABASE_URL is not set, and there is no local database in .*pnpm start/],
  ['without a database', ['archive', '--before', '2026-01-01'], { COURSEWRIGHT_DATA_DIR: nowhere }, /^DATABASE_URL is not set/],
  ['on a database that was not migrated', ['rebuild', '--check'], { DATABASE_URL: blank }, /not the current schema.*pnpm db:migrate/],
  ['on a database that was not migrated', ['archive', '--before', '2026-01-01'], { DATABASE_URL: blank }, /not the current schema.*pnpm db:migrate/],
  ['on what is no database', ['rebuild'], { DATABASE_URL: 'http://127.0.0.1:1/' }, /^DATABASE_URL is no URL of a Postgres database/],
  ['on a server that is not there', ['rebuild'], { DATABASE_URL: 'postgres://x:y@127.0.0.1:1/x' }, /cannot be reached.*ECONNREFUSED/],
  ['for a course that is not there', ['archive', '--restore', randomUUID()], { DATABASE_URL: url }, /^course .*there is no such course/],
  ['list on a database that was not migrated', ['keys', 'list'], { DATABASE_URL: blank }, /not the current schema.*pnpm db:migrate/],
  ['create without a name', ['keys', 'create', '--scopes', 'admin'], { DATABASE_URL: url }, /give --name and --scopes/],
  ['create with what is no scope', ['keys', 'create', '--name', 'x', '--scopes', 'root'], { DATABASE_URL: url }, /needs scopes.*courses:read, courses:write, events:read, admin/],
  ['create for no days', ['keys', 'create', '--name', 'x', '--scopes', 'admin', '--days', '0'], { DATABASE_URL: url }, /no whole number of days/],
  ['revoke of one that is not there', ['keys', 'revoke', 'cw_00000000'], { DATABASE_URL: url }, /there is no key cw_00000000.*ops.api_keys/],
  ['without a word', ['keys'], { DATABASE_URL: url }, /usage: pnpm keys create/],
  ['dry, for a restore', ['archive', '--restore', randomUUID(), '--dry-run'], { DATABASE_URL: url }, /--dry-run goes with --before/],
] as const) {
  t.test(`${args[0]} ${what} says so and what to do, with exit code 2`, async (t) => {
    const { code, output } = await run(args, environment);
    t.match(output, sentence);
    t.notMatch(output, /\n {4}at /, 'without a stack');
    t.equal(code, 2);
    t.notOk(existsSync(nowhere), 'and makes no database');
  });
}

t.test('a dry run of the archive says what it would do, and does nothing', async (t) => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  t.match(await run(['archive', '--before', later, '--dry-run'], { DATABASE_URL: url }), { code: 0, output: '1 course with 6 events can be archived. Nothing was changed.\n' });
  t.same((await owner.query('SELECT FROM archived_events')).rows, []);
  t.match(await run(['archive', '--before', later], { DATABASE_URL: url }), { code: 0, output: '1 course with 6 events is archived.\n' });
  t.match(await run(['archive', '--before', later, '--dry-run'], { DATABASE_URL: url }), { code: 0, output: /^0 courses with 0 events can be archived/ });
});

t.test('a key is made, told once, listed without it, and revoked', async (t) => {
  const made = await run(['keys', 'create', '--name', 'the page', '--scopes', 'courses:write, courses:read', '--days', '90'], { DATABASE_URL: url });
  t.match(made, { code: 0, output: /^cw_[0-9a-f]{8}_[A-Za-z0-9_-]{43}\n.*only time/ });
  const key = made.output.split('\n')[0]!;
  const prefix = key.slice(0, 11);
  const { rows } = await owner.query<{ prefix: string; scopes: string[] }>("SELECT prefix, scopes FROM scopes_of_api_key(sha256(convert_to($1, 'UTF8')))", [key]);
  t.same(rows, [{ prefix, scopes: ['courses:read', 'courses:write'] }]);
  const ofTenant = await run(['keys', 'create', '--name', 'acme', '--scopes', 'courses:read', '--tenant', 'acme'], { DATABASE_URL: url });
  t.match(ofTenant, { code: 0 });
  t.match(await run(['keys', 'list'], { DATABASE_URL: url }), { output: /does not expire {2}tenant acme {2}acme\n$/ });
  await owner.query("DELETE FROM api_keys WHERE tenant = 'acme'");
  t.match(await run(['keys', 'create', '--name', 'x', '--scopes', 'admin', '--tenant', 'acme'], { DATABASE_URL: url }), { code: 2, output: /for operators, without a tenant/ });
  const listed = await run(['keys', 'list'], { DATABASE_URL: url });
  t.match(listed, { code: 0, output: new RegExp(`^${prefix} {2}valid {4}courses:read,courses:write {2}made \\d{4}-\\d\\d-\\d\\d {2}until \\d{4}-\\d\\d-\\d\\d {2}all courses {2}the page\n$`) });
  t.notMatch(listed.output, key.slice(12));
  t.match(await run(['keys', 'revoke', prefix], { DATABASE_URL: url }), { code: 0, output: /is revoked; gateways stop taking it within 5 seconds/ });
  t.match(await run(['keys', 'revoke', prefix], { DATABASE_URL: url }), { code: 0, output: /was revoked before/ });
  t.match((await run(['keys', 'list'], { DATABASE_URL: url })).output, /revoked/);
  t.same((await owner.query("SELECT FROM scopes_of_api_key(sha256(convert_to($1, 'UTF8')))", [key])).rows, []);
});

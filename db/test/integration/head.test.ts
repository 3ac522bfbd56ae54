/**
 * The head of the log is held for an instant, whoever commits: what a login of its own could have run, or waited for, behind the draw of its
 * positions is refused at COMMIT, and changes nothing.
 */
import type pg from 'pg';
import t, { type Test } from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { appendAnything, recordCourse } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
const { client: operator, user } = await loginAs(t, url, 'coursewright_operator');
// What a database that is shared with other programs lets its logins have.
await owner.query(`CREATE SCHEMA theirs AUTHORIZATION ${user}`);
t.teardown(() => owner.query('DROP SCHEMA theirs CASCADE'));

/** A command of an operator, on a course of its own: it appends an event. */
async function command(): Promise<string> {
  return `SELECT ops.cancel_course('${await recordCourse(owner, [{ id: 'n1' }])}', 'a test')`;
}

async function headOf(): Promise<number> {
  return Number((await owner.query<{ head: string }>('SELECT coalesce(max(position), 0) AS head FROM event_positions')).rows[0]!.head);
}

/** Runs these; the last is refused, and nothing of it is left. */
async function isRefused(t: Test, statements: readonly string[], message: RegExp): Promise<void> {
  const head = await headOf();
  for (const statement of statements.slice(0, -1)) await operator.query(statement);
  const error: pg.DatabaseError = await refusal(operator.query(statements.at(-1)!));
  await operator.query('ROLLBACK');
  t.equal(error.code, 'CW004', error.message);
  t.match(error.message, message);
  t.match(error.hint, /append/);
  t.equal(await headOf(), head);
  // And nobody waits: in a session that waits for no lock.
  const other = await loginAsOwner(t, url);
  await other.query("SET lock_timeout = '1s'");
  await t.resolves(appendAnything(other));
}

const SLOW = 'RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$';
const EARLY = /SET CONSTRAINTS: positions are drawn at COMMIT/;
const WITH_OTHERS = /has something to do at COMMIT as well/;

const EARLY_DRAWS: Readonly<Record<string, string>> = {
  'as it is': 'SET CONSTRAINTS ALL IMMEDIATE',
  'with a comment within': 'SET/**/CONSTRAINTS/**/ALL/**/IMMEDIATE',
  'on several lines, in another case': 'sEt\n constraints public.position_requests_draw\n immediate',
  'in a block': 'DO $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; END $$',
  'put together in a block': "DO $$ BEGIN EXECUTE 'SET CON' || 'STRAINTS ALL IMME' || 'DIATE'; END $$",
  'with words of COMMIT in it': "DO $$ BEGIN EXECUTE E'SET CON' || E'STRAINTS ALL /* PL/pgSQL at COMMIT\\n*/ IMME' || 'DIATE'; END $$",
  'in a function': 'SELECT theirs.draw()',
  'in a function of SQL': 'SELECT theirs."at COMMIT"()',
};

await operator.query('CREATE FUNCTION theirs.draw() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; END $$');
await operator.query('CREATE FUNCTION theirs."at COMMIT"() RETURNS void LANGUAGE sql AS $$ SET CONSTRAINTS ALL IMMEDIATE $$');

for (const [how, statement] of Object.entries(EARLY_DRAWS)) {
  t.test(`positions are not drawn before COMMIT: SET CONSTRAINTS ${how}`, async (t) => isRefused(t, ['BEGIN', await command(), statement], EARLY));
}

t.test('a deferred trigger of a temporary table', async (t) => {
  await isRefused(t, [
    'BEGIN', 'CREATE TEMP TABLE z (a int) ON COMMIT DROP', `CREATE FUNCTION pg_temp.slow() ${SLOW}`,
    'CREATE CONSTRAINT TRIGGER zz AFTER INSERT ON z DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.slow()',
    await command(), 'INSERT INTO z VALUES (1)', 'COMMIT'], WITH_OTHERS);
});

for (const first of ['command', 'insert'] as const) {
  t.test(`a deferred trigger of a table of the login's own, queued ${first === 'command' ? 'behind' : 'before'} the command`, async (t) => {
    await operator.query(`CREATE TABLE theirs.z (a int); CREATE FUNCTION theirs.slow() ${SLOW};
      CREATE CONSTRAINT TRIGGER zz AFTER INSERT ON theirs.z DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION theirs.slow()`);
    t.teardown(() => operator.query('DROP TABLE theirs.z; DROP FUNCTION theirs.slow()'));
    const statements = [await command(), 'INSERT INTO theirs.z VALUES (1)'];
    if (first === 'insert') statements.reverse();
    await operator.query("SET statement_timeout = '10s'"); // Its own trigger may run first, and must not take the test's time.
    t.teardown(() => operator.query('RESET statement_timeout'));
    if (first === 'command') await isRefused(t, ['BEGIN', ...statements, 'COMMIT'], WITH_OTHERS);
    else {
      await operator.query('DROP TRIGGER zz ON theirs.z; CREATE CONSTRAINT TRIGGER zz AFTER INSERT ON theirs.z DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION theirs.again()').catch(() => undefined);
      await operator.query(`CREATE OR REPLACE FUNCTION theirs.slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.a = 1 THEN INSERT INTO theirs.z VALUES (2); ELSE PERFORM pg_sleep(60); END IF; RETURN NULL; END $$`);
      await isRefused(t, ['BEGIN', ...statements, 'COMMIT'], WITH_OTHERS);
    }
  });
}

t.test('a deferred constraint whose index runs a function', async (t) => {
  await operator.query(`
    CREATE FUNCTION theirs.slowly(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN IF a > 1 THEN PERFORM pg_sleep(60); END IF; RETURN a; END $$;
    CREATE TABLE theirs.e (a int, EXCLUDE USING btree ((theirs.slowly(a)) WITH =) DEFERRABLE INITIALLY DEFERRED)`);
  t.teardown(() => operator.query('DROP TABLE theirs.e; DROP FUNCTION theirs.slowly(int)'));
  await isRefused(t, ['BEGIN', await command(), 'INSERT INTO theirs.e VALUES (1)', 'COMMIT'], WITH_OTHERS);
});

t.test('a cursor that is held over COMMIT', async (t) => {
  await isRefused(t, ['BEGIN', 'DECLARE c CURSOR WITH HOLD FOR SELECT pg_sleep(60)', await command(), 'COMMIT'], /a cursor WITH HOLD would be run to its end/);
});

t.test('the number of the head\'s lock of before, and a lock on its table', async (t) => {
  await owner.query('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog TO PUBLIC'); // As where nobody could take them away.
  t.teardown(() => owner.query('REVOKE EXECUTE ON FUNCTION pg_advisory_lock(integer, integer) FROM PUBLIC'));
  await operator.query('SELECT pg_advisory_lock(7000, 0)');
  const other = await loginAsOwner(t, url);
  await other.query("SET lock_timeout = '1s'");
  await t.resolves(appendAnything(other));
  await operator.query('SELECT pg_advisory_unlock_all()');
  await operator.query('BEGIN');
  for (const mode of ['ROW SHARE', 'SHARE UPDATE EXCLUSIVE', 'ACCESS EXCLUSIVE']) {
    await operator.query('SAVEPOINT s');
    t.equal((await refusal(operator.query(`LOCK TABLE log_head IN ${mode} MODE`))).code, '42501', mode);
    await operator.query('ROLLBACK TO SAVEPOINT s');
  }
  await operator.query('ROLLBACK');
});

t.test('what an operator does by himself commits as ever: alone, in a transaction, in a block that commits, beside tables without such constraints', async (t) => {
  const head = await headOf();
  await operator.query(await command());
  for (const statement of ['BEGIN', await command(), await command(), 'COMMIT']) await operator.query(statement);
  await operator.query(`DO $$ BEGIN PERFORM ${(await command()).slice('SELECT '.length)}; COMMIT; END $$`);
  await operator.query('CREATE TABLE theirs.notes (a text PRIMARY KEY)');
  for (const statement of ['BEGIN', "INSERT INTO theirs.notes VALUES ('x')", await command(), 'DECLARE c CURSOR FOR SELECT 1', 'COMMIT']) await operator.query(statement);
  await operator.query('SELECT 1; ' + await command());
  // A course is two events, and its end a third.
  t.equal(await headOf() - head, 6 * 3);
});

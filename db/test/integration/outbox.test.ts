/**
 * The log by SQL alone: a program of any language, which knows nothing but a login and two functions, misses nothing, and
 * nobody acknowledges in its name.
 */
import { execFile } from 'node:child_process';
import { accessSync } from 'node:fs';
import { promisify } from 'node:util';
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { recordCourse, SCHEDULED, STARTED } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED] }, { id: 'n2', events: [SCHEDULED] }]);
const { client: one, user } = await loginAs(t, url, 'coursewright_consumer');
const other = await sessionOf(t, one);
const { client: stranger, user: strangersName } = await loginAs(t, url, 'coursewright_consumer');

async function poll(client: typeof one, consumer: string, rest = ''): Promise<number[]> {
  const { rows } = await client.query<{ position: string }>(`SELECT position FROM outbox.poll('${consumer}'${rest})`);
  return rows.map(({ position }) => Number(position));
}

async function head(): Promise<number> {
  const { rows } = await owner.query<{ head: string }>('SELECT max(position) AS head FROM event_positions');
  return Number(rows[0]!.head);
}

/** Another session of the same login. */
async function sessionOf(t: { teardown(handler: () => Promise<void>): unknown }, client: pg.Client): Promise<pg.Client> {
  const { host, port, database, user: login, password } = client as pg.Client & { readonly password: string };
  const session = new pg.Client({ host, port, database: database!, user: login!, password });
  await session.connect();
  t.teardown(() => session.end());
  return session;
}

t.test('polling and acknowledging in turns gives every event once, in order, as the view of events has it', async (t) => {
  const seen: unknown[] = [];
  for (;;) {
    const { rows } = await one.query<{ position: string }>("SELECT * FROM outbox.poll('reader', 2)");
    if (rows.length === 0) break;
    seen.push(...rows);
    await one.query("SELECT outbox.ack('reader', $1)", [rows.at(-1)!.position]);
  }
  t.same(seen, (await owner.query('SELECT position, stream, version, type, schema_version, data, metadata, recorded_at FROM events ORDER BY position')).rows);
});

t.test('what is not acknowledged comes again; what is, does not', async (t) => {
  t.same(await poll(one, 'again', ', 3'), [1, 2, 3]);
  t.same(await poll(one, 'again', ', 3'), [1, 2, 3]);
  await one.query("SELECT outbox.ack('again', 2)");
  await one.query("SELECT outbox.ack('again', 2)"); // Its answer was lost; it is repeated.
  t.same(await poll(one, 'again', ', 3'), [3, 4, 5]);
});

t.test('an acknowledgement that is rolled back with its effects has not happened', async (t) => {
  await one.query('BEGIN');
  await poll(one, 'atomic', ', 3');
  await one.query("SELECT outbox.ack('atomic', 3)");
  await one.query('ROLLBACK');
  t.same(await poll(other, 'atomic', ', 3'), [1, 2, 3], 'nor has the lease');
});

t.test('while one has the lease another is given nothing; when it runs out the other goes on, and the first cannot acknowledge', async (t) => {
  t.same(await poll(one, 'shared', ", 2, '30 s'"), [1, 2]);
  t.same(await poll(other, 'shared', ', 2'), []);
  t.equal((await refusal(other.query("SELECT outbox.ack('shared', 2)"))).code, 'CW006');
  await owner.query("UPDATE subscriptions SET leased_until = clock_timestamp() - interval '1 ms' WHERE name = 'shared'");
  t.same(await poll(other, 'shared', ', 2'), [1, 2]);
  const late = await refusal(one.query("SELECT outbox.ack('shared', 2)"));
  t.equal(late.code, 'CW006');
  t.match(late.hint, /others went on/);
  t.match(late.hint, /name the holder/);
  await other.query("SELECT outbox.ack('shared', 2)");
  t.same(await poll(one, 'shared', ', 2'), [3, 4], 'all was acknowledged, so the lease is free');
});

t.test('a lease that ran out and that nobody took still acknowledges', async (t) => {
  await poll(one, 'slow', ', 2');
  await owner.query("UPDATE subscriptions SET leased_until = clock_timestamp() - interval '1 ms' WHERE name = 'slow'");
  await one.query("SELECT outbox.ack('slow', 2)");
  t.same(await poll(one, 'slow', ', 1'), [3]);
});

t.test('a consumer that names itself keeps its lease over its sessions, as one behind a pooler must', async (t) => {
  const again = await sessionOf(t, one);
  t.same(await poll(one, 'pooled', ", 2, '30 s', 'me'"), [1, 2]);
  await again.query("SELECT outbox.ack('pooled', 2, 'me')");
  t.same(await poll(again, 'pooled', ", 1, '30 s', 'me'"), [3]);
});

t.test('who names himself otherwise has not the lease', async (t) => {
  t.same(await poll(one, 'named', ", 2, '30 s', 'me'"), [1, 2]);
  t.same(await poll(other, 'named', ", 2, '30 s', 'you'"), []);
  t.match(await refusal(other.query("SELECT outbox.ack('named', 2, 'you')")), { code: 'CW006', message: new RegExp(`is leased to ${user}/me, not to `) });
  await one.query("SELECT outbox.ack('named', 2, 'me')");
});

t.test('a consumer belongs to the login that made it: nobody else polls, acknowledges or forgets in its name, leased or not', async (t) => {
  for (const lease of ['leased', 'free']) {
    t.same(await poll(one, 'mine', ', 2'), lease === 'leased' ? [1, 2] : [3, 4]);
    if (lease === 'free') await one.query("SELECT outbox.ack('mine', 4)");
    for (const call of ["poll('mine', 50, holder => 'me')", "ack('mine', 60)", "ack('mine', 2)", "forget('mine')", "register('mine', 0)"]) {
      t.match(await refusal(stranger.query(`SELECT outbox.${call}`)), { code: 'CW006', message: new RegExp(`belongs to ${user}$`), hint: /another name/ }, `${lease}: ${call}`);
    }
    if (lease === 'leased') await one.query("SELECT outbox.ack('mine', 2)");
  }
  t.match((await owner.query("SELECT position, owner FROM subscriptions WHERE name = 'mine'")).rows, [{ position: '4', owner: user }], 'it is where it was');
});

t.test('a consumer of before belongs to whoever uses it next', async (t) => {
  await owner.query("INSERT INTO subscriptions (name, position, by_sql) VALUES ('old-one', 2, true)");
  t.same(await poll(stranger, 'old-one', ', 1'), [3]);
  t.match(await refusal(one.query("SELECT outbox.poll('old-one')")), { code: 'CW006', message: new RegExp(`belongs to ${strangersName}$`) });
});

t.test('logins that are members of a role share the consumers that are made as that role', async (t) => {
  const team = `${user}_team`;
  await owner.query(`CREATE ROLE ${team}; GRANT coursewright_consumer TO ${team}; GRANT ${team} TO ${user}`);
  t.teardown(() => owner.query(`DROP ROLE ${team}`));
  await one.query(`SET ROLE ${team}`);
  t.same(await poll(one, 'ours', ', 1'), [1]);
  await one.query("SELECT outbox.ack('ours', 1)");
  await one.query('RESET ROLE');
  t.match(await refusal(stranger.query("SELECT outbox.poll('ours')")), { code: 'CW006', message: new RegExp(`belongs to ${team}$`) });
  await owner.query(`GRANT ${team} TO ${strangersName}`);
  t.same(await poll(stranger, 'ours', ', 1'), [2]);
});

t.test('while one polls in an open transaction another is given nothing, and does not wait for him', async (t) => {
  t.same(await poll(one, 'open', ', 1'), [1]);
  await one.query("SELECT outbox.ack('open', 1)");
  await one.query('BEGIN');
  t.same(await poll(one, 'open', ', 1'), [2]);
  await other.query("SET lock_timeout = '1s'");
  t.same(await poll(other, 'open', ', 1'), []);
  await other.query('RESET lock_timeout');
  await one.query('ROLLBACK');
  t.same(await poll(other, 'open', ', 1'), [2], 'what was rolled back comes to whoever polls next');
});

t.test('a consumer that nobody uses any more can be forgotten, though not while somebody has the lease', async (t) => {
  await poll(one, 'old', ', 2');
  t.match(await refusal(other.query("SELECT outbox.forget('old')")), { code: 'CW006', message: /is leased to/ });
  await one.query("SELECT outbox.ack('old', 2)");
  await other.query("SELECT outbox.forget('old')");
  t.same((await owner.query("SELECT FROM subscriptions WHERE name = 'old'")).rowCount, 0);
  t.same(await poll(one, 'old', ', 1'), [1], 'by its name somebody else begins anew');
});

t.test('a new consumer can begin behind any position', async (t) => {
  await one.query("SELECT outbox.register('from-three', 3)");
  t.same(await poll(one, 'from-three', ', 1'), [4]);
});

t.test('the name of a service is no name for a consumer, even before the service has run', async (t) => {
  for (const name of ['generation-reactor', 'recovery-requests', 'usage-ledger', 'webhooks', 'nats-relay']) {
    for (const call of [`poll('${name}')`, `register('${name}')`, `forget('${name}')`, `ack('${name}', 1)`]) {
      t.match(await refusal(one.query(`SELECT outbox.${call}`)), { code: 'CW006', hint: /another name/ }, call);
    }
  }
  t.equal((await owner.query("SELECT FROM subscriptions WHERE name = 'webhooks'")).rowCount, 0);
});

t.test('a new consumer can begin with what comes from now on', async (t) => {
  const { rows } = await one.query<{ register: string }>("SELECT outbox.register('fresh')");
  t.equal(Number(rows[0]!.register), await head());
  t.same(await poll(one, 'fresh'), []);
  await recordCourse(owner, [{ id: 'n1' }]);
  t.same(await poll(one, 'fresh'), [await head() - 1, await head()]);
});

t.test('an operator pauses and rewinds it as any subscription', async (t) => {
  t.same(await poll(one, 'steered', ', 2'), [1, 2]);
  await one.query("SELECT outbox.ack('steered', 2)");
  await owner.query("SELECT ops.pause_subscription('steered', 'why')");
  t.same(await poll(one, 'steered'), []);
  await owner.query("SELECT ops.resume_subscription('steered', 'why'), ops.rewind_subscription('steered', 1, 'why')");
  t.same(await poll(one, 'steered', ', 2'), [2, 3]);
});

await owner.query("INSERT INTO subscriptions (name, position) VALUES ('generation-reactor', 0)");
for (const [what, sql, hint] of [
  ['the checkpoint of a service', "SELECT outbox.ack('generation-reactor', 3)", /another name/],
  ['events of a service', "SELECT * FROM outbox.poll('generation-reactor')", /another name/],
  ['a name that is none', "SELECT outbox.ack('nobody', 1)", /outbox\.poll/],
  ['a consumer without a name', "SELECT * FROM outbox.poll('')", /lower-case/],
  ['a place for a name that is none', "SELECT outbox.register('Bad Name')", /lower-case/],
  ['no events', "SELECT * FROM outbox.poll('bad', 0)", /1 to 10000/],
  ['events without end', "SELECT * FROM outbox.poll('bad', NULL)", /1 to 10000/],
  ['a lease for ever', "SELECT * FROM outbox.poll('bad', 1, '1 year')", /1 day/],
  ['a place beyond the log', "SELECT outbox.register('bad', 1000000)", /ends at/],
] as const) {
  t.test(`asking for ${what} is refused, with the way out`, async (t) => {
    const { code, hint: said } = await refusal(one.query(sql));
    t.equal(code, 'CW006');
    t.match(said, hint);
    const { rows } = await owner.query("SELECT position, leased_by FROM subscriptions WHERE name IN ('generation-reactor', 'bad', 'nobody')");
    t.same(rows, [{ position: '0', leased_by: null }]);
  });
}

t.test('acknowledging what was not given is refused', async (t) => {
  await poll(one, 'greedy', ', 2');
  for (const position of ['3', '-1', 'NULL']) t.equal((await refusal(one.query(`SELECT outbox.ack('greedy', ${position})`))).code, 'CW006');
});

t.test('a consumer sees and steers nothing else', async (t) => {
  for (const sql of ['SELECT * FROM public.recorded_events', 'SELECT * FROM public.subscriptions', "SELECT ops.pause_subscription('reader', 'why')", "SELECT public.append_to_streams('[]')"]) {
    t.equal((await refusal(one.query(sql))).code, INSUFFICIENT_PRIVILEGE, sql);
  }
});

const PSQL = ['/usr/bin/psql', '/usr/local/bin/psql'].find((file) => {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
});
t.test('a shell script reads the log with psql and nothing else', { skip: PSQL === undefined && 'psql is not installed (Debian: apt-get install postgresql-client)' }, async (t) => {
  const script = `
    while :; do
      events=$("$PSQL" "$DATABASE_URL" -AtX -c "SET ROLE coursewright_consumer" -c "SELECT position || ' ' || type FROM outbox.poll('shell', 3, '30 s', 'script')" | grep -v '^SET$')
      [ -z "$events" ] && break
      echo "$events"
      last=$(echo "$events" | tail -1 | cut -d' ' -f1)
      "$PSQL" "$DATABASE_URL" -AtqX -c "SET ROLE coursewright_consumer" -c "SELECT outbox.ack('shell', $last, 'script')"
    done`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env: { PATH: process.env['PATH'], DATABASE_URL: url, PSQL: PSQL! } });
  const { rows } = await owner.query<{ line: string }>("SELECT position || ' ' || type AS line FROM events ORDER BY position");
  t.same(stdout.split('\n').filter((line) => line !== ''), rows.map(({ line }) => line));
  t.ok(user, 'as other languages do with a login of their own');
});

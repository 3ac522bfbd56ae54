/**
 * A dump, restored into a new server, goes on where it was: courses are finished, consumers miss nothing and are given nothing twice,
 * and every cursor is still right. With pg_dump and pg_restore, as docs/operations.md tells it.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import t from 'tap';
import { archive, migrate, startLocalPostgres } from '@coursewright/db';
import { testDatabase } from '@coursewright/db/testing';
import { freePort, until } from '@coursewright/events/testing';
import { createStack } from '../fixtures/stack.ts';

const run = promisify(execFile);
const { url } = await testDatabase(t);
const old = new pg.Pool({ connectionString: url, max: 2 });
old.on('error', () => undefined);
t.teardown(() => old.end());

const skip = await whyNot();

/** A dump is made by a pg_dump of the server's version, or a newer one. */
async function whyNot(): Promise<string | false> {
  const { rows } = await old.query<{ major: number }>("SELECT current_setting('server_version_num')::int / 10000 AS major");
  const server = rows[0]!.major;
  try {
    const { stdout } = await run('pg_dump', ['--version']);
    const major = Number(/ (\d+)\./.exec(stdout)?.[1]);
    return major >= server ? false : `pg_dump ${major} cannot dump PostgreSQL ${server}`;
  } catch {
    return 'there is no pg_dump on this machine';
  }
}

t.test('a dump restored into a new server goes on where it was', { skip, timeout: 600_000 }, async (t) => {
  // A course that is over and archived, one that is over, and two in the middle, held by workers that the dump does not know alive.
  const before = createStack(t, url, { OFFLINE_AUTHOR_LATENCY_MS: '50' });
  await before.startGateway();
  const worker = await before.startGeneration();
  const archived = await before.requestCourse('Archived');
  await before.completed(archived);
  t.equal((await archive(url, new Date(Date.now() + 60_000))).courses, 1);
  const finished = await before.requestCourse('Finished');
  await before.completed(finished);
  await worker.stop();
  const slow = await before.startGeneration({ OFFLINE_AUTHOR_LATENCY_MS: '20000' });
  const planning = await before.requestCourse('In the middle');
  await until('it is being planned', async () => {
    const { rowCount } = await old.query("SELECT FROM course_map_states WHERE id = $1 AND status = 'planning'", [planning]);
    return rowCount === 1 ? true : undefined;
  });

  // A consumer that has read a part, and what it had acknowledged.
  const consumed = await poll(old, 20);
  await old.query("SELECT outbox.ack('consumer', $1, 'a test')", [consumed.at(-1)]);
  const lent = await poll(old, 10); // Given, and not acknowledged.
  t.ok(lent.length > 0);

  const folder = await mkdtemp(join(tmpdir(), 'coursewright-restore-'));
  await chmod(folder, 0o755);
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const dump = join(folder, 'coursewright.dump');
  const headBefore = (await everything(old)).length;
  await run('pg_dump', ['--format=custom', '--no-toast-compression', `--file=${dump}`, url]);
  await slow.kill();

  const server = await startLocalPostgres({ dataDir: join(folder, 'data'), port: await freePort(), settings: { fsync: 'off' } });
  t.teardown(() => server.stop('immediate'));
  const restoredUrl = server.url.replace(/\/[^/]*$/, '/restored');
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('CREATE DATABASE restored');
  for (const role of ['service', 'operator', 'consumer', 'tenant']) await admin.query(`CREATE ROLE coursewright_${role} NOLOGIN`);
  await admin.query('GRANT coursewright_tenant TO coursewright_service');
  await admin.end();
  await run('pg_restore', ['--no-owner', `--dbname=${restoredUrl}`, dump]);
  t.same(await migrate(restoredUrl), [], 'it has the current schema');

  const restored = new pg.Pool({ connectionString: restoredUrl, max: 2 });
  restored.on('error', () => undefined);
  t.teardown(() => restored.end());
  const atDump = await everything(restored);
  t.ok(atDump.length >= headBefore);
  t.same(atDump, (await everything(old)).slice(0, atDump.length), 'every event, at its position');

  const after = createStack(t, restoredUrl, { OFFLINE_AUTHOR_LATENCY_MS: '50' });
  await after.startGateway();
  await after.startGeneration();
  await after.completed(planning);
  const another = await after.requestCourse('New');
  await after.completed(another);
  for (const id of [archived, finished]) t.equal((await after.request(`/api/v1/course-map/${id}/progress`)).body.overall_status, 'completed');
  t.ok((await after.request(`/api/v1/course-map/${archived}/history`)).body, 'the story of an archived course');

  // What was given and not acknowledged comes again, to the same holder at once.
  const given: number[] = [];
  for (;;) {
    const page = await poll(restored, 100);
    if (page.length === 0) break;
    given.push(...page);
    await restored.query("SELECT outbox.ack('consumer', $1, 'a test')", [page.at(-1)]);
  }
  const head = (await everything(restored)).length;
  t.same([...consumed, ...given], Array.from({ length: head }, (_, index) => index + 1), 'no event is missing, and none comes twice');
  const { rows: subscriptions } = await restored.query("SELECT name FROM subscriptions WHERE name = 'generation-reactor' AND position > $1", [atDump.length]);
  t.equal(subscriptions.length, 1, 'the services\' own subscriptions went on too');
});

async function poll(db: pg.Pool, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ position: string }>("SELECT position FROM outbox.poll('consumer', $1, '30 s', 'a test')", [limit]);
  return rows.map(({ position }) => Number(position));
}

async function everything(db: pg.Pool): Promise<unknown[]> {
  return (await db.query('SELECT * FROM events ORDER BY position')).rows;
}

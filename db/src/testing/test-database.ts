/**
 * A migrated database of its own for each test file: nothing is shared, nothing is cleaned up between files.
 */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ensureTemplate, urlOfDatabase } from './template-database.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const OBJECT_IN_USE = '55006';
const CLONE_ATTEMPTS = 100;

/** What is needed of tap's `t`. */
export interface TestContext {
  teardown(handler: () => Promise<void>): unknown;
  passing(): boolean;
  comment(text: string): void;
}

export interface TestDatabase {
  /** As the owner of the database. */
  readonly url: string;
  readonly name: string;
  /** Drops the database, with whatever sessions are left in it. May be called twice. */
  drop(): Promise<void>;
}

/**
 * Makes a database cloned from the migrated template, and hands it over until the test `t` is over. It is dropped then if
 * the test passed; otherwise it stays, and a comment in the output tells how to look at it.
 *
 * `pnpm test` names the server and the template in TEST_DATABASE_URL and TEST_TEMPLATE_DATABASE. A test file that is run
 * by hand has neither, and brings up the shared local server itself.
 */
export async function testDatabase(t: TestContext): Promise<TestDatabase> {
  const server = await serverFromEnvironment();
  const template = process.env['TEST_TEMPLATE_DATABASE'] ?? await ensureTemplate(server.url);
  const name = nameOfDatabase();
  await cloneDatabase(server.url, template, name);
  const url = urlOfDatabase(server.url, name);
  let dropping: Promise<void> | undefined;
  const drop = (): Promise<void> => dropping ??= dropDatabase(server.url, name);
  t.teardown(async () => {
    if (t.passing()) await drop();
    else if (dropping === undefined) t.comment(`the database of this failure is kept: psql ${url}`);
    await server.release();
  });
  return { url, name, drop };
}

async function serverFromEnvironment(): Promise<TestServer> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined || url === '') return startTestServer();
  return { url, ours: false, release: async () => undefined };
}

/** Tells when, for which file, and stays unique: `cw_test_m1x2y3z4_card-store_a1b2c3`. */
function nameOfDatabase(): string {
  const file = basename(process.argv[1] ?? 'test').replace(/\..*$/, '').slice(0, 30);
  return `cw_test_${Date.now().toString(36)}_${file}_${randomBytes(3).toString('hex')}`;
}

async function cloneDatabase(serverUrl: string, template: string, name: string): Promise<void> {
  await withClient(serverUrl, async (client) => {
    const clone = `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.query(clone);
        return;
      } catch (error) {
        // Somebody clones or vacuums the template at this moment; it takes milliseconds.
        if ((error as pg.DatabaseError).code !== OBJECT_IN_USE || attempt === CLONE_ATTEMPTS) throw error;
        await sleep(50);
      }
    }
  });
}

const SESSIONS = 'SELECT FROM pg_stat_activity WHERE datname = $1';
/** For sessions whose clients have said goodbye; after that they are ended, and a client that still listens hears an error. */
const GOODBYE_MS = 2000;

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, async (client) => {
    const patience = Date.now() + GOODBYE_MS;
    while ((await client.query(SESSIONS, [name])).rowCount !== 0 && Date.now() < patience) await sleep(10);
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'coursewright: test database' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

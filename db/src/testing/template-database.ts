/**
 * A migrated database that test databases are cloned from: migrating takes a second, cloning a fraction of that.
 *
 * It is named after the content of the migrations, so that a change to one makes a new template, and each is made once
 * however many processes ask at the same moment.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../migrate.ts';

const TEMPLATE_LOCK = 7_301_944_120_665n;
const TRY_LOCK = 'SELECT pg_try_advisory_lock($1) AS held';
const FIND_DATABASE = 'SELECT FROM pg_database WHERE datname = $1';
const OTHER_TEMPLATES = `
  SELECT datname AS name FROM pg_database WHERE datname LIKE 'coursewright_template_%' AND datname <> $1
`;
const PREFIX = 'coursewright_template_';

/** Returns the name of the template on the server of `serverUrl`, making it first when it is missing. */
export async function ensureTemplate(serverUrl: string): Promise<string> {
  const name = PREFIX + await fingerprint();
  const client = new pg.Client({ connectionString: serverUrl, application_name: 'coursewright: test template' });
  await client.connect();
  try {
    const exists = async (): Promise<boolean> => (await client.query(FIND_DATABASE, [name])).rowCount === 1;
    while (!await exists()) {
      // Asked for again and again: whoever waits in a statement would keep the holder's CREATE DATABASE waiting.
      const lock = await client.query<{ held: boolean }>(TRY_LOCK, [TEMPLATE_LOCK]);
      if (lock.rows[0]?.held !== true) await sleep(50);
      else if (!await exists()) await makeTemplate(client, serverUrl, name);
    }
    return name;
  } finally {
    await client.end();
  }
}

/** Migrates under another name and renames, so that a template that exists is complete. */
async function makeTemplate(client: pg.Client, serverUrl: string, name: string): Promise<void> {
  const unfinished = pg.escapeIdentifier(`${name}_unfinished`);
  await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
  await migrate(urlOfDatabase(serverUrl, `${name}_unfinished`));
  await client.query(`ALTER DATABASE ${unfinished} WITH ALLOW_CONNECTIONS false`);
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${pg.escapeIdentifier(name)}`);
  const old = await client.query<{ name: string }>(OTHER_TEMPLATES, [name]);
  for (const template of old.rows) {
    // One that is being cloned at this moment stays, and goes next time.
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(template.name)}`).catch(() => undefined);
  }
}

/** The same server, another database. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Everything that shapes a migrated database. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  const migrations = new URL('../../migrations/', import.meta.url);
  const files = (await readdir(migrations)).filter((file) => file.endsWith('.sql')).sort();
  for (const file of files) hash.update(file).update(await readFile(new URL(file, migrations)));
  hash.update(await readFile(new URL('../install-queue.ts', import.meta.url)));
  hash.update(await readFile(new URL('../../package.json', import.meta.url)));
  return hash.digest('hex').slice(0, 12);
}

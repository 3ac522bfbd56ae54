/**
 * Brings a database to the current schema: our migrations, then the queue's own tables.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { connectOwner, OLDEST_PROGRAM, ownerClient } from '@coursewright/postgres';
import { installQueue } from './install-queue.ts';
import { MigrationError } from './migration-error.ts';
import { withMigrationLock } from './migration-lock.ts';
import { openRowSecurity } from './open-row-security.ts';
import { requireRights } from './required-rights.ts';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));

export interface MigrateOptions {
  /** Told one line per migration that ran. */
  readonly log?: (line: string) => void;
  /** How long another process that is migrating is waited for; 120,000 ms by default. */
  readonly patienceMs?: number;
  /** The plain SQL files to run, in the order of their numbers; `db/migrations` by default. */
  readonly folder?: string;
}

/**
 * Runs every migration that the database has not seen, all in one transaction, and installs the queue. May be called
 * again, and by many processes at once: they take turns, and the later ones find nothing to do.
 * The URL must lead to the server itself or a session-pinning proxy, as the owner of the database.
 *
 * Returns the names of the migrations that ran.
 *
 * @throws MigrationError with a sentence for the person at the terminal; the database is then as it was before,
 *   except that migrations may be done and the queue not, which the next call makes good
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<string[]> {
  const { log = () => undefined, patienceMs = 120_000, folder = MIGRATIONS_FOLDER } = options;
  const known = await migrationsIn(folder);
  return withMigrationLock(databaseUrl, patienceMs, async () => {
    const owner = ownerClient({ databaseUrl, applicationName: 'coursewright: migrate' });
    let current = 'the connection';
    const noteCurrent = (line: string): void => {
      current = /^### MIGRATION (\S+)/.exec(line)?.[1] ?? current;
    };
    try {
      await connectOwner(owner);
      await requireRights(owner);
      await refuseNewerSchema(owner, known);
      current = 'the migrations';
      const ran = await runner({
        dbClient: owner,
        dir: folder,
        direction: 'up',
        migrationsTable: 'migrations',
        migrationsSchema: 'public',
        schema: 'public',
        checkOrder: true,
        singleTransaction: true,
        // Its own lock does not wait; ours is held already.
        noLock: true,
        logger: { info: noteCurrent, warn: () => undefined, error: () => undefined },
      });
      for (const migration of ran) log(`migrated ${migration.name}`);
      current = 'the queue';
      await installQueue(databaseUrl);
      current = 'row security';
      await openRowSecurity(owner);
      current = 'the number of the schema';
      if (folder === MIGRATIONS_FOLDER) await owner.query(NOTE_VERSION, [numberOf(known.at(-1) ?? ''), OLDEST_PROGRAM]);
      return ran.map((migration) => migration.name);
    } catch (cause) {
      if (cause instanceof MigrationError) throw cause;
      throw new MigrationError('migration_failed', `The server refused ${current}: ${sentenceOf(cause)}`, { cause });
    } finally {
      await owner.end().catch(() => undefined);
    }
  });
}

const RECORDED = "SELECT name FROM public.migrations ORDER BY name";
const HAS_RECORDS = "SELECT to_regclass('public.migrations') IS NOT NULL AS has";

const NOTE_VERSION = `
  INSERT INTO schema_version (version, oldest_program) VALUES ($1, $2)
  ON CONFLICT (one) DO UPDATE SET version = excluded.version, oldest_program = excluded.oldest_program
  WHERE (schema_version.version, schema_version.oldest_program) <> (excluded.version, excluded.oldest_program)`;

/** Names without their ending, in order. */
async function migrationsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.sql')).map((file) => file.slice(0, -'.sql'.length)).sort();
}

function numberOf(migration: string): number {
  return Number.parseInt(migration, 10);
}

/** To find nothing to do is not to be current: what a newer release has made is not ours to use. */
async function refuseNewerSchema(owner: pg.Client, known: readonly string[]): Promise<void> {
  const { rows: [records] } = await owner.query<{ has: boolean }>(HAS_RECORDS);
  if (records?.has !== true) return;
  const { rows } = await owner.query<{ name: string }>(RECORDED);
  const newest = numberOf(known.at(-1) ?? '');
  const newer = rows.map(({ name }) => name).filter((name) => !known.includes(name) && numberOf(name) > newest);
  if (newer.length === 0) return;
  throw new MigrationError('schema_newer', `The database was migrated by a newer release (it has ${newer.join(', ')}): use that release. `
    + 'There is no way back but to restore a backup from before.');
}

/** What the server said, without where it was said: the library's errors carry their stack in their message. */
function sentenceOf(cause: unknown): string {
  const { message = '' } = cause as { message?: string };
  const [line = ''] = message.split('\n');
  return line === '' ? String((cause as { code?: string }).code ?? cause) : line;
}

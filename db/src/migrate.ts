/**
 * Brings a database to the current schema: our migrations, then the queue's own tables.
 */
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { installQueue } from './install-queue.ts';
import { MigrationError } from './migration-error.ts';
import { withMigrationLock } from './migration-lock.ts';

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
  return withMigrationLock(databaseUrl, patienceMs, async () => {
    let current = 'the migrations';
    const noteCurrent = (line: string): void => {
      current = /^### MIGRATION (\S+)/.exec(line)?.[1] ?? current;
    };
    try {
      const ran = await runner({
        databaseUrl,
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
      return ran.map((migration) => migration.name);
    } catch (cause) {
      throw new MigrationError(
        'migration_failed',
        `The server refused ${current}: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
  });
}

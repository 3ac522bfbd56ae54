/**
 * One migration at a time per database, however many processes start together.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connectOwner, ownerClient } from '@coursewright/postgres';
import { MigrationError } from './migration-error.ts';
import { isPostgresUrl, refusalInWords } from './postgres-url.ts';

const MIGRATION_LOCK = 7_301_944_120_664n;
const TRY_LOCK = 'SELECT pg_try_advisory_lock($1) AS held';
const OLDEST_VERSION = 15;
const POLL_MS = 100;

/**
 * Runs `work` while holding the migration lock of the database, waiting up to `patienceMs` for whoever holds it.
 * The lock ends with the session, so a process that is killed in `work` leaves it free.
 *
 * It is asked for again and again instead of waited for: a session that waits inside a statement keeps a snapshot open,
 * and a holder that builds an index concurrently would wait for that snapshot in turn.
 *
 * @throws MigrationError `invalid_url`, `server_unreachable`, `server_too_old`, `lock_timeout`; and whatever `work` throws
 */
export async function withMigrationLock<Result>(
  databaseUrl: string,
  patienceMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!isPostgresUrl(databaseUrl)) {
    throw new MigrationError('invalid_url', 'DATABASE_URL must be a URL like postgres://user:password@host:5432/name.');
  }
  const session = ownerClient({ databaseUrl, applicationName: 'coursewright: migrate' });
  await connect(session);
  try {
    await requireVersion(session);
    const deadline = Date.now() + patienceMs;
    while (!await tryLock(session)) {
      if (Date.now() >= deadline) {
        throw new MigrationError(
          'lock_timeout',
          `Another process has been migrating this database for over ${Math.round(patienceMs / 1_000)} s: `
            + 'look for it in pg_stat_activity (application_name "coursewright: migrate"), then try again.',
        );
      }
      await sleep(POLL_MS);
    }
    return await work();
  } finally {
    await session.end().catch(() => undefined);
  }
}

async function connect(session: pg.Client): Promise<void> {
  try {
    await connectOwner(session);
  } catch (cause) {
    const where = `${session.host}:${session.port}/${session.database ?? ''}`;
    throw new MigrationError(
      'server_unreachable',
      `The database at ${where} does not let us in (${refusalInWords(cause)}): check DATABASE_URL and that the server runs.`,
      { cause },
    );
  }
}

async function requireVersion(session: pg.Client): Promise<void> {
  const result = await session.query<{ version: string; number: number }>(
    "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number",
  );
  const { version, number } = result.rows[0] ?? { version: 'unknown', number: 0 };
  if (number >= OLDEST_VERSION * 10_000) return;
  throw new MigrationError(
    'server_too_old',
    `The server is PostgreSQL ${version}; Coursewright needs ${OLDEST_VERSION} or newer: upgrade it, `
      + 'or unset DATABASE_URL to use the server that comes along.',
  );
}

async function tryLock(session: pg.Client): Promise<boolean> {
  const result = await session.query<{ held: boolean }>(TRY_LOCK, [MIGRATION_LOCK]);
  return result.rows[0]?.held === true;
}

/**
 * The database that a command is for.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from './command-error.ts';
import { localDataDir } from './data-dir.ts';
import { startLocalPostgres, type LocalPostgres } from './local-postgres.ts';
import { LocalPostgresError } from './local-postgres/error.ts';

/**
 * Runs `work` on the database of DATABASE_URL; on the local one where that is not set, which is started for it.
 *
 * @param missing what to do where there is no local one yet: make it, or refuse
 * @throws CommandError `no_database`; `in_use` when a launcher uses the local one
 */
export async function onDatabase<Result>(missing: 'make' | 'refuse', work: (databaseUrl: string) => Promise<Result>): Promise<Result> {
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '') return work(url);
  const dataDir = join(await localDataDir(process.env['COURSEWRIGHT_DATA_DIR']), 'postgres');
  if (missing === 'refuse' && !(await isThere(dataDir))) {
    throw new CommandError('no_database', `DATABASE_URL is not set, and there is no local database in ${dataDir}: set it, or make a local one by pnpm start.`);
  }
  const server = await startOn(dataDir);
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

async function startOn(dataDir: string): Promise<LocalPostgres> {
  try {
    return await startLocalPostgres({ dataDir, log: (line) => console.error(line) });
  } catch (cause) {
    if (!(cause instanceof LocalPostgresError) || cause.code !== 'folder_in_use') throw cause;
    throw new CommandError('in_use', `A running pnpm start uses the database in ${dataDir}: set DATABASE_URL to the URL in its banner, or stop it first.`, { cause });
  }
}

/** Also when it cannot be looked into: then starting it says why. */
async function isThere(dataDir: string): Promise<boolean> {
  return access(join(dataDir, 'PG_VERSION')).then(() => true, (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT');
}

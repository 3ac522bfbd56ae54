/**
 * The database that a command is for.
 */
import { join } from 'node:path';
import { localDataDir } from './data-dir.ts';
import { startLocalPostgres } from './local-postgres.ts';

/**
 * Runs `work` on the database of DATABASE_URL; on the local one where that is not set, which is started for it.
 *
 * @throws LocalPostgresError when a launcher uses the local one: its banner has the URL
 */
export async function onDatabase<Result>(work: (databaseUrl: string) => Promise<Result>): Promise<Result> {
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '') return work(url);
  const dataDir = join(await localDataDir(process.env['COURSEWRIGHT_DATA_DIR']), 'postgres');
  const server = await startLocalPostgres({ dataDir, log: (line) => console.log(line) });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

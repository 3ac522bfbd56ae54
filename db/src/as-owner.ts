/**
 * A connection of its own for what the owner of the database does, by hand and while the services run.
 */
import type pg from 'pg';
import { connectOwner, ownerClient } from '@coursewright/postgres';
import { CommandError, commandErrorOf } from './command-error.ts';
import { isPostgresUrl, refusalInWords } from './postgres-url.ts';

/**
 * Runs `work` on one session, which is ended with it.
 *
 * @throws CommandError for what a person can mend; anything else as the server or `work` has it
 */
export async function asOwner<Result>(databaseUrl: string, applicationName: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  if (!isPostgresUrl(databaseUrl)) throw new CommandError('invalid_url', 'DATABASE_URL is no URL of a Postgres database, like postgres://user:password@host:5432/name.');
  const client = ownerClient({ databaseUrl, applicationName });
  try {
    await connectOwner(client);
  } catch (cause) {
    throw new CommandError('server_unreachable', `The database of DATABASE_URL cannot be reached: ${refusalInWords(cause)}.`, { cause });
  }
  try {
    return await work(client);
  } catch (error) {
    throw commandErrorOf(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

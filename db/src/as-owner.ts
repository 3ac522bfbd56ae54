/**
 * A connection of its own for what the owner of the database does, by hand and while the services run.
 */
import pg from 'pg';

/** Runs `work` on one session, which is ended with it. @throws whatever the connection or the server refuses with */
export async function asOwner<Result>(databaseUrl: string, applicationName: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: applicationName });
  client.on('error', () => undefined); // The query that is under way rejects.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * One moment of the database, for as long as it takes to look at all of it: a read-only transaction with one snapshot.
 * What the services commit meanwhile is not seen, so nothing is half done in it.
 */
import type pg from 'pg';
import { connectOwner, ownerClient } from '@coursewright/postgres';

export interface Snapshot {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

const CONNECTION_TIMEOUT_MS = 5000;

/** A session of whoever proves. @throws whatever the connection fails with */
export async function connectProver(databaseUrl: string): Promise<pg.Client> {
  const client = ownerClient({ databaseUrl, applicationName: 'coursewright-prove' }, CONNECTION_TIMEOUT_MS);
  await connectOwner(client);
  return client;
}

/** Runs `look` on a snapshot of its own. The transaction is read-only: nothing in it can change anything. */
export async function onSnapshot<Result>(databaseUrl: string, look: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
  const client = await connectProver(databaseUrl);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Longer than any service allows itself: one statement may read the whole log.
    await client.query("SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '10min'");
    return await look({ query: async (text, values = []) => (await client.query<never>(text, values)).rows });
  } finally {
    await client.end().catch(() => undefined);
  }
}

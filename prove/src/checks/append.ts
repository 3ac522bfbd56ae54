/**
 * Whether the log takes an event (I13): tried in a transaction that is rolled back. What can be read may still be broken for whoever writes.
 */
import pg from 'pg';
import type { Findings } from '../findings.ts';
import { connectProver } from '../snapshot.ts';

const SERVER = "SELECT pg_is_in_recovery() AS standby, to_regprocedure('try_append()') IS NULL AS outdated";

/** @throws whatever the connection fails with */
export async function checkAppend(databaseUrl: string, findings: Findings): Promise<void> {
  const client = await connectProver(databaseUrl);
  try {
    const { rows: [server] } = await client.query<{ standby: boolean; outdated: boolean }>(SERVER);
    if (server?.standby === true) return findings.note('I13', 'not tried: this is a standby');
    if (server?.outdated === true) return findings.violation('I13', 'try_append()', 'the database has not the current schema: pnpm db:migrate');
    await client.query('BEGIN');
    await client.query('SELECT try_append()');
    await client.query('ROLLBACK');
    findings.note('I13', 'tried, and taken back');
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code === INSUFFICIENT_PRIVILEGE) throw error;
    findings.violation('I13', 'recorded_events', `an append is refused: ${error.message} (${error.code ?? 'no SQLSTATE'})`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Says nothing of the log: whoever proves is told whom it takes. */
const INSUFFICIENT_PRIVILEGE = '42501';

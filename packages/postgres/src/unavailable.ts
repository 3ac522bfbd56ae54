/**
 * Whether an error says anything about the work, or only about the database at that moment.
 */
import pg from 'pg';
import { endsSession, kindOfSqlState, type SqlStateKind } from './sql-states.ts';

/** There was no connection to the database, or it broke before the answer came. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  readonly code = 'database_unavailable';

  constructor(cause: unknown) {
    super('the database cannot be reached', { cause });
  }
}

/** What the error says about trying again; undefined when it does not come from the database. */
function kindOf(error: unknown): SqlStateKind | undefined {
  if (error instanceof DatabaseUnavailableError) return 'away';
  return error instanceof pg.DatabaseError ? kindOfSqlState(error.code ?? '') : undefined;
}

/** Whether the same work may succeed unchanged, by itself: the database is away or read-only, or somebody else was in the way. */
export function isTransientDatabaseError(error: unknown): boolean {
  const kind = kindOf(error);
  return kind === 'away' || kind === 'conflict';
}

/** Whether the database does this for nobody now, so that it is of no use to try it piece by piece. */
export function isDatabaseAway(error: unknown): boolean {
  return kindOf(error) === 'away';
}

/** Whether a row was held by somebody else for longer than this transaction would wait. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03';
}

/** Whether the server ended the session along with the statement: the connection is of no more use. */
export function endedSession(error: unknown): boolean {
  return error instanceof pg.DatabaseError && endsSession(error.code ?? '');
}

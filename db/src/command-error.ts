/**
 * Why a command could not be carried out on a database: a stable code, and one sentence that says what to do next.
 */
import pg from 'pg';

export type CommandErrorCode =
  /** DATABASE_URL is not set, and there is no local database. */
  | 'no_database'
  /** DATABASE_URL is not set, and a launcher uses the local database. */
  | 'in_use'
  /** DATABASE_URL is no URL of a Postgres database. */
  | 'invalid_url'
  /** The server did not answer, or refused the user. */
  | 'server_unreachable'
  /** The database has not the schema, or not the current one. */
  | 'not_migrated'
  /** The user may not. */
  | 'not_allowed'
  /** It makes no sense; the database says why. */
  | 'refused';

/** `message` is for the person at the terminal; programs look at `code` only. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, details: { cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.code = code;
  }
}

/** SQLSTATEs of what a database lacks that was not migrated: a table, a function, a schema, a column. */
const MISSING = new Set(['42P01', '42883', '3F000', '42703']);
const INSUFFICIENT_PRIVILEGE = '42501';
/** Refusals of our own, which carry a hint. */
const OURS = /^CW\d{3}$/;

/** What the server refused a command with, as an error that says what to do; the error itself when it is none of these. */
export function commandErrorOf(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = '', message, hint } = error;
  if (MISSING.has(code)) return new CommandError('not_migrated', `The database has not the current schema (${message}): pnpm db:migrate brings it there.`, { cause: error });
  if (code === INSUFFICIENT_PRIVILEGE) return new CommandError('not_allowed', `The user of DATABASE_URL may not do this (${message}): it takes the owner of the database.`, { cause: error });
  if (OURS.test(code)) return new CommandError('refused', `${message}. ${hint ?? ''}`.trim(), { cause: error });
  return error;
}

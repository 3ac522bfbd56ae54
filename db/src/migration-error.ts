/**
 * Why a database could not be migrated: a stable code, and one sentence that says what to do next.
 */

export type MigrationErrorCode =
  /** What was given is no URL of a Postgres database. */
  | 'invalid_url'
  /** The server did not answer, or refused the user of the URL. */
  | 'server_unreachable'
  /** PostgreSQL is older than the oldest version that the schema works on. */
  | 'server_too_old'
  /** The server is a standby, or the database is read-only. */
  | 'read_only'
  /** The user of the URL lacks a right; the sentence says what gives it. */
  | 'right_missing'
  /** Row security is on where nobody asked for it, and does not stay off. */
  | 'row_security'
  /** The database was migrated by a newer release. */
  | 'schema_newer'
  /** Another process has been migrating for longer than we wait. */
  | 'lock_timeout'
  /** A migration, or the making of the queue, was refused by the server; nothing of that file was kept. */
  | 'migration_failed';

/** `message` is for the person at the terminal; programs look at `code` only. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly code: MigrationErrorCode;

  constructor(code: MigrationErrorCode, message: string, details: { cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.code = code;
  }
}

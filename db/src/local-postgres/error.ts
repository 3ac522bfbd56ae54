/**
 * Why the local Postgres could not be started: a stable code, and one sentence that says what to do next.
 */

export type LocalPostgresErrorCode =
  /** No PostgreSQL is packaged for this operating system and processor. */
  | 'platform_unknown'
  /** Running as root, and there is no ordinary user for Postgres nor a way to make one. */
  | 'no_postgres_user'
  /** Running as root, and a parent of the data folder is closed to the user that Postgres runs as. */
  | 'folder_unreachable'
  /** The data folder cannot be created, read or written by this user. */
  | 'folder_not_writable'
  /** The folder holds something that is no Postgres data. */
  | 'folder_not_empty'
  /** The data was written by another major version of PostgreSQL. */
  | 'version_differs'
  /** Another process that is alive uses the server on this data folder. */
  | 'folder_in_use'
  /** The port that was asked for is taken. */
  | 'port_busy'
  /** `initdb` failed. */
  | 'initialising_failed'
  /** The server did not come up. */
  | 'starting_failed'
  /** The server did not go down. */
  | 'stopping_failed';

/** `message` is one sentence for the person at the terminal; programs look at `code` only. */
export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
  readonly code: LocalPostgresErrorCode;
  /** The file or folder that the error is about, where there is one. */
  readonly path: string | undefined;

  constructor(code: LocalPostgresErrorCode, message: string, details: { path?: string; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.path = details.path;
  }
}

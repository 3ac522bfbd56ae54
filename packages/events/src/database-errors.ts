/**
 * What Postgres can answer, translated in one place: SQLSTATEs of our own become classes with fields, and every
 * other error is told apart as "the database is away, try the same again" or "this statement is wrong".
 */
import pg from 'pg';
import { ArchivedStreamError, EventDoesNotFitError, EventStoreError, HistoryIsImmutableError, WrongExpectedVersionError } from './errors.ts';

/** There was no connection to the database, or it broke before the answer came. */
export class DatabaseUnavailableError extends EventStoreError {
  override readonly name = 'DatabaseUnavailableError';
  readonly code = 'database_unavailable';

  constructor(cause: unknown) {
    super('the database cannot be reached', { cause });
  }
}

/** SQLSTATEs that the migrations raise. */
const WRONG_EXPECTED_VERSION = 'CW001';
const EVENT_DOES_NOT_FIT = 'CW002';
const HISTORY_IS_IMMUTABLE = 'CW003';
const STREAM_IS_ARCHIVED = 'CW007';

/** What `raise_wrong_expected_version` puts into DETAIL. */
interface VersionFields {
  readonly stream: string;
  readonly expected_version: number;
  readonly actual_version: number;
}

/** The error of this package that a database error stands for; the error itself when it stands for none. */
export function translateDatabaseError(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  switch (error.code) {
    case WRONG_EXPECTED_VERSION: {
      const fields = JSON.parse(error.detail ?? '{}') as VersionFields;
      return new WrongExpectedVersionError({
        stream: fields.stream,
        expectedVersion: fields.expected_version,
        actualVersion: fields.actual_version,
      });
    }
    case EVENT_DOES_NOT_FIT:
      return new EventDoesNotFitError(JSON.parse(error.detail ?? '{}') as { stream: string; version: number; type: string });
    case HISTORY_IS_IMMUTABLE:
      return new HistoryIsImmutableError(error);
    case STREAM_IS_ARCHIVED:
      return new ArchivedStreamError((JSON.parse(error.detail ?? '{}') as { stream: string }).stream);
    default:
      return error;
  }
}

/** SQLSTATE classes and codes after which the same work may succeed, unchanged. */
const TRANSIENT_CLASSES = ['08', '53', '57P']; // connection; out of resources; shutting down, starting up, timed out
const TRANSIENT_CODES = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available in time
  '57014', // statement timeout
  '25P03', // idle in transaction too long
]);

/** Whether a row was held by somebody else for longer than this transaction would wait. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03';
}

/** Whether the server ended the session along with the statement: the connection is of no more use. */
export function endedSession(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(57P0[1235]|08)/.test(error.code ?? '');
}

/** Whether the database is away or too busy, so that the same work may be tried again later. */
export function isTransientDatabaseError(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  if (!(error instanceof pg.DatabaseError)) return false;
  const sqlState = error.code ?? '';
  return TRANSIENT_CODES.has(sqlState) || TRANSIENT_CLASSES.some((prefix) => sqlState.startsWith(prefix));
}

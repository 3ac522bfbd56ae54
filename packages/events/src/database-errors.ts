/**
 * What the migrations raise, translated in one place: SQLSTATEs of our own become classes with fields. What PostgreSQL's own say about
 * trying again is told by `@coursewright/postgres`.
 */
import pg from 'pg';
import { ArchivedStreamError, EventDoesNotFitError, HistoryIsImmutableError, WrongExpectedVersionError } from './errors.ts';

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

/**
 * What Postgres answers becomes errors with fields, by SQLSTATE alone.
 */
import pg from 'pg';
import t from 'tap';
import { translateDatabaseError } from '../../src/database-errors.ts';
import { EventDoesNotFitError, HistoryIsImmutableError, WrongExpectedVersionError } from '../../src/index.ts';

t.test('CW001 is a wrong expected version with the fields of DETAIL', async (t) => {
  const detail = JSON.stringify({ stream: 'recovery-1', expected_version: 2, actual_version: 3 });
  const error = translateDatabaseError(databaseError('CW001', detail));
  t.ok(error instanceof WrongExpectedVersionError);
  t.match(error, { code: 'wrong_expected_version', stream: 'recovery-1', expectedVersion: 2, actualVersion: 3 });
});

t.test('CW002 is an event that does not fit, with the fields of DETAIL', async (t) => {
  const detail = JSON.stringify({ stream: 'node-1', version: 4, type: 'GenerationStarted' });
  const error = translateDatabaseError(databaseError('CW002', detail));
  t.ok(error instanceof EventDoesNotFitError);
  t.match(error, { code: 'event_does_not_fit', stream: 'node-1', version: 4, type: 'GenerationStarted' });
});

t.test('CW003 is an attempt to change history, with its cause', async (t) => {
  const cause = databaseError('CW003');
  const error = translateDatabaseError(cause);
  t.ok(error instanceof HistoryIsImmutableError);
  t.match(error, { code: 'history_is_immutable', cause });
});

t.test('any other error stays what it is', async (t) => {
  for (const error of [databaseError('23505'), databaseError('CW004'), new Error('no SQLSTATE'), 'not even an error']) {
    t.equal(translateDatabaseError(error), error);
  }
});

t.test('what the message says changes nothing', async (t) => {
  const misleading = databaseError('23505', undefined, 'stream was expected at version 1 (CW001)');
  t.equal(translateDatabaseError(misleading), misleading);
});

function databaseError(code: string, detail?: string, message = 'refused'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, detail });
}

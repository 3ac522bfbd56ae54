/**
 * What Postgres answers becomes errors with fields, by SQLSTATE alone.
 */
import pg from 'pg';
import t from 'tap';
import { isTransientDatabaseError, translateDatabaseError } from '../../src/database-errors.ts';
import { DatabaseUnavailableError, EventDoesNotFitError, HistoryIsImmutableError, WrongExpectedVersionError } from '../../src/index.ts';

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

t.test('being away, busy or beaten in a race is transient', async (t) => {
  t.ok(isTransientDatabaseError(new DatabaseUnavailableError(new Error('gone'))));
  for (const code of ['08006', '53300', '57P01', '57P03', '40001', '40P01', '55P03', '57014', '25P03']) {
    t.ok(isTransientDatabaseError(databaseError(code)), code);
  }
});

t.test('a statement that is wrong is not transient, nor is an error of ours', async (t) => {
  for (const code of ['23505', '23514', '42501', '42P01', '22P02', 'CW001', 'CW002', 'CW004']) {
    t.notOk(isTransientDatabaseError(databaseError(code)), code);
  }
  t.notOk(isTransientDatabaseError(new WrongExpectedVersionError({ stream: 's', expectedVersion: 1, actualVersion: 2 })));
  t.notOk(isTransientDatabaseError(new Error('anything')));
  t.notOk(isTransientDatabaseError(undefined));
});

function databaseError(code: string, detail?: string, message = 'refused'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, detail });
}

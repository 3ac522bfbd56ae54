/**
 * Lost connections: reported, replaced, and never the end of the process. (An 'error' event that nobody listens to
 * would end this very test.)
 */
import t from 'tap';
import { until } from '@coursewright/events/testing';
import {
  createPool,
  createPostgresEventStore,
  DatabaseUnavailableError,
  inTransaction,
  isTransientDatabaseError,
  query,
} from '../../src/index.ts';
import { rejection } from '../fixtures/rejection.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { openTestLog, SERVICE, terminateBackends } from '../fixtures/test-log.ts';

const { pool, store, owner, lostConnections } = await openTestLog(t);

t.test('a service acts as coursewright_service, with limits, whoever it logged in as', async (t) => {
  const { rows } = await pool.query(`
    SELECT current_user AS acts_as, current_setting('statement_timeout') AS statement,
           current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle`);
  t.same(rows, [{ acts_as: 'coursewright_service', statement: '30s', lock: '5s', idle: '1500ms' }]);
});

t.test('idle connections that are terminated are reported once each, and replaced', async (t) => {
  await Promise.all([1, 2, 3].map(() => pool.query('SELECT pg_sleep(0.05)')));
  t.equal(pool.idleCount, 3);
  lostConnections.length = 0;
  t.equal(await terminateBackends(owner, SERVICE), 3);
  await until('all losses are reported', () => lostConnections.length >= 3 && pool.totalCount === 0);
  t.equal(lostConnections.length, 3);
  t.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1);
});

t.test('a transaction whose connection is terminated is unavailable, and left no trace', async (t) => {
  const stream = newStream();
  const error = await rejection(
    inTransaction(pool, async (transaction) => {
      await store.appendToStreams([appendOf(stream, 0)], transaction);
      await terminateBackends(owner, SERVICE);
      await store.appendToStreams([appendOf(stream, 1)], transaction);
    }),
  );
  t.ok(error instanceof DatabaseUnavailableError);
  t.ok(isTransientDatabaseError(error));
  t.same(await store.readStream(stream), []);
  await store.appendToStream(appendOf(stream, 0));
});

t.test('a transaction that lost its connection while it was thinking cannot commit', async (t) => {
  const stream = newStream();
  const error = await rejection(
    inTransaction(pool, async (transaction) => {
      await store.appendToStreams([appendOf(stream, 0)], transaction);
      const losses = lostConnections.length;
      await terminateBackends(owner, SERVICE);
      await until('the loss is noticed', () => lostConnections.length > losses);
    }),
  );
  t.ok(error instanceof DatabaseUnavailableError);
  t.same(await store.readStream(stream), []);
});

t.test('a statement whose connection is terminated is unavailable', async (t) => {
  const sleeping = rejection(query(pool, { text: 'SELECT pg_sleep(60)' }));
  await until('the statement runs', async () => {
    const { rowCount } = await owner.query("SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'");
    return rowCount === 1;
  });
  await terminateBackends(owner, SERVICE);
  const error = await sleeping;
  const next = await query(pool, { text: 'SELECT 1 AS one' }).catch((nextError: unknown) => nextError);
  t.ok(isTransientDatabaseError(error), 'worth trying again');
  t.ok(error instanceof DatabaseUnavailableError);
  t.match(next, { rows: [{ one: 1 }] }, 'the next caller is given another connection');
  await until('the lost connection has left the pool', () => pool.idleCount === pool.totalCount);
});

t.test('an error of a statement is not an error of the connection', async (t) => {
  const error = await rejection(query(pool, { text: 'SELECT 1 / 0' }));
  t.match(error, { code: '22012' });
  t.notOk(isTransientDatabaseError(error));
  const inside = await rejection(inTransaction(pool, (transaction) => transaction.query('SELECT 1 / 0')));
  t.match(inside, { code: '22012' });
});

t.test('a server that does not answer is unavailable, for a statement, a transaction and an append', async (t) => {
  const nowhere = createPool({
    databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing',
    applicationName: 'nobody',
    maxConnections: 1,
    onConnectionLost: () => undefined,
  });
  t.teardown(() => nowhere.end());
  const lost = createPostgresEventStore(nowhere);
  t.match(await rejection(query(nowhere, { text: 'SELECT 1' })), { code: 'database_unavailable' });
  t.match(await rejection(inTransaction(nowhere, async () => 1)), { code: 'database_unavailable' });
  t.match(await rejection(lost.appendToStream(appendOf(newStream(), 0))), { code: 'database_unavailable' });
  t.match(await rejection(lost.head()), { code: 'database_unavailable' });
});

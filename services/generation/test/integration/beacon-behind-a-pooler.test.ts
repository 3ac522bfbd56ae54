/** A proxy that pools transactions cannot carry a beacon, and is told; one that pools sessions can. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { lightBeacon } from '../../src/infrastructure/beacon/beacon.ts';
import { isPgBouncerInstalled, startPgBouncer } from '../fixtures/pgbouncer.ts';
import { silentLog } from '../fixtures/silent-log.ts';

const skip = isPgBouncerInstalled ? false : 'PgBouncer is not installed (Debian: apt-get install pgbouncer)';
const OPTIONS = { ignore_startup_parameters: 'options,extra_float_digits' };

t.test('behind a proxy that pools transactions the beacon is refused, in a sentence that names the way out', { skip }, async (t) => {
  const { url } = await testDatabase(t);
  const databaseUrl = await startPgBouncer(t, url, { pool_mode: 'transaction', ...OPTIONS });
  await t.rejects(lightBeacon({ databaseUrl, workerId: 'generation-a', log: silentLog() }), {
    code: 'pooled_connection',
    message: /set DATABASE_DIRECT_URL to a URL that reaches Postgres itself/,
  });
});

t.test('a proxy that does not even take the start-up options is refused in the same words', { skip }, async (t) => {
  const { url } = await testDatabase(t);
  const databaseUrl = await startPgBouncer(t, url, { pool_mode: 'transaction' });
  await t.rejects(lightBeacon({ databaseUrl, workerId: 'generation-a', log: silentLog() }), { code: 'pooled_connection' });
});

t.test('behind a proxy that pools sessions the beacon is held', { skip }, async (t) => {
  const { url } = await testDatabase(t);
  const databaseUrl = await startPgBouncer(t, url, { pool_mode: 'session', ...OPTIONS });
  const beacon = await lightBeacon({ databaseUrl, workerId: 'generation-a', log: silentLog() });
  t.equal(beacon.isHeld(), true);
  await beacon.close();
});

/**
 * Subscriptions that deliver outside of the database: at least once, by one process at a time, with no transaction open while
 * it takes, and told when their lease is gone.
 */
import { once } from 'node:events';
import t from 'tap';
import { until } from '@coursewright/events/testing';
import { subscribe, subscriptionStream, type DeliveringSettings, type RecordedEvent, type StreamName } from '../../src/index.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { openListener, openTestLog, SERVICE } from '../fixtures/test-log.ts';

const { url, pool, store, owner } = await openTestLog(t);

t.test('while events are delivered no transaction is open, and the lease is shown; then it is given back', async (t) => {
  const position = await appended(newStream());
  const during: unknown[] = [];
  const { delivered } = deliverer(t, {
    name: 'open-nothing',
    deliver: async () => {
      const { rows } = await owner.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND state LIKE 'idle in%'", [SERVICE]);
      during.push(rows.length, (await lagOf('open-nothing'))['leased_by'] !== null);
    },
  });
  await until('it is delivered', () => delivered.includes(position));
  await until('the lease is given back', async () => (await lagOf('open-nothing'))['leased_by'] === null);
  t.same(during, [0, true]);
  t.equal(BigInt((await lagOf('open-nothing'))['position'] as string), position);
});

t.test('what is rejected is delivered again, one by one, and what came before it is not', async (t) => {
  const stream = newStream();
  const positions = [await appended(newStream()), await appended(stream), await appended(newStream())];
  let failures = 0;
  const { batches, delivered } = deliverer(t, {
    name: 'rejected',
    from: positions[0]! - 1n,
    deliver: async (events) => {
      if (failures < 3 && events.some((event) => event.stream === stream)) throw new Error(`no ${(failures += 1)}`);
    },
  });
  await until('all is delivered', () => delivered.includes(positions[2]!));
  const [first, second, third] = positions;
  t.same(batches.slice(0, 3), [[first, second, third], [first], [second]], 'together, then one by one');
  t.equal(batches.flat().filter((position) => position === first).length, 2, 'together and once more alone');
});

t.test('an event that fails again and again parks its stream; an outage parks nothing, however long it lasts', async (t) => {
  const poison = newStream();
  const away = newStream();
  await appended(away);
  await appended(poison);
  const last = await appended(newStream());
  const outage = { isOver: false, tries: 0 };
  class Away extends Error {}
  const { delivered } = deliverer(t, {
    name: 'two-troubles',
    from: last - 3n,
    attempts: 2,
    isOutage: (error) => error instanceof Away,
    deliver: async (events) => {
      // Both when it comes together with others and when it comes alone, which is when failures are counted.
      const isTogether = events.length > 1;
      if (!outage.isOver && !(isTogether && outage.tries % 2 === 1) && events.some(({ stream }) => stream === away)) {
        outage.tries += 1;
        outage.isOver = outage.tries >= 4;
        throw new Away();
      }
      if (events.some(({ stream }) => stream === poison)) throw new Error('poison');
    },
  });
  await until('the others are delivered', () => delivered.includes(last));
  t.equal(outage.tries, 4);
  await until('its stream is parked', async () => (await lagOf('two-troubles'))['parked_streams'] === '1');
  const { rows } = await owner.query("SELECT stream, attempts FROM parked_streams WHERE subscription = 'two-troubles'");
  t.same(rows, [{ stream: poison, attempts: 2 }]);
  t.match(await store.readStream(subscriptionStream('two-troubles')), [{ type: 'StreamParked', data: { stream: poison } }]);
});

t.test('a parked stream is delivered from where it was, once it is asked for', async (t) => {
  const stream = newStream();
  const first = await appended(stream);
  const mended = { yet: false };
  const { delivered } = deliverer(t, {
    name: 'asked-again',
    from: first - 1n,
    attempts: 1,
    deliver: async (events) => {
      if (!mended.yet && events.some(({ position }) => position === first)) throw new Error('not yet');
    },
  });
  await until('it is parked', async () => (await lagOf('asked-again'))['parked_streams'] === '1');
  const behind = await appended(stream, 1);
  const other = await appended(newStream());
  await until('the others go on', () => delivered.includes(other));
  mended.yet = true;
  await owner.query(`SELECT ops.retry_parked_stream('asked-again', '${stream}', 'mended')`);
  await until('it is delivered', () => delivered.includes(behind));
  t.same(delivered.filter((position) => position === first || position === behind), [first, behind]);
});

t.test('whoever loses its lease is told, by its signal and on acknowledging, and the next one delivers the same again', async (t) => {
  const position = await appended(newStream());
  const signals: unknown[] = [];
  let calls = 0;
  const { delivered, errors } = deliverer(t, {
    name: 'lost-lease',
    from: position - 1n,
    leaseMs: 2000,
    deliver: async (_events, signal) => {
      calls += 1;
      if (calls > 1) return;
      await owner.query("UPDATE subscriptions SET leased_by = 'somebody else', leased_until = clock_timestamp() + interval '2 s' WHERE name = 'lost-lease'");
      if (!signal.aborted) await once(signal, 'abort');
      signals.push(signal.reason);
    },
  });
  await until('it is delivered again', () => delivered.filter((each) => each === position).length === 2);
  t.match(signals, [{ code: 'lease_lost' }]);
  t.match(errors, [{ code: 'lease_lost', subscription: 'lost-lease' }]);
});

t.test('whoever cannot renew its lease is told once it must be over, by its own clock', async (t) => {
  const position = await appended(newStream());
  const held = await owner.connect();
  let told: unknown;
  let calls = 0;
  const { delivered } = deliverer(t, {
    name: 'cut-off',
    from: position - 1n,
    leaseMs: 2000,
    deliver: async (_events, signal) => {
      calls += 1;
      if (calls > 1) return;
      await held.query('BEGIN');
      await held.query("SELECT FROM subscriptions WHERE name = 'cut-off' FOR UPDATE"); // No renewal gets through.
      if (!signal.aborted) await once(signal, 'abort');
      told = signal.reason;
      await held.query('COMMIT');
      throw new Error('not delivered');
    },
  });
  await until('it is delivered', () => delivered.includes(position));
  held.release();
  t.match(told, { code: 'lease_lost' });
});

t.test('where the order of all events counts, one that fails holds up the rest for as long as it takes, and nothing can be parked', async (t) => {
  const stream = newStream();
  const first = await appended(stream);
  const last = await appended(newStream());
  const broken = { yet: true, tries: 0 };
  const { delivered } = deliverer(t, {
    name: 'in-order',
    from: first - 1n,
    attempts: 1,
    inOrder: true,
    deliver: async () => {
      broken.tries += 1;
      if (broken.yet) throw new Error('broken');
    },
  });
  await until('it was tried', () => broken.tries > 3);
  await t.rejects(owner.query("SELECT ops.park('in-order', $1, 'a test')", [stream]), { code: 'CW005', hint: /pause_subscription/ });
  t.equal((await owner.query("SELECT FROM parked_streams WHERE subscription = 'in-order'")).rowCount, 0);
  broken.yet = false;
  await until('all is delivered', () => delivered.includes(last));
  t.same([...new Set(delivered)], [first, last]);
});

t.test('a lease of somebody who is gone runs out, and keeps others out until then', async (t) => {
  const position = await appended(newStream());
  await owner.query(
    `INSERT INTO subscriptions (name, position, leased_by, leased_until) VALUES ('inherited', $1, 'a dead process', clock_timestamp() + interval '1 s')`,
    [position - 1n],
  );
  const { rows: leases } = await owner.query<{ until: Date }>("SELECT leased_until AS until FROM subscriptions WHERE name = 'inherited'");
  let now: Date | undefined;
  const { delivered } = deliverer(t, {
    name: 'inherited',
    deliver: async () => {
      now = (await owner.query<{ now: Date }>('SELECT clock_timestamp() AS now')).rows[0]!.now;
    },
  });
  await until('it is delivered', () => delivered.includes(position));
  t.ok(now! >= leases[0]!.until, 'not before the lease was over, by the clock that it was given by');
});

t.test('a stopping subscription aborts what it delivers, and leaves it to the next', async (t) => {
  const position = await appended(newStream());
  let aborted = false;
  let begun = false;
  const { subscription, errors } = deliverer(t, {
    name: 'stopped-short',
    from: position - 1n,
    deliver: (_events, signal) => new Promise((_resolve, reject) => {
      begun = true;
      signal.addEventListener('abort', () => { aborted = true; reject(signal.reason as Error); });
    }),
  });
  await until('it delivers', () => begun);
  await subscription.stop();
  t.ok(aborted);
  t.same(errors, [], 'to stop is no failure');
  t.equal((await lagOf('stopped-short'))['error'], null);
  const { delivered } = deliverer(t, { name: 'stopped-short', deliver: async () => undefined });
  await until('the next one delivers', () => delivered.includes(position));
  t.equal((await lagOf('stopped-short'))['parked_streams'], '0');
});

function deliverer(t: { teardown(handler: () => Promise<void>): unknown }, settings: Partial<DeliveringSettings> & Pick<DeliveringSettings, 'name' | 'deliver'>) {
  const { listener } = openListener(t as Parameters<typeof openListener>[0], url, { pollMs: 50 });
  const batches: bigint[][] = [];
  const delivered: bigint[] = [];
  const errors: unknown[] = [];
  const subscription = subscribe({ pool, store, listener }, {
    types: ['RecoveryRequested'],
    batchSize: 10,
    onError: (error) => errors.push(error),
    ...settings,
    deliver: async (events: readonly RecordedEvent[], signal) => {
      const positions = events.map(({ position }) => position);
      batches.push(positions);
      await settings.deliver(events, signal);
      delivered.push(...positions);
    },
  });
  t.teardown(() => subscription.stop());
  return { subscription, batches, delivered, errors };
}

async function appended(stream: StreamName, expectedVersion = 0): Promise<bigint> {
  await store.appendToStream(appendOf(stream, expectedVersion));
  return (await store.readStream(stream, expectedVersion + 1))[0]!.position;
}

async function lagOf(name: string): Promise<Record<string, unknown>> {
  return (await owner.query<Record<string, unknown>>('SELECT * FROM ops.subscription_lag WHERE name = $1', [name])).rows[0] ?? {};
}

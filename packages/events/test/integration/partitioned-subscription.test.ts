/**
 * A subscription in partitions: side by side, by several processes, each event once and each stream in its order.
 */
import t from 'tap';
import { until } from '@coursewright/events/testing';
import { createPool, createPostgresEventStore, nodeStream, courseMapStream, PartitionsDifferError, timeOrderedId } from '../../src/index.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { createEffects, effectsOf, startSubscriber } from '../fixtures/subscriber.ts';
import { openListener, openTestLog, terminateBackends } from '../fixtures/test-log.ts';

const { url, pool, store, owner } = await openTestLog(t);
await createEffects(owner);

t.test('two processes share four partitions: each event once, each stream in its order, whoever is cut off', async (t) => {
  const streams = Array.from({ length: 60 }, newStream);
  const settings = { name: 'shared', partitions: 4, batchSize: 7 };
  for (const name of ['first', 'second']) {
    const own = createPool({ databaseUrl: url, applicationName: name, maxConnections: 6, onConnectionLost: () => undefined });
    const { listener } = openListener(t, url, { pollMs: 50 });
    const { subscription } = startSubscriber({ pool: own, store: createPostgresEventStore(own), listener }, settings);
    t.teardown(async () => {
      await subscription.stop();
      await own.end();
    });
  }
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(streams.map((stream) => store.appendToStream(appendOf(stream, round))));
    await terminateBackends(owner, round % 2 === 0 ? 'first' : 'second');
  }
  await until('all of them are handled', async () => (await effectsOf(owner, 'shared')).length >= 300);
  const effects = await effectsOf(owner, 'shared');
  t.equal(effects.length, 300);
  t.equal(new Set(effects.map(({ position }) => position)).size, 300);
  for (const ofStream of Map.groupBy(effects, ({ stream }) => stream).values()) {
    const positions = ofStream.map(({ position }) => position);
    t.same(positions, positions.toSorted((a, b) => Number(a - b)));
  }
  const { rows } = await owner.query<{ n: number }>('SELECT count(DISTINCT stream_partition(stream, 4))::int AS n FROM effects');
  t.equal(rows[0]?.n, 4, 'no partition stood idle');
});

t.test('a course and its nodes are in one partition, whatever their number', async (t) => {
  for (let course = 0; course < 50; course += 1) {
    const courseMapId = timeOrderedId();
    const streams = [courseMapStream(courseMapId), ...['n1', 'a-b', 'x_y'].map((nodeId) => nodeStream({ courseMapId, nodeId }))];
    const { rows } = await owner.query<{ partitions: number[] }>(
      'SELECT array_agg(DISTINCT stream_partition(s, n)) AS partitions FROM unnest($1::text[]) s, generate_series(1, 64) n GROUP BY n', [streams]);
    t.ok(rows.every(({ partitions }) => partitions.length === 1));
  }
});

t.test('a subscription that was made with another number of partitions handles nothing, and says why', async (t) => {
  const { listener } = openListener(t, url);
  const three = startSubscriber({ pool, store, listener }, { name: 'three', partitions: 3 });
  await until('it is there', async () => (await owner.query("SELECT FROM subscriptions WHERE name = 'three'")).rowCount === 3);
  await three.subscription.stop();
  const before = await effectsOf(owner, 'three');
  await store.appendToStream(appendOf(newStream(), 0));
  const two = startSubscriber({ pool, store, listener }, { name: 'three', partitions: 2 });
  await until('it says so', () => two.errors.length > 0);
  await two.subscription.stop();
  t.match(two.errors[0], { code: 'partitions_differ', subscription: 'three', partitions: 2, existing: 3 });
  t.ok(two.errors[0] instanceof PartitionsDifferError);
  t.same(await effectsOf(owner, 'three'), before);
});

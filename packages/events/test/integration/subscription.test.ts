/**
 * Subscriptions: a handler's effects in Postgres happen exactly once and in order, whoever dies, restarts or shares
 * the work, and whether or not anybody is notified.
 */
import pg from 'pg';
import t from 'tap';
import { until } from '@coursewright/events/testing';
import {
  createPool,
  createPostgresEventStore,
  subscribe,
  type EventType,
  type RecordedEvent,
  type Subscription,
  type HandlingSettings,
  type Transaction,
} from '../../src/index.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { openListener, openTestLog, SERVICE, terminateBackends } from '../fixtures/test-log.ts';

const { url, pool, store, owner } = await openTestLog(t);
await owner.query('CREATE TABLE effects (at bigint GENERATED ALWAYS AS IDENTITY, subscription text, position bigint)');
await owner.query('GRANT SELECT, INSERT ON effects TO coursewright_service');

t.test('what a handler does commits with the checkpoint, in order, each event once', async (t) => {
  const first = await appendEvents(30);
  const { listener } = openListener(t, url);
  const subscription = start({ name: 'in-order', batchSize: 7 }, listener);
  t.teardown(() => subscription.stop());
  await handledAll('in-order', first);
  const second = await appendEvents(5);
  await handledAll('in-order', second);
  t.same(await effectsOf('in-order'), range(1n, second));
  t.equal(await checkpointOf('in-order'), second);
});

t.test('when a handler fails, neither its effects nor the checkpoint are kept, and the events come again', async (t) => {
  const head = await appendEvents(3);
  const { listener } = openListener(t, url);
  const errors: unknown[] = [];
  const seenAfterFailure: unknown[] = [];
  const crash = new Error('the handler is broken');
  let attempts = 0;
  const subscription = start({
    name: 'broken-twice',
    onError: (error) => errors.push(error),
    handle: async (events, transaction) => {
      attempts += 1;
      seenAfterFailure.push([await effectsOf('broken-twice'), await checkpointOf('broken-twice')]);
      await keepEffects('broken-twice', events, transaction);
      if (attempts <= 2) throw crash;
    },
  }, listener);
  t.teardown(() => subscription.stop());
  await handledAll('broken-twice', head);
  t.same(errors, [crash, crash]);
  t.same(seenAfterFailure.slice(0, 3), [[[], 0n], [[], 0n], [[], 0n]]);
  t.same(await effectsOf('broken-twice'), range(1n, head));
});

t.test('only the types that were asked for reach the handler, and the checkpoint passes the others', async (t) => {
  const head = await appendEvents(20);
  // Moving past what is nobody's business waits for a quiet moment, which the poll brings.
  const { listener } = openListener(t, url, { pollMs: 50 });
  const types: EventType[] = ['RecoveryCompleted'];
  const subscription = start({ name: 'other-types', types, batchSize: 5 }, listener);
  t.teardown(() => subscription.stop());
  await until('the checkpoint is at the head', async () => (await checkpointOf('other-types')) === head);
  const stream = newStream();
  const completed = { type: 'RecoveryCompleted', data: { stats: { courses_found: 0, nodes_reset: 0, tasks_restarted: 0 }, worker_id: 'w' } } as const;
  await store.appendToStream({ ...appendOf(stream, 0), events: [completed] });
  await handledAll('other-types', head + 1n);
  t.same(await effectsOf('other-types'), [head + 1n]);
});

t.test('over restarts in the middle of a batch, each event is handled once', async (t) => {
  await appendEvents(60);
  const { listener } = openListener(t, url);
  for (let restarts = 0; restarts < 6; restarts += 1) {
    let batches = 0;
    const subscription = start({
      name: 'restarted',
      batchSize: 4,
      handle: async (events, transaction) => {
        await keepEffects('restarted', events, transaction);
        batches += 1;
      },
    }, listener);
    await until('a batch was handled', () => batches > 0);
    await subscription.stop();
    const stoppedAt = batches;
    await appendEvents(1);
    t.equal(batches, stoppedAt, 'a stopped subscription handles nothing more');
  }
  const last = start({ name: 'restarted' }, listener);
  t.teardown(() => last.stop());
  const head = await appendEvents(1);
  await handledAll('restarted', head);
  t.same(await effectsOf('restarted'), range(1n, head));
});

t.test('when connections die in the middle of batches, each event is still handled once', async (t) => {
  const head = await appendEvents(40);
  const { listener } = openListener(t, url);
  const errors: unknown[] = [];
  let batches = 0;
  const subscription = start({
    name: 'cut-off',
    batchSize: 10,
    onError: (error) => errors.push(error),
    handle: async (events, transaction) => {
      await keepEffects('cut-off', events, transaction);
      batches += 1;
      if (batches % 2 === 1 && batches < 6) await terminateBackends(owner, SERVICE);
    },
  }, listener);
  t.teardown(() => subscription.stop());
  await handledAll('cut-off', head);
  t.ok(errors.length >= 3, `${errors.length} batches were cut off`);
  t.same(await effectsOf('cut-off'), range(1n, head));
});

t.test('two processes of the same name share the work: each event is handled once, in order', async (t) => {
  const names = ['first', 'second'] as const;
  const handledBy = { first: 0, second: 0 };
  for (const name of names) {
    const ownPool = createPool({ databaseUrl: url, applicationName: name, maxConnections: 3, onConnectionLost: () => undefined });
    t.teardown(() => ownPool.end());
    const { listener } = openListener(t, url, { pollMs: 50 });
    const subscription = subscribe({ pool: ownPool, store: createPostgresEventStore(ownPool), listener }, {
      name: 'shared',
      types: ['RecoveryRequested', 'RecoveryCompleted'],
      batchSize: 3,
      onError: (error) => t.fail('no batch fails', { error }),
      handle: async (events, transaction) => {
        handledBy[name] += events.length;
        await keepEffects('shared', events, transaction);
      },
    });
    t.teardown(() => subscription.stop());
  }
  let head = 0n;
  for (let round = 0; round < 40; round += 1) head = await appendEvents(5);
  await until('both have had a part', async () => {
    head = await appendEvents(3);
    return handledBy.first > 0 && handledBy.second > 0;
  });
  await handledAll('shared', head);
  t.same(await effectsOf('shared'), range(1n, head));
});

t.test('a checkpoint that somebody sets back has those events handled again', async (t) => {
  const head = await appendEvents(4);
  const { listener } = openListener(t, url);
  const subscription = start({ name: 'set-back' }, listener);
  t.teardown(() => subscription.stop());
  await handledAll('set-back', head);
  await owner.query('UPDATE subscriptions SET position = $1 WHERE name = $2', [head - 2n, 'set-back']);
  const next = await appendEvents(1);
  await handledAll('set-back', next);
  t.same(await effectsOf('set-back'), [...range(1n, head), ...range(head - 1n, next)]);
});

t.test('what was appended while nobody listened arrives once the listener is connected again', async (t) => {
  const { listener, lost } = openListener(t, url, { name: 'the doomed listener' });
  const subscription = start({ name: 'deaf-for-a-moment' }, listener);
  t.teardown(() => subscription.stop());
  await handledAll('deaf-for-a-moment', await appendEvents(1));
  for (let times = 1; times <= 2; times += 1) {
    // Events are handled without it, too: at the beginning, and by polling.
    await until('it listens', async () => {
      const { rowCount } = await owner.query("SELECT FROM pg_stat_activity WHERE application_name = 'the doomed listener' AND state = 'idle' AND query LIKE 'LISTEN%'");
      return rowCount === 1;
    });
    t.equal(await terminateBackends(owner, 'the doomed listener'), 1);
    await until('the loss is noticed', () => lost.length >= times);
    await handledAll('deaf-for-a-moment', await appendEvents(1));
  }
});

t.test('without any notification the poll finds the events', async (t) => {
  // Notifications stay within their database; this listener is in another one.
  const elsewhere = new URL(url);
  elsewhere.pathname = '/postgres';
  const { listener } = openListener(t, elsewhere.href, { pollMs: 50 });
  const subscription = start({ name: 'polled' }, listener);
  t.teardown(() => subscription.stop());
  await handledAll('polled', await store.head());
  const next = await appendEvents(2);
  await handledAll('polled', next);
  t.same(await effectsOf('polled'), range(1n, next));
});

t.test('a subscription that waits is woken by the commit of an append', async (t) => {
  const { listener } = openListener(t, url);
  const subscription = start({ name: 'woken' }, listener);
  t.teardown(() => subscription.stop());
  await handledAll('woken', await store.head());
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.teardown(() => client.end());
  await client.query(
    `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
     VALUES ($1, 1, 'RecoveryRequested', 1, '{"force": false}', '{}')`,
    [newStream()],
  );
  const head = await store.head();
  await handledAll('woken', head);
  t.same(await effectsOf('woken'), range(1n, head));
});

function start(settings: Partial<HandlingSettings> & { name: string }, listener: ReturnType<typeof openListener>['listener']): Subscription {
  const { name } = settings;
  return subscribe({ pool, store, listener }, {
    types: ['RecoveryRequested', 'RecoveryCompleted'],
    batchSize: 100,
    onError: (error) => t.comment(`a batch of ${name} failed: ${String(error)}`),
    handle: (events, transaction) => keepEffects(name, events, transaction),
    ...settings,
  });
}

async function keepEffects(name: string, events: readonly RecordedEvent[], transaction: Transaction): Promise<void> {
  for (const { position } of events) {
    await transaction.query('INSERT INTO effects (subscription, position) VALUES ($1, $2)', [name, position]);
  }
}

/** @returns the position of the last */
async function appendEvents(count: number): Promise<bigint> {
  for (let appended = 0; appended < count; appended += 1) await store.appendToStream(appendOf(newStream(), 0));
  return store.head();
}

async function effectsOf(name: string): Promise<bigint[]> {
  const { rows } = await owner.query<{ position: string }>('SELECT position FROM effects WHERE subscription = $1 ORDER BY at', [name]);
  return rows.map(({ position }) => BigInt(position));
}

async function checkpointOf(name: string): Promise<bigint> {
  const { rows } = await owner.query<{ position: string }>('SELECT position FROM subscriptions WHERE name = $1', [name]);
  return BigInt(rows[0]?.position ?? -1);
}

async function handledAll(name: string, upTo: bigint): Promise<void> {
  await until(`${name} has handled position ${upTo}`, async () => (await effectsOf(name)).includes(upTo));
}

function range(from: bigint, to: bigint): bigint[] {
  return Array.from({ length: Number(to - from) + 1 }, (_, index) => from + BigInt(index));
}

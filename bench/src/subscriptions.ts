/**
 * Subscriptions: how soon an event is handled after it was appended, how fast one catches up, and whether anything is missed or
 * done twice while its process is killed again and again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createLogListener, inTransaction, recoveryStream, subscribe, timeOrderedId, type StreamAppend, type HandlingSettings } from '@coursewright/events';
import { percentile, type Finding } from './report.ts';
import { metadata, untilTrue, type Stage } from './stage.ts';

const PER_SECOND = 500;
const FOR_MS = 10_000;
const TO_CATCH_UP = 200_000;
const PARTITIONS = 4;
const WITH_KILLS = 100_000;
const WRITERS = 16;
const KEEPER = 'bench/src/effect-keeper.ts';

export async function benchSubscriptions(stage: Stage): Promise<Finding[]> {
  return [...(await benchLatency(stage)), ...(await benchCatchUp(stage))];
}

function someEvent(): StreamAppend {
  const event = { type: 'RecoveryRequested', data: { force: false } } as const;
  return { stream: recoveryStream(timeOrderedId()), expectedVersion: 0, events: [event], metadata };
}

function start({ pool, store, url }: Stage, settings: Pick<HandlingSettings, 'name' | 'handle' | 'from' | 'partitions' | 'batchSize'>) {
  const listener = createLogListener({ databaseUrl: url, applicationName: 'bench-listener', pollMs: 1000, onConnectionLost: () => undefined });
  const subscription = subscribe({ pool, store, listener }, { ...settings, onError: (error) => console.error(error) });
  return async () => {
    await subscription.stop();
    await listener.close();
  };
}

async function benchLatency(stage: Stage): Promise<Finding[]> {
  const begunAt = new Map<string, number>();
  const latencies: number[] = [];
  const appends: number[] = [];
  const stop = start(stage, {
    name: 'bench-latency',
    from: 'now',
    batchSize: 500,
    handle: async (events) => {
      for (const { stream } of events) latencies.push(performance.now() - (begunAt.get(stream) ?? Number.NaN));
    },
  });
  await sleep(500);
  const from = performance.now();
  const under: Promise<void>[] = [];
  for (let sent = 0; performance.now() - from < FOR_MS; ) {
    const due = Math.floor(((performance.now() - from) / 1000) * PER_SECOND);
    for (; sent < due; sent += 1) {
      const append = someEvent();
      const at = performance.now();
      begunAt.set(append.stream, at);
      under.push(stage.store.appendToStream(append).then(() => void appends.push(performance.now() - at)));
    }
    await sleep(1);
  }
  await Promise.all(under);
  while (latencies.length < begunAt.size) await sleep(5);
  await stop();
  const baseline = (share: number) => ({ what: 'the append alone', value: percentile(appends, share) });
  const what = `append begun to handled, ${PER_SECOND} appends/s`;
  return [
    { what: `${what}, p50 (n = ${latencies.length})`, value: percentile(latencies, 0.5), unit: 'ms', goal: 'under 10', baseline: baseline(0.5) },
    { what: `${what}, p99`, value: percentile(latencies, 0.99), unit: 'ms', goal: 'under 50', baseline: baseline(0.99) },
  ];
}

async function benchCatchUp(stage: Stage): Promise<Finding[]> {
  await appendMany(stage, TO_CATCH_UP);
  const bare = await bareReading(stage);
  const one = await catchUp(stage, 'bench-one', 1);
  const four = await catchUp(stage, 'bench-four', PARTITIONS);
  return [
    { what: 'catch-up of one subscription', value: one, unit: '/s', goal: 'at least 20,000', baseline: { what: 'bare SELECT of all columns, by 1,000', value: bare } },
    { what: `catch-up in ${PARTITIONS} partitions, one process`, value: four, unit: '/s', goal: '2 × one', baseline: { what: 'one partition', value: one } },
  ];
}

async function appendMany({ pool, store }: Stage, count: number): Promise<void> {
  for (let appended = 0; appended < count; appended += 1000) {
    const batch = Array.from({ length: 1000 }, someEvent);
    await inTransaction(pool, (transaction) => store.appendToStreams(batch, transaction));
  }
}

async function bareReading({ pool }: Stage): Promise<number> {
  const from = performance.now();
  let read = 0;
  for (let position = '0'; ; ) {
    const { rows } = await pool.query<{ position: string }>({
      name: 'bare-read',
      text: 'SELECT * FROM events WHERE position > $1 ORDER BY position LIMIT 1000',
      values: [position],
    });
    if (rows.length === 0) break;
    read += rows.length;
    position = rows.at(-1)?.position ?? position;
  }
  return (read / (performance.now() - from)) * 1000;
}

async function catchUp(stage: Stage, name: string, partitions: number): Promise<number> {
  const { rows } = await stage.pool.query<{ head: string }>('SELECT max(position) AS head FROM event_positions');
  const head = Number(rows[0]?.head);
  const from = performance.now();
  let handled = 0;
  const stop = start(stage, { name, partitions, batchSize: 1000, handle: async (events) => void (handled += events.length) });
  while (handled < head) await sleep(2);
  const seconds = (performance.now() - from) / 1000;
  await stop();
  if (handled !== head) throw new Error(`${handled} of ${head} events were handled`);
  return head / seconds;
}

/** Every event's effect is there once, though its process is killed every second and transactions stay open. */
export async function benchExactlyOnce(stage: Stage): Promise<Finding[]> {
  const { pool } = stage;
  // As the owner, for the pool acts as a service.
  const owner = new pg.Client({ connectionString: stage.url });
  await owner.connect();
  await owner.query('CREATE TABLE effects (position bigint NOT NULL); GRANT SELECT, INSERT ON effects TO coursewright_service');
  let over = false;
  let kills = 0;
  const killing = (async () => {
    while (!over) {
      const keeper = stage.spawn(KEEPER, {});
      await sleep(1000);
      if (over) return;
      keeper.kill('SIGKILL');
      kills += 1;
    }
  })();
  await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await owner.query('SELECT count(*) FROM recorded_events');
  const from = performance.now();
  const write = async (): Promise<void> => {
    for (let appended = 0; appended < WITH_KILLS / WRITERS; appended += 10) {
      const batch = Array.from({ length: 10 }, someEvent);
      await inTransaction(pool, (transaction) => stage.store.appendToStreams(batch, transaction));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await untilTrue(pool, '(SELECT count(*) FROM effects) >= (SELECT count(*) FROM event_positions)');
  const seconds = (performance.now() - from) / 1000;
  over = true;
  await killing;
  await owner.query('ROLLBACK');
  await owner.end();
  const { rows } = await pool.query<{ missed: string; repeated: string }>(`
    SELECT (SELECT count(*) FROM event_positions p WHERE NOT EXISTS (SELECT FROM effects e WHERE e.position = p.position)) AS missed,
           (SELECT count(*) - count(DISTINCT position) FROM effects) AS repeated`);
  const what = `${WITH_KILLS.toLocaleString('en')} events, ${WRITERS} writers, ${kills} kills of the consumer`;
  return [
    { what: `${what}: missed`, value: Number(rows[0]?.missed), unit: '', goal: '0' },
    { what: `${what}: repeated`, value: Number(rows[0]?.repeated), unit: '', goal: '0' },
    { what: `${what}: from the first append to the last effect`, value: seconds, unit: 's', goal: '' },
  ];
}

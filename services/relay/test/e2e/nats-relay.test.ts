/**
 * The relay to NATS JetStream, against a real nats-server: every event once and in order, whichever side is killed, frozen or
 * loses its disk.
 */
import { randomUUID } from 'node:crypto';
import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { recoveryStream } from '@coursewright/events';
import { conformanceClaims, freePort, until } from '@coursewright/events/testing';
import { natsProgram, startNats } from '../fixtures/nats-server.ts';
import { openTestLog, spawnRelay, startRelay } from '../fixtures/relay.ts';

const program = natsProgram();
const skip = program === undefined ? 'there is no nats-server on this machine; Debian has it in a package of that name' : false;

if (program === undefined) {
  t.test('NATS JetStream', { skip }, async () => undefined);
} else {
  const nats = await startNats(t, program);
  const log = await openTestLog(t);
  const NATS = { NATS_URL: nats.url, NATS_STREAM: 'test' };

  /** All that the stream holds, in its order. */
  const messages = async (stream = 'test'): Promise<StoredMsg[]> => {
    const connection = await connect({ servers: nats.url });
    try {
      const { streams } = await jetstreamManager(connection);
      const { state } = await streams.info(stream).catch(() => ({ state: { first_seq: 1, last_seq: 0 } }));
      const stored: StoredMsg[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
        const message = await streams.getMessage(stream, { seq }).catch(() => null); // Its disk may be lost between the two.
        if (message !== null) stored.push(message);
      }
      return stored;
    } finally {
      await connection.close();
    }
  };
  const positions = async (stream?: string): Promise<bigint[]> => (await messages(stream)).map(({ header }) => BigInt(header.get('Nats-Msg-Id')));
  const wholeLog = async (): Promise<bigint[]> => Array.from({ length: Number(await log.store.head()) }, (_, index) => BigInt(index + 1));
  const isUpToDate = async (stream?: string): Promise<boolean> => (await positions(stream)).at(-1) === (await log.store.head());

  t.test('every event is published, on the subject of its category and type, as the log has it', async (t) => {
    const { stop } = await startRelay(t, log.url, NATS);
    const position = await log.append();
    await until('it is published', () => isUpToDate());
    const message = (await messages()).at(-1)!;
    t.equal(message.subject, 'test.recovery.RecoveryRequested');
    t.match(message.json(), { position: Number(position), version: 1, type: 'RecoveryRequested', data: { force: false }, metadata: { via: 'http' } });
    await stop();
  });

  t.test('what only a newer program can decode is published like any other event, and holds up nothing', async (t) => {
    const { stop } = await startRelay(t, log.url, NATS);
    await log.owner.query(
      `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata) VALUES ($1, 1, 'RecoveryRequested', 9, '{"force": "later"}', '{}')`, [recoveryStream(randomUUID())]);
    const position = await log.append();
    await until('both are published', async () => (await positions()).at(-1) === position);
    t.match((await messages()).at(-2)!.json(), { position: Number(position) - 1, schema_version: 9, data: { force: 'later' } });
    await stop();
  });

  t.test('when the checkpoint is set back, what the stream holds is not published again', async (t) => {
    for (let event = 0; event < 5; event += 1) await log.append();
    const { stop } = await startRelay(t, log.url, NATS);
    await until('all is published', () => isUpToDate());
    await log.owner.query("SELECT ops.rewind_subscription('nats-relay', 0, 'a test')");
    await log.append();
    await until('the next is published', () => isUpToDate());
    t.same(await positions(), await wholeLog());
    await stop();
  });

  t.test('while NATS is away nothing is lost or parked; it goes on when NATS is back, with what it had stored', async (t) => {
    const { stop } = await startRelay(t, log.url, NATS);
    await until('all is published', () => isUpToDate());
    await nats.kill();
    const head = await log.append();
    await until('the trouble is shown', async () => {
      const { rows } = await log.owner.query("SELECT error FROM ops.subscription_lag WHERE name = 'nats-relay' AND error IS NOT NULL");
      return rows.length === 1;
    });
    await nats.start();
    await until('all is published', () => isUpToDate());
    t.equal((await positions()).at(-1), head);
    t.same(await positions(), await wholeLog());
    t.same((await log.owner.query('SELECT FROM parked_streams')).rows, []);
    await stop();
  });

  t.test('a stream that lost its disk is filled again by a rewind', async (t) => {
    const { stop } = await startRelay(t, log.url, NATS);
    await until('all is published', () => isUpToDate());
    await nats.kill();
    await nats.forget();
    await nats.start();
    const head = await log.append();
    await until('it goes on', async () => (await positions()).at(-1) === head);
    await nats.kill();
    await nats.forget();
    await nats.start();
    await log.owner.query("SELECT ops.rewind_subscription('nats-relay', 0, 'the stream is lost')");
    await until('all is published', async () => (await positions()).length === Number(await log.store.head()));
    t.same(await positions(), await wholeLog());
    await stop();
  });

  t.test('a stream that is deleted while the relay runs is filled again by a rewind', async (t) => {
    const { stop } = await startRelay(t, log.url, NATS);
    for (let event = 0; event < 220; event += 1) await log.append(); // More than a batch.
    await until('all is published', () => isUpToDate());
    const connection = await connect({ servers: nats.url });
    await (await jetstreamManager(connection)).streams.delete('test');
    await connection.close();
    await log.owner.query("SELECT ops.rewind_subscription('nats-relay', 0, 'its stream was deleted')");
    await until('all is there again', async () => (await positions()).length === Number(await log.store.head()));
    t.same(await positions(), await wholeLog());
    await stop();
  });

  t.test('it goes on after a restart of NATS, also when the server has forgotten which ids it has seen', async (t) => {
    const connection = await connect({ servers: nats.url });
    await (await jetstreamManager(connection)).streams.add({ name: 'quiet', subjects: ['quiet.>'], duplicate_window: 100e6 });
    await connection.close();
    const own = await openTestLog(t);
    await own.append();
    const { stop } = await startRelay(t, own.url, { ...NATS, NATS_STREAM: 'quiet' });
    await until('it is published', async () => (await positions('quiet')).at(-1) === (await own.store.head()));
    await nats.kill();
    await sleep(200); // What is older than the window is not among the ids that a server starts with.
    await nats.start();
    const next = await own.append();
    await until('the next is published', async () => (await positions('quiet')).at(-1) === next);
    t.same(await positions('quiet'), [1n, 2n]);
    await stop();
  });

  t.test('a stream that holds more than the log is not published to', async (t) => {
    const connection = await connect({ servers: nats.url });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'foreign', subjects: ['foreign.>'] });
    await manager.jetstream().publish('foreign.recovery.RecoveryRequested', '{}', { msgID: '999999' });
    await connection.close();
    await log.owner.query("UPDATE subscriptions SET error = NULL, failing_since = NULL WHERE name = 'nats-relay'");
    await log.append();
    const { stop } = await startRelay(t, log.url, { ...NATS, NATS_STREAM: 'foreign' });
    await until('the trouble is shown', async () => {
      const { rows } = await log.owner.query("SELECT error FROM ops.subscription_lag WHERE name = 'nats-relay' AND error LIKE 'ForeignStreamError%'");
      return rows.length === 1;
    });
    t.equal((await messages('foreign')).length, 1);
    await stop();
  });

  t.test('a stream whose last event the log has lost is not published to, though the log has grown past it', async (t) => {
    const own = await openTestLog(t);
    const ownNats = { ...NATS, NATS_STREAM: 'lost' };
    await own.append();
    const relay = await startRelay(t, own.url, ownNats);
    await until('it is published', async () => (await positions('lost')).length === 1);
    await relay.stop();
    // As after a failover to a standby that lagged behind: the event never was, and others have come.
    await own.owner.query(`
      ALTER TABLE event_positions DISABLE TRIGGER ALL; ALTER TABLE recorded_events DISABLE TRIGGER ALL;
      DELETE FROM event_positions; DELETE FROM recorded_events;
      ALTER TABLE event_positions ENABLE TRIGGER ALL; ALTER TABLE recorded_events ENABLE TRIGGER ALL;
      UPDATE subscriptions SET position = 0`);
    for (let event = 0; event < 3; event += 1) await own.append();
    const { stop } = await startRelay(t, own.url, ownNats);
    await until('the trouble is shown', async () => {
      const { rows } = await own.owner.query("SELECT error FROM ops.subscription_lag WHERE name = 'nats-relay' AND error LIKE 'ForeignStreamError%'");
      return rows.length === 1;
    });
    t.same(await positions('lost'), [1n], 'nothing behind what the log has otherwise');
    await stop();
  });

  const ports = await Promise.all(Array.from({ length: 3 }, () => freePort()));
  let started = 0;
  const claims = conformanceClaims({
    name: 'nats-relay',
    // What reaches the stream, it reaches once.
    promise: 'exactly once',
    owner: log.owner,
    wants: 'true',
    append: async () => {
      const metadata = { correlation_id: 'c-1', causation_id: null, actor: 'a test', via: 'http' };
      const events = Array.from({ length: 3 }, () => ({ type: 'RecoveryRequested', data: { force: false } } as const));
      await Promise.all([1, 2, 3].map(() => log.store.appendToStream({ stream: recoveryStream(randomUUID()), expectedVersion: 0, events, metadata })));
    },
    start: () => spawnRelay(log.url, ports[(started += 1) % ports.length]!, NATS),
    dealtWith: () => positions(),
  });
  for (const { title, test } of claims) {
    t.test(`as a consumer: ${title}`, { timeout: 600_000 }, async (t) => {
      t.same(await test(), []);
    });
  }
}

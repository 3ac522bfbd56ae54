/**
 * Appending: the expected version is the fence, several streams are appended all or none, and appends that are
 * committed together do not harm each other.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import {
  courseMapStream,
  EventDoesNotFitError,
  inTransaction,
  nodeStream,
  NO_STREAM,
  UndecodableEventError,
  WrongExpectedVersionError,
  type DomainEvent,
  type StreamAppend,
} from '../../src/index.ts';
import { rejection } from '../fixtures/rejection.ts';
import { appendOf, METADATA, newStream, REQUEST } from '../fixtures/sample-events.ts';
import { openTestLog } from '../fixtures/test-log.ts';

const { pool, store, owner, everything } = await openTestLog(t);

t.test('a new stream is appended at version 0 and read back as it was', async (t) => {
  const stream = newStream();
  const before = Date.now();
  await store.appendToStream(appendOf(stream, NO_STREAM));
  const [event, ...others] = await store.readStream(stream);
  t.same(others, []);
  t.match(event, { stream, version: 1, type: 'RecoveryRequested', data: { force: false }, metadata: METADATA });
  t.equal(event?.position, await store.head());
  t.ok(Math.abs(event!.recordedAt.getTime() - before) < 60_000, 'recorded just now');
});

t.test('the next append names the version that is there', async (t) => {
  const stream = newStream();
  await store.appendToStream(appendOf(stream, 0, 2));
  await store.appendToStream(appendOf(stream, 2, 3));
  t.same((await store.readStream(stream)).map(({ version }) => version), [1, 2, 3, 4, 5]);
});

t.test('an append behind the stream is refused with the stream and both versions, and records nothing', async (t) => {
  const stream = newStream();
  await store.appendToStream(appendOf(stream, 0, 3));
  const head = await store.head();
  const refused = await rejection(store.appendToStream(appendOf(stream, 1)));
  t.ok(refused instanceof WrongExpectedVersionError);
  t.match(refused, { code: 'wrong_expected_version', stream, expectedVersion: 1, actualVersion: 3 });
  t.equal(await store.head(), head);
});

t.test('an append that would leave a gap is refused', async (t) => {
  const stream = newStream();
  await store.appendToStream(appendOf(stream, 0));
  const refused = await rejection(store.appendToStream(appendOf(stream, 4)));
  t.match(refused, { code: 'wrong_expected_version', stream, expectedVersion: 4, actualVersion: 1 });
  t.match(await rejection(store.appendToStream(appendOf(newStream(), 1))), { expectedVersion: 1, actualVersion: 0 });
});

t.test('a raw INSERT cannot leave a gap either, nor take a version that is taken', async (t) => {
  const stream = newStream();
  await store.appendToStream(appendOf(stream, 0));
  const insert = (version: number) =>
    owner.query(
      `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
       VALUES ($1, $2, 'RecoveryRequested', 1, '{"force": false}', '{}')`,
      [stream, version],
    );
  t.match(await rejection(insert(3)), { code: 'CW001' });
  t.match(await rejection(insert(1)), { code: '23505', constraint: 'recorded_events_stream_version' });
  await insert(2);
  t.same((await store.readStream(stream)).map(({ version }) => version), [1, 2]);
});

t.test('several streams are appended all or none', async (t) => {
  const [one, other] = [newStream(), newStream()];
  await store.appendToStream(appendOf(other, 0));
  const both = (at: number) => inTransaction(pool, (transaction) => store.appendToStreams([appendOf(one, 0, 2), appendOf(other, at)], transaction));
  t.match(await rejection(both(0)), { code: 'wrong_expected_version', stream: other, expectedVersion: 0, actualVersion: 1 });
  t.same(await store.readStream(one), [], 'the stream that was right was not appended to');
  await both(1);
  t.equal((await store.readStream(one)).length, 2);
  t.equal((await store.readStream(other)).length, 2);
});

t.test('an append joins the caller\'s transaction: rolled back with it', async (t) => {
  const stream = newStream();
  const ownMind = new Error('changed my mind');
  const attempt = inTransaction(pool, async (transaction) => {
    await store.appendToStreams([appendOf(stream, 0)], transaction);
    throw ownMind;
  });
  t.equal(await rejection(attempt), ownMind);
  t.same(await store.readStream(stream), []);
});

t.test('of two transactions that append at the same version, the first to commit wins', async (t) => {
  const stream = newStream();
  const attempts = await Promise.allSettled(
    [1, 2, 3, 4].map(() => inTransaction(pool, (transaction) => store.appendToStreams([appendOf(stream, 0)], transaction))),
  );
  t.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const attempt of attempts) if (attempt.status === 'rejected') t.match(attempt.reason, { code: 'wrong_expected_version' });
  t.equal((await store.readStream(stream)).length, 1);
});

t.test('of appends that are committed together, each fails or succeeds by itself', async (t) => {
  const taken = newStream();
  await store.appendToStream(appendOf(taken, 0));
  const streams = Array.from({ length: 20 }, newStream);
  const invalid = { type: 'RecoveryRequested', data: { force: 'maybe' } } as unknown as DomainEvent;
  const appends: StreamAppend[] = [
    ...streams.slice(0, 10).map((stream) => appendOf(stream, 0)),
    appendOf(taken, 0),
    { ...appendOf(newStream(), 0), events: [invalid] },
    ...streams.slice(10).map((stream) => appendOf(stream, 0)),
  ];
  const outcomes = await Promise.allSettled(appends.map((append) => store.appendToStream(append)));
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  t.equal(errors.length, 2);
  t.ok(errors.some((error) => error instanceof WrongExpectedVersionError));
  t.ok(errors.some((error) => error instanceof UndecodableEventError));
  const recorded = new Set((await everything()).map(({ stream }) => stream));
  t.ok(streams.every((stream) => recorded.has(stream)), 'the other twenty are in the log');
});

t.test('of two appends to one stream at the same version, committed together, one is refused', async (t) => {
  const stream = newStream();
  const outcomes = await Promise.allSettled([store.appendToStream(appendOf(stream, 0)), store.appendToStream(appendOf(stream, 0))]);
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, 'only one was told that it succeeded');
  t.equal((await store.readStream(stream)).length, 1, 'only one is in the log');
});

t.test('appends that follow each other on one stream may be committed together', async (t) => {
  const stream = newStream();
  await Promise.all([store.appendToStream(appendOf(stream, 0, 2)), store.appendToStream(appendOf(stream, 2))]);
  t.same((await store.readStream(stream)).map(({ version }) => version), [1, 2, 3]);
});

t.test('appends that wait together share a transaction', async (t) => {
  const streams = Array.from({ length: 30 }, newStream);
  await Promise.all(streams.map((stream) => store.appendToStream(appendOf(stream, 0))));
  const { rows } = await owner.query<{ transactions: string }>(
    'SELECT count(DISTINCT xmin::text) AS transactions FROM recorded_events WHERE stream = ANY ($1)',
    [streams],
  );
  t.equal(rows[0]?.transactions, '1');
});

t.test('an event that fits no schema is refused before anything is sent', async (t) => {
  const stream = newStream();
  const invalid = { type: 'RecoveryRequested', data: {} } as unknown as DomainEvent;
  const refused = await inTransaction(pool, async (transaction) => {
    const error = await rejection(store.appendToStreams([{ ...appendOf(stream, 0), events: [invalid] }], transaction));
    await store.appendToStreams([appendOf(stream, 0)], transaction);
    return error;
  });
  t.match(refused, { code: 'undecodable_event', type: 'RecoveryRequested' });
  t.equal((await store.readStream(stream)).length, 1, 'the transaction was still good');
});

t.test('an event that no course or node can have now is refused', async (t) => {
  const courseMapId = randomUUID();
  const early: StreamAppend = {
    stream: nodeStream({ courseMapId, nodeId: 'n1' }),
    expectedVersion: 0,
    events: [{ type: 'RetryRequested', data: { reason: 'client' } }],
    metadata: METADATA,
  };
  const refused = await rejection(store.appendToStream(early));
  t.ok(refused instanceof EventDoesNotFitError);
  t.match(refused, { code: 'event_does_not_fit', stream: early.stream, version: 1, type: 'RetryRequested' });

  const unasked: StreamAppend = {
    stream: courseMapStream(courseMapId),
    expectedVersion: 0,
    events: [{ type: 'CourseMapCancelled', data: { reason: 'never asked for' } }],
    metadata: METADATA,
  };
  t.match(await rejection(store.appendToStream(unasked)), { code: 'event_does_not_fit', type: 'CourseMapCancelled' });
});

t.test('a stream\'s name that is none of ours is refused by the database', async (t) => {
  const wrong = appendOf('orders-1' as ReturnType<typeof newStream>, 0);
  const refused = await rejection(store.appendToStream(wrong));
  t.ok(refused instanceof pg.DatabaseError);
  t.match(refused, { code: '23514', constraint: 'recorded_events_stream_name' });
});

t.test('a name that is one of ours but for a character is refused as well', async (t) => {
  const uuid = '0ef03601-0bef-4290-a2ae-90cf883dcf46';
  const names = [
    `recovery-${uuid.toUpperCase()}`,
    `recovery-${uuid}0`,
    `recovery-${uuid.slice(1)}`,
    `recovery-${uuid}\n`,
    `recovery-${uuid}+n1`,
    `recovery-0ef0360--0bef-4290-a2ae-90cf883dcf46`,
    `recovery-0ef036010-bef-4290-a2ae-90cf883dcf46`,
    `recovery-0ef03601-0bef-4290-a2ae-90cf883dcf4g`,
    `course_map-${uuid}+n1`,
    `courseXmap-${uuid}`,
    `node-${uuid}`,
    `node-${uuid}+`,
    `node-${uuid}+n 1`,
    `node-${uuid}+n1+n2`,
    `node-${uuid}+é`,
    `node-${uuid}+${'n'.repeat(65)}`,
    ` recovery-${uuid}`,
    '',
  ];
  for (const name of names) {
    const refused = await rejection(store.appendToStream(appendOf(name as ReturnType<typeof newStream>, 0)));
    t.match(refused, { code: '23514', constraint: 'recorded_events_stream_name' }, JSON.stringify(name));
  }
});

t.test('an append of nothing changes nothing', async (t) => {
  const head = await store.head();
  await inTransaction(pool, (transaction) => store.appendToStreams([], transaction));
  t.equal(await store.head(), head);
});

t.test('text of any language comes back as it was', async (t) => {
  const stream = courseMapStream(randomUUID());
  const request = { ...REQUEST, topic: 'Brot — 面包 🍞 "\\u0041"', focus: 'a\ttab\nand a line' };
  await store.appendToStream({ ...appendOf(stream, 0), events: [{ type: 'CourseMapRequested', data: { request } }] });
  const [event] = await store.readStream(stream);
  t.same(event?.data, { request });
});

/**
 * Reading: a stream from any version, and the whole log in pages that can be filtered without losing the way.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { courseMapStream, inTransaction, recoveryStream, type RecordedEvent } from '../../src/index.ts';
import { rejection } from '../fixtures/rejection.ts';
import { appendOf, METADATA, newStream, REQUEST } from '../fixtures/sample-events.ts';
import { openTestLog } from '../fixtures/test-log.ts';

const { pool, store, owner } = await openTestLog(t);
const course = courseMapStream(randomUUID());
const recovery = newStream();

t.test('an empty log has its head at 0, and its only page is empty', async (t) => {
  t.equal(await store.head(), 0n);
  t.same(await store.readAll({ after: 0n, limit: 10 }), { events: [], readUpTo: 0n, mark: undefined });
  t.equal(await store.lastMark(), undefined);
});

t.test('a stream is read in order, from any version', async (t) => {
  // Positions 1 to 5 and 7 to 10 are the recovery's, 6 is the course's.
  await store.appendToStream(appendOf(recovery, 0, 5));
  await store.appendToStream({
    stream: course,
    expectedVersion: 0,
    events: [{ type: 'CourseMapRequested', data: { request: REQUEST } }],
    metadata: METADATA,
  });
  await store.appendToStream(appendOf(recovery, 5, 4));
  t.same((await store.readStream(recovery)).map(({ version }) => version), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  t.same((await store.readStream(recovery, 8)).map(({ version }) => version), [8, 9]);
  t.same(await store.readStream(recovery, 10), []);
});

t.test('a stream that does not exist is empty', async (t) => {
  t.same(await store.readStream(recoveryStream(randomUUID())), []);
});

t.test('pages follow each other without a gap and end where the log ends', async (t) => {
  const pages: bigint[][] = [];
  for (let after = 0n; ; ) {
    const { events, readUpTo } = await store.readAll({ after, limit: 4 });
    if (readUpTo === after) break;
    pages.push(positionsOf(events));
    after = readUpTo;
  }
  t.same(pages, [[1n, 2n, 3n, 4n], [5n, 6n, 7n, 8n], [9n, 10n]]);
  t.same(await store.readAll({ after: 10n, limit: 4 }), { events: [], readUpTo: 10n, mark: undefined });
  t.same(await store.readAll({ after: 99n, limit: 4 }), { events: [], readUpTo: 99n, mark: undefined }, 'nor does a reader go back');
});

t.test('a mark is of the last position that was looked at, and tells its event from any other that could stand there', async (t) => {
  const { mark } = await store.readAll({ after: 0n, limit: 4, types: ['CourseMapRequested'] });
  t.equal(mark?.position, 4n);
  t.match(mark?.placedAt, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
  t.ok(await store.stillHas(mark!));
  const last = await store.lastMark();
  t.equal(last?.position, 10n);
  t.notOk(await store.stillHas({ ...mark!, placedAt: '2001-01-01 00:00:00+00' }), 'another event at the position');
  t.notOk(await store.stillHas({ ...last!, position: 11n }), 'no event at the position');
});

t.test('a filtered page holds only what was asked for, and still moves on past the rest', async (t) => {
  const page = (after: bigint) => store.readAll({ after, limit: 4, types: ['CourseMapRequested'] });
  t.match(await page(0n), { events: [], readUpTo: 4n });
  const second = await page(4n);
  t.same(positionsOf(second.events), [6n]);
  t.equal(second.readUpTo, 8n);
  t.match(await page(8n), { events: [], readUpTo: 10n });
});

t.test('a page can be narrowed to one stream', async (t) => {
  const { events, readUpTo } = await store.readAll({ after: 2n, limit: 100, stream: course });
  t.same(positionsOf(events), [6n]);
  t.equal(readUpTo, 10n);
  const nothing = await store.readAll({ after: 0n, limit: 100, stream: course, types: ['RecoveryRequested'] });
  t.match(nothing, { events: [], readUpTo: 10n });
});

t.test('what a transaction has appended has no position before it commits, even for itself', async (t) => {
  const stream = newStream();
  await inTransaction(pool, async (transaction) => {
    await store.appendToStreams([appendOf(stream, 0)], transaction);
    t.same((await store.readAll({ after: 10n, limit: 10 }, transaction)).events, []);
  });
  t.same((await store.readAll({ after: 10n, limit: 10 })).events.map((event) => event.stream), [stream]);
});

t.test('an event that this program does not know stops the reader rather than being skipped', async (t) => {
  const stream = newStream();
  await owner.query(
    `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
     VALUES ($1, 1, 'RecoveryForgotten', 1, '{}', '{}')`,
    [stream],
  );
  t.match(await rejection(store.readStream(stream)), { code: 'undecodable_event', type: 'RecoveryForgotten' });
  const page = await store.readAll({ after: 10n, limit: 10 });
  t.match(page, { readUpTo: 11n, undecodable: { position: 12n, stream, error: { code: 'undecodable_event' } } });
  t.same(positionsOf(page.events), [11n], 'what comes before it is given');
  const filtered = await store.readAll({ after: 11n, limit: 10, types: ['RecoveryRequested'] });
  t.match(filtered, { events: [], readUpTo: 12n }, 'a reader that asks for other types passes it');
});

function positionsOf(events: readonly RecordedEvent[]): bigint[] {
  return events.map(({ position }) => position);
}

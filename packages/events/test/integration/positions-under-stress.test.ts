/**
 * The promise of the log: whoever reads `position > last` in order misses nothing, however many write at once, think
 * in the middle of a transaction, and roll back. A reader of the identity column breaks in the same run, which shows
 * that the run is hard enough to tell.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { inTransaction } from '../../src/index.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { openTestLog } from '../fixtures/test-log.ts';

const WRITERS = 12;
const TRANSACTIONS_EACH = 30;
const LONGEST_THOUGHT_MS = 12;
const ROLLBACKS = 0.2;
const PAGE = 20;

const { store, owner } = await openTestLog(t);

t.test('readers of positions miss nothing and see no gap, where readers of ids miss events', async (t) => {
  const committed = new Set<string>();
  let writing = true;

  const write = async (): Promise<void> => {
    for (let count = 0; count < TRANSACTIONS_EACH; count += 1) {
      const streams = [newStream(), newStream()];
      const rollBack = new Error('rolled back on purpose');
      try {
        await inTransaction(owner, async (transaction) => {
          await store.appendToStreams([appendOf(streams[0]!, 0, 1 + Math.floor(Math.random() * 3))], transaction);
          await sleep(Math.random() * LONGEST_THOUGHT_MS);
          await store.appendToStreams([appendOf(streams[1]!, 0)], transaction);
          if (Math.random() < ROLLBACKS) throw rollBack;
        });
        for (const stream of streams) committed.add(stream);
      } catch (error) {
        if (error !== rollBack) throw error;
      }
    }
  };

  const positions: bigint[] = [];
  const streamsSeen = new Set<string>();
  const readPositions = async (): Promise<void> => {
    let last = 0n;
    for (let done = false; !done; ) {
      const lastRound = !writing;
      const { events, readUpTo } = await store.readAll({ after: last, limit: PAGE });
      for (const { position, stream } of events) {
        positions.push(position);
        streamsSeen.add(stream);
      }
      done = lastRound && readUpTo === last;
      last = readUpTo;
    }
  };

  const idsSeen = new Set<string>();
  const readIds = async (): Promise<void> => {
    let last = '0';
    for (let done = false; !done; ) {
      const lastRound = !writing;
      const { rows } = await owner.query<{ id: string }>(
        'SELECT id FROM recorded_events WHERE id > $1 ORDER BY id LIMIT $2',
        [last, PAGE],
      );
      for (const { id } of rows) idsSeen.add(id);
      done = lastRound && rows.length === 0;
      last = rows.at(-1)?.id ?? last;
    }
  };

  const readers = [readPositions(), readIds()];
  await Promise.all(Array.from({ length: WRITERS }, write));
  writing = false;
  await Promise.all(readers);

  const { rows } = await owner.query<{ recorded: number }>('SELECT count(*)::integer AS recorded FROM recorded_events');
  const { recorded } = rows[0]!;
  t.ok(recorded > 400, `${recorded} events were recorded`);
  t.same(positions, Array.from({ length: recorded }, (_, index) => BigInt(index + 1)), 'each once, in order, without a gap');
  t.same(streamsSeen, committed, 'every committed stream, and no other');
  t.ok(idsSeen.size < recorded, `the reader of ids missed ${recorded - idsSeen.size}`);
});

t.test('an event whose transaction began earlier and ended later is read by position, and missed by id', async (t) => {
  const start = await store.head();
  const [slow, quick] = [newStream(), newStream()];
  const slowWriter = await owner.connect();
  try {
    await slowWriter.query('BEGIN');
    await slowWriter.query('SELECT append_to_streams($1)', [JSON.stringify([rowOf(slow)])]);
    await store.appendToStream(appendOf(quick, 0));

    const first = await store.readAll({ after: start, limit: 100 });
    t.same(first.events.map(({ stream }) => stream), [quick], 'the open transaction holds nobody up');
    const { rows } = await owner.query<{ id: string }>('SELECT max(id) AS id FROM recorded_events');
    await slowWriter.query('COMMIT');

    const second = await store.readAll({ after: first.readUpTo, limit: 100 });
    t.same(second.events.map(({ stream }) => stream), [slow], 'what was committed later has the later position');
    t.equal(second.events[0]?.position, first.readUpTo + 1n);
    const byId = await owner.query('SELECT FROM recorded_events WHERE id > $1', [rows[0]?.id]);
    t.equal(byId.rowCount, 0, 'a reader by id has passed it');
  } finally {
    slowWriter.release();
  }
});

function rowOf(stream: string) {
  const event = { type: 'RecoveryRequested', schema_version: 1, data: { force: false } };
  return { stream, expected_version: 0, metadata: {}, events: [event] };
}

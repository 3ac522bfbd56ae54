/**
 * Positions are drawn at commit: dense and in the order of commits, whatever a transaction does on its way there.
 * How they hold under stress is tested with the event store, which has the readers.
 */
import pg from 'pg';
import t, { type Test } from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAsOwner } from '../fixtures/logins.ts';
import { append, appendAnything, RECOVERY_REQUESTED } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
const other = await loginAsOwner(t, url);

/** A test after which the log is dense, and every event has its place. */
function claim(title: string, prove: (t: Test) => Promise<void>): void {
  t.test(title, async (t) => {
    await prove(t);
    const { rows } = await owner.query<{ dense: boolean; complete: boolean }>(`
      SELECT count(*) = coalesce(max(position), 0) AS dense,
             count(*) = (SELECT count(*) FROM recorded_events) AS complete
      FROM event_positions`);
    t.same(rows, [{ dense: true, complete: true }], 'positions run from 1 to the number of events');
  });
}

claim('the events of one append have positions in their order', async (t) => {
  const stream = await appendAnything(owner);
  await append(owner, stream, 1, [RECOVERY_REQUESTED, RECOVERY_REQUESTED, RECOVERY_REQUESTED]);
  const positions = await positionsOf(stream);
  t.same(positions, [1n, 2n, 3n, 4n]);
});

claim('positions follow the order of commits, not of appends', async (t) => {
  await owner.query('BEGIN');
  const first = await appendAnything(owner);
  const second = await appendAnything(other);
  await owner.query('COMMIT');
  const [[ofFirst], [ofSecond]] = [await positionsOf(first), await positionsOf(second)];
  t.ok(ofFirst! > ofSecond!);
});

claim('an open transaction that has appended holds up nobody\'s position', async (t) => {
  await owner.query('BEGIN');
  const open = await appendAnything(owner);
  await other.query("SET lock_timeout = '2s'");
  const head = await headOf(other);
  const streams = [await appendAnything(other), await appendAnything(other)];
  await other.query('RESET lock_timeout');
  t.same([await positionsOf(streams[0]!, other), await positionsOf(streams[1]!, other)], [[head + 1n], [head + 2n]]);
  t.same(await positionsOf(open), [], 'nor has it a position yet, even for itself');
  await owner.query('COMMIT');
  t.same(await positionsOf(open), [head + 3n]);
});

claim('a transaction that is rolled back leaves no gap', async (t) => {
  const head = await headOf(owner);
  await owner.query('BEGIN');
  await appendAnything(owner);
  await owner.query('ROLLBACK');
  const stream = await appendAnything(owner);
  t.same(await positionsOf(stream), [head + 1n]);
});

claim('a session that dies with an open transaction leaves no gap', async (t) => {
  const head = await headOf(owner);
  const doomed = await loginAsOwner(t, url);
  await doomed.query('BEGIN');
  await appendAnything(doomed);
  const { rows } = await doomed.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const gone = new Promise((resolve) => doomed.once('end', resolve));
  await owner.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
  await gone;
  t.same(await positionsOf(await appendAnything(owner)), [head + 1n]);
});

claim('what was rolled back to a savepoint leaves no gap, and what was kept is complete', async (t) => {
  const head = await headOf(owner);
  await owner.query('BEGIN');
  const kept = await appendAnything(owner);
  await owner.query('SAVEPOINT one');
  const undone = await appendAnything(owner);
  await owner.query('ROLLBACK TO SAVEPOINT one');
  const after = await appendAnything(owner);
  await owner.query('SAVEPOINT two');
  const released = await appendAnything(owner);
  await owner.query('RELEASE SAVEPOINT two');
  await owner.query('COMMIT');
  t.same(await positionsOf(undone), []);
  t.same([...(await positionsOf(kept)), ...(await positionsOf(after)), ...(await positionsOf(released))], [head + 1n, head + 2n, head + 3n]);
});

claim('an append that failed and was caught within a block leaves no gap', async (t) => {
  const head = await headOf(owner);
  const taken = await appendAnything(owner);
  await owner.query('BEGIN');
  await owner.query(`DO $$
    BEGIN
      PERFORM append_to_streams('[{"stream": "${taken}", "expected_version": 0, "metadata": {},
        "events": [{"type": "RecoveryRequested", "schema_version": 1, "data": {}}]}]');
    EXCEPTION WHEN SQLSTATE 'CW001' THEN NULL;
    END $$`);
  const stream = await appendAnything(owner);
  await owner.query('COMMIT');
  t.same(await positionsOf(stream), [head + 2n]);
});

claim('SET CONSTRAINTS IMMEDIATE draws the positions at once, and what follows draws its own', async (t) => {
  const head = await headOf(owner);
  await owner.query('BEGIN');
  const before = await appendAnything(owner);
  await owner.query('SET CONSTRAINTS ALL IMMEDIATE');
  t.same(await positionsOf(before), [head + 1n]);
  const [second, third] = [await appendAnything(owner), await appendAnything(owner)];
  t.same(await positionsOf(third), [head + 3n]);
  await owner.query('COMMIT');
  t.same(await positionsOf(second), [head + 2n]);
});

claim('a transaction that goes back from IMMEDIATE to DEFERRED commits, each event in its place', async (t) => {
  const head = await headOf(owner);
  await owner.query('BEGIN');
  await owner.query('SET CONSTRAINTS ALL IMMEDIATE');
  const first = await appendAnything(owner);
  await owner.query('SET CONSTRAINTS ALL DEFERRED');
  const second = await appendAnything(owner);
  await owner.query('COMMIT');
  t.same([...(await positionsOf(first)), ...(await positionsOf(second))], [head + 1n, head + 2n]);
});

claim('what is rolled back to a savepoint takes its request for positions along', async (t) => {
  const head = await headOf(owner);
  await owner.query('BEGIN');
  const kept = await appendAnything(owner);
  await owner.query('SAVEPOINT before');
  await appendAnything(owner);
  await owner.query('ROLLBACK TO SAVEPOINT before');
  const { rows } = await owner.query<{ waiting: number }>('SELECT count(*)::int AS waiting FROM position_requests');
  await owner.query('COMMIT');
  t.same(rows, [{ waiting: 1 }]);
  t.same(await positionsOf(kept), [head + 1n]);
});

claim('no request for positions outlives its transaction', async (t) => {
  await appendAnything(owner);
  t.same((await owner.query('SELECT FROM position_requests')).rowCount, 0);
});

claim('raw INSERTs draw positions like appends do', async (t) => {
  const head = await headOf(owner);
  const stream = await appendAnything(owner);
  await owner.query(
    `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
     SELECT $1, n, 'RecoveryRequested', 1, '{}', '{}' FROM generate_series(2, 50) AS n`,
    [stream],
  );
  const positions = await positionsOf(stream);
  t.same(positions, Array.from({ length: 50 }, (_, index) => head + BigInt(index + 1)));
});

claim('a transaction with a snapshot from before is refused rather than given a position twice', async (t) => {
  await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  const stale = await appendAnything(owner);
  await appendAnything(other);
  await refusal(owner.query('COMMIT'));
  t.same(await positionsOf(stale), []);
});

claim('listeners are told of the head by a commit, and not by a rollback', async (t) => {
  const heard: string[] = [];
  const listening = new pg.Client({ connectionString: url });
  await listening.connect();
  t.teardown(() => listening.end());
  listening.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await listening.query('LISTEN events');
  await owner.query('BEGIN');
  await appendAnything(owner);
  await owner.query('ROLLBACK');
  await appendAnything(owner);
  const head = await headOf(owner);
  while (heard.length === 0) await listening.query('SELECT 1');
  t.same(heard, [String(head)]);
});

async function positionsOf(stream: string, client: pg.Client = owner): Promise<bigint[]> {
  const { rows } = await client.query<{ position: string }>('SELECT position FROM events WHERE stream = $1 ORDER BY version', [stream]);
  return rows.map(({ position }) => BigInt(position));
}

async function headOf(client: pg.Client): Promise<bigint> {
  const { rows } = await client.query<{ head: string }>('SELECT coalesce(max(position), 0) AS head FROM event_positions');
  return BigInt(rows[0]!.head);
}

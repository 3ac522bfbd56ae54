/**
 * What was recorded is never changed: not by a service, not by an operator, not by the owner of the database.
 */
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { appendAnything, HASH } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const HISTORY_IS_IMMUTABLE = 'CW003';
const INSUFFICIENT_PRIVILEGE = '42501';

const CHANGES = [
  "UPDATE recorded_events SET data = '{}'",
  "UPDATE recorded_events SET data = '{}' WHERE false",
  'DELETE FROM recorded_events',
  'TRUNCATE recorded_events',
  'UPDATE event_positions SET position = position + 1',
  'DELETE FROM event_positions',
  'TRUNCATE event_positions',
  "UPDATE artifacts SET content = '{}'",
  'DELETE FROM artifacts',
  'TRUNCATE artifacts',
  "UPDATE events SET data = '{}'",
  'DELETE FROM events',
  "INSERT INTO events (stream, version, type, schema_version, data, metadata) VALUES ('recovery-x', 1, 'X', 1, '{}', '{}')",
];

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
await appendAnything(owner);
await owner.query("INSERT INTO artifacts (hash, content, key_ideas) VALUES ($1, '{}', '{}')", [HASH]);

t.test('the owner is refused aloud, with a hint', async (t) => {
  const before = await everything();
  for (const change of CHANGES) {
    const error = await refusal(owner.query(change));
    t.equal(error.code, HISTORY_IS_IMMUTABLE, change);
    t.match(error.hint, /Append an event/, change);
  }
  t.same(await everything(), before);
});

t.test('the services and operators are refused', async (t) => {
  const before = await everything();
  for (const role of ['coursewright_service', 'coursewright_operator'] as const) {
    const { client } = await loginAs(t, url, role);
    for (const change of CHANGES) {
      const { code } = await refusal(client.query(change));
      t.ok(code === INSUFFICIENT_PRIVILEGE || code === HISTORY_IS_IMMUTABLE, `${role}: ${change}: ${code ?? ''}`);
    }
  }
  t.same(await everything(), before);
});

t.test('a session in replica mode, where ordinary triggers sleep, cannot change the log either', async (t) => {
  const before = await everything();
  await owner.query('SET session_replication_role = replica');
  for (const change of CHANGES.filter((statement) => /recorded_events|event_positions/.test(statement))) {
    t.equal((await refusal(owner.query(change))).code, HISTORY_IS_IMMUTABLE, change);
  }
  await owner.query('SET session_replication_role = origin');
  t.same(await everything(), before);
});

t.test('an INSERT that would replace what is there is refused', async (t) => {
  const before = await everything();
  const upsert = `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
    SELECT stream, version, type, schema_version, '{}', '{}' FROM recorded_events
    ON CONFLICT ON CONSTRAINT recorded_events_stream_version DO UPDATE SET data = EXCLUDED.data`;
  t.equal((await refusal(owner.query(upsert))).code, HISTORY_IS_IMMUTABLE);
  t.same(await everything(), before);
});

async function everything(): Promise<unknown[]> {
  const events = await owner.query('SELECT * FROM recorded_events ORDER BY id');
  const positions = await owner.query('SELECT * FROM event_positions ORDER BY position');
  const artifacts = await owner.query('SELECT * FROM artifacts ORDER BY hash');
  return [events.rows, positions.rows, artifacts.rows];
}

/**
 * What an append costs does not grow with the log, whatever a session believed when it opened. A session plans the
 * statements of its functions once; one that planned them on an empty log once read all of it at every commit.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAsOwner } from '../fixtures/logins.ts';
import { append, FAILED, recordCourse, SCHEDULED, STARTED, type Event } from '../fixtures/recorded-course.ts';

const ANCIENT = 2000;
const nodes = Array.from({ length: 20 }, (_, index) => ({ id: `n${index + 1}` }));

for (const [when, prepare] of [
  ['on an empty log', async () => undefined],
  ['on a small log that was just vacuumed', async (owner: pg.Client) => {
    await liveThrough(owner, await recordCourse(owner, nodes));
    await owner.query('VACUUM ANALYZE');
  }],
] as const) {
  t.test(`a session that planned ${when} reads no table of the log from end to end once it has grown`, async (t) => {
    const { url } = await testDatabase(t);
    const old = await loginAsOwner(t, url);
    const other = await loginAsOwner(t, url);
    await prepare(other);
    for (let round = 0; round < 8; round += 1) await liveThrough(old, await recordCourse(other, nodes));

    await recordMany(other, ANCIENT);
    const courseMapId = await recordCourse(other, nodes);
    t.same(await readFromEndToEnd(old, () => liveThrough(old, courseMapId)), []);
  });
}

/** What nodes meet while they are scheduled, claimed and looked at: many at once, as recovery does it, and one alone. */
async function liveThrough(session: pg.Client, courseMapId: string): Promise<void> {
  const ids = nodes.map(({ id }) => id);
  await appendToAll(session, courseMapId, ids, 0, SCHEDULED);
  await appendToAll(session, courseMapId, ids, 1, STARTED);
  await append(session, `node-${courseMapId}+n1`, 2, [FAILED]);
  await session.query({ name: 'lock', text: 'SELECT FROM lock_free_nodes($1, $2)', values: [ids.map(() => courseMapId), ids] });
}

async function appendToAll(session: pg.Client, courseMapId: string, ids: string[], version: number, event: Event): Promise<void> {
  const appends = ids.map((id) => ({
    stream: `node-${courseMapId}+${id}`,
    expected_version: version,
    metadata: {},
    events: [{ ...event, schema_version: 1 }],
  }));
  await session.query({ name: 'append', text: 'SELECT append_to_streams($1)', values: [JSON.stringify(appends)] });
}

/** Events on streams of their own, as a long life leaves them behind. */
async function recordMany(session: pg.Client, count: number): Promise<void> {
  const appends = Array.from({ length: count }, () => ({
    stream: `recovery-${randomUUID()}`,
    expected_version: 0,
    metadata: {},
    events: [{ type: 'RecoveryRequested', schema_version: 1, data: { force: false } }],
  }));
  await session.query('SELECT append_to_streams($1)', [JSON.stringify(appends)]);
}

/** The tables that the session scans from end to end during `work`, by Postgres' own count. */
async function readFromEndToEnd(session: pg.Client, work: () => Promise<void>): Promise<string[]> {
  const scans = async () => {
    const { rows } = await session.query<{ relname: string; scans: string }>(`
      SELECT relname, seq_scan AS scans FROM pg_stat_xact_user_tables
      WHERE relname IN ('recorded_events', 'event_positions', 'node_states', 'course_map_states', 'position_requests')`);
    return new Map(rows.map((row) => [row.relname, Number(row.scans)]));
  };
  await session.query('BEGIN');
  const before = await scans();
  await work();
  await session.query('SET CONSTRAINTS ALL IMMEDIATE'); // What else happens at COMMIT, where nobody can look any more.
  const after = await scans();
  await session.query('ROLLBACK');
  return [...after].filter(([table, count]) => count > (before.get(table) ?? 0)).map(([table]) => table);
}

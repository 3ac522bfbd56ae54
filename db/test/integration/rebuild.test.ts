/**
 * A rebuild: the projections can be thrown away, whatever befell them, and come out of the log as they were, while others write.
 */
import t from 'tap';
import { archive, PROJECTIONS, rebuild, type Rebuilt } from '../../src/index.ts';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { append, CANCELLED, COMPLETED, FAILED, recordCourse, SCHEDULED, STARTED } from '../fixtures/recorded-course.ts';

const [courses] = PROJECTIONS;

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);

const started = (attempt: number) => ({ ...STARTED, data: { ...STARTED.data, attempt } });
const failed = { ...FAILED, data: { ...FAILED.data, final: false } };
const finished = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, COMPLETED] }, { id: 'q', type: 'quiz' }, { id: 'n2' }]);
const rescheduled = { ...SCHEDULED, data: { ...SCHEDULED.data, attempt: 2 } };
const broken = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, failed, rescheduled, started(2), FAILED] }]);
await append(owner, `course_map-${finished}`, 2, [{ type: 'CourseMapCompleted', data: { completed_nodes: 1, failed_nodes: 0 } }]);
// Cancelled between two events of a node, and reported on afterwards: only the right order gives the right status.
const cancelled = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED] }, { id: 'n2', events: [SCHEDULED] }]);
await append(owner, `course_map-${cancelled}`, 2, [CANCELLED]);
await append(owner, `node-${cancelled}+n1`, 2, [COMPLETED]);

async function states(): Promise<unknown> {
  const { rows: maps } = await owner.query('SELECT * FROM course_map_states ORDER BY id');
  const { rows: nodes } = await owner.query('SELECT * FROM node_states ORDER BY course_map_id, node_id');
  return { maps, nodes };
}

function run(check = false): Promise<Rebuilt> {
  return rebuild({ databaseUrl: url, projection: courses!, check });
}

const whole = await states();

t.test('projections that are right are found equal, row by row, and left alone', async (t) => {
  const { rows: before } = await owner.query('SELECT xmin, ctid FROM node_states ORDER BY course_map_id, node_id');
  t.match(await run(), { events: 21, count: 0, differences: [], replaced: 0 });
  t.same((await owner.query('SELECT xmin, ctid FROM node_states ORDER BY course_map_id, node_id')).rows, before, 'no row was written');
});

for (const [what, damage, count] of [
  ['a node has another status', `UPDATE node_states SET status = 'failed' WHERE course_map_id = '${finished}' AND node_id = 'n1'`, 1],
  ['a node is gone', `DELETE FROM node_states WHERE course_map_id = '${broken}' AND node_id = 'n1'`, 1],
  ['a node is there that never was', `INSERT INTO node_states (course_map_id, node_id, place, node_type, pre_requisites, status, created_at)
     VALUES ('${finished}', 'ghost', 9, 'learn', '{}', 'pending', now())`, 1],
  ['a course counts its failures wrongly, and has another map', `UPDATE course_map_states SET failures = 7, nodes = '[]' WHERE id = '${broken}'`, 1],
  ['a course is gone with all its nodes', `WITH gone AS (DELETE FROM node_states WHERE course_map_id = '${cancelled}') DELETE FROM course_map_states WHERE id = '${cancelled}'`, 3],
  ['everything is gone', 'WITH gone AS (DELETE FROM node_states) DELETE FROM course_map_states', 9],
] as const) {
  t.test(`${what}: it is shown, and replaced`, async (t) => {
    await owner.query(damage);
    const damaged = await states();
    const shown = await run(true);
    t.match(shown, { count, replaced: 0 });
    t.equal(shown.differences.length, count);
    t.same(await states(), damaged, 'to look changes nothing');
    t.match(await run(), { count, replaced: count });
    t.same(await states(), whole);
    t.match(await run(), { count: 0 });
  });
}

t.test('a difference says which row, which column, what is there, and what the log says', async (t) => {
  await owner.query(`UPDATE node_states SET status = 'failed', failures = 3 WHERE course_map_id = '${finished}' AND node_id = 'n1'`);
  t.match((await run()).differences, [{
    table: 'public.node_states',
    row: `${finished} n1`,
    columns: [{ column: 'status', kept: 'failed', fromLog: 'completed' }, { column: 'failures', kept: 3, fromLog: 0 }],
  }]);
});

t.test('archived courses are folded like all others', async (t) => {
  t.equal((await archive(url, new Date(Date.now() + 60_000))).courses, 2);
  await owner.query('WITH gone AS (DELETE FROM node_states) DELETE FROM course_map_states');
  t.match(await run(), { events: 21, replaced: 9 });
  t.same(await states(), whole);
});

t.test('while others append to the very courses, nothing of theirs is lost and nothing right is replaced', async (t) => {
  const busy: string[] = [];
  for (let course = 0; course < 30; course += 1) busy.push(await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED] }, { id: 'n2' }]));
  await owner.query(`UPDATE node_states SET status = 'failed' WHERE course_map_id = '${busy[0]!}' AND node_id = 'n2'`);
  const { client: service } = await loginAs(t, url, 'coursewright_service');
  const running = { yet: true };
  let appended = 0;
  const writing = (async () => {
    while (running.yet) {
      for (const id of busy) {
        const { rows } = await service.query<{ version: number }>("SELECT version FROM node_states WHERE course_map_id = $1 AND node_id = 'n1'", [id]);
        await append(service, `node-${id}+n1`, rows[0]!.version, [{ type: 'LateResultReceived', data: { attempt: 1, worker_id: 'w', content_hash: 'a'.repeat(64) } }]);
        appended += 1;
      }
    }
  })();
  t.match(await run(), { count: 1, replaced: 1, differences: [{ row: `${busy[0]!} n2` }] });
  running.yet = false;
  await writing;
  t.ok(appended > 0, `${appended} events were appended meanwhile`);
  t.match(await run(true), { count: 0 });
});

t.test('two at once: the second is told so', async (t) => {
  const first = await loginAsOwner(t, url);
  await first.query('SELECT pg_advisory_lock(7000, 3)');
  t.match(await run().catch((error: unknown) => error), { code: 'rebuild_under_way' });
});

t.test('an event that cannot be folded ends the rebuild with its stream, and nothing is replaced', async (t) => {
  await owner.query(`UPDATE node_states SET status = 'failed' WHERE course_map_id = '${finished}' AND node_id = 'n1'`);
  const before = await states();
  await owner.query('ALTER TABLE recorded_events DISABLE TRIGGER recorded_events_1_contiguous, DISABLE TRIGGER recorded_events_2_project');
  await owner.query(`INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
    SELECT stream, 9, type, schema_version, data, metadata FROM recorded_events WHERE stream = 'node-${broken}+n1' AND version = 1`);
  await owner.query('ALTER TABLE recorded_events ENABLE TRIGGER recorded_events_1_contiguous, ENABLE TRIGGER recorded_events_2_project');
  await t.rejects(run(), { code: 'refused', message: new RegExp(`version 9 of stream node-${broken}`), cause: { code: 'CW002' } });
  t.same(await states(), before);
  t.same((await owner.query("SELECT FROM pg_namespace WHERE nspname = 'rebuild'")).rows, [], 'nothing is left behind');
});

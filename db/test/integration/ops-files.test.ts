/**
 * Every file of db/ops runs as an operator on a database with something in it, finds what its header promises, and
 * tells the person who opens it what it is for.
 */
import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { append, CANCELLED, COMPLETED, FAILED, HASH, recordCourse, SCHEDULED, STARTED } from '../fixtures/recorded-course.ts';

const FOLDER = new URL('../../ops/', import.meta.url);
const files = (await readdir(FOLDER)).sort();
// Read before the first test: tap takes a pause between two tests for the end of all of them.
const texts = new Map(await Promise.all(files.map(async (file) => [file, await readFile(new URL(file, FOLDER), 'utf8')] as const)));

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
const { client: operator, user } = await loginAs(t, url, 'coursewright_operator');

await owner.query("INSERT INTO artifacts (hash, content, key_ideas) VALUES ($1, '{}', '{}')", [HASH]);
await owner.query(`INSERT INTO workers (id, host, pid, db_epoch) VALUES ('generation-a', 'here', 1, database_epoch())`);
await owner.query("INSERT INTO subscriptions (name, position) VALUES ('reactor', 1)");
const course = await recordCourse(owner, [
  { id: 'running', events: [SCHEDULED, STARTED] },
  { id: 'done', events: [SCHEDULED, STARTED, COMPLETED] },
  { id: 'failed', events: [SCHEDULED, STARTED, FAILED] },
]);
const other = await recordCourse(owner, [{ id: 'running', events: [SCHEDULED, STARTED] }]);
const cancelled = await recordCourse(owner, [{ id: 'fresh' }]);
await append(owner, `course_map-${cancelled}`, 2, [CANCELLED]);
await owner.query(`
  INSERT INTO llm_calls (id, request_key, status, stream, started_version, worker_id, correlation_id, model, max_input_tokens, max_output_tokens,
    input_price, output_price, expires_at)
  VALUES (gen_random_uuid(), repeat('a', 64), 'in_flight', 'node-of-a-dead-worker', 2, 'generation-a', 'c', 'm', 1000, 2000, 2, 10, clock_timestamp())`);

/** What each file finds here; a file that is missing here fails the first test. */
const FINDINGS: Readonly<Record<string, object>> = {
  'calls_in_doubt.sql': [[{ stream: 'node-of-a-dead-worker', worker_id: 'generation-a', max_input_tokens: 1000, greatest_cost: '0.02200000000000000000' }]],
  'consumer_lag.sql': [[{ name: 'reactor', position: '1', head: '17', events_behind: '16' }]],
  'course_story.sql': [
    [
      { node: '(course)', version: 1, type: 'CourseMapRequested' },
      { node: '(course)', version: 2, type: 'CourseMapPlanned' },
      { node: 'running', version: 1, type: 'GenerationScheduled', attempt: '1', actor: 'a test', why: 'planned' },
      { node: 'running', version: 2, type: 'GenerationStarted' },
      { node: 'done', type: 'GenerationScheduled' },
      { node: 'done', type: 'GenerationStarted' },
      { node: 'done', type: 'GenerationCompleted' },
      { node: 'failed', type: 'GenerationScheduled' },
      { node: 'failed', type: 'GenerationStarted' },
      { node: 'failed', version: 3, type: 'GenerationFailed', why: 'model_refused' },
    ],
  ],
  'failed_nodes.sql': [[{ course_map_id: course, node_id: 'failed', topic: 'Bread', failures: 1, error_code: 'model_refused', error: 'no' }]],
  'log_tail.sql': [{ length: 17, 0: { position: '17', type: 'CourseMapCancelled' }, 16: { position: '1', type: 'CourseMapRequested' } }],
  'reset_generating.sql': [[{ node_id: 'running', generation_status: 'pending' }]],
  'status_counts.sql': [
    [{ overall_status: 'generating', courses: '2' }, { overall_status: 'cancelled', courses: '1' }],
    [
      { node_type: 'learn', generation_status: 'generating', nodes: '2' },
      { node_type: 'learn', generation_status: 'cancelled', nodes: '1' },
      { node_type: 'learn', generation_status: 'completed', nodes: '1' },
      { node_type: 'learn', generation_status: 'failed', nodes: '1' },
    ],
  ],
  'stuck_nodes.sql': [
    [
      { course_map_id: course, node_id: 'running', problem: 'its worker is silent', worker_id: 'generation-a', attempt: 1 },
      { course_map_id: other, node_id: 'running', problem: 'its worker is silent' },
    ],
  ],
  'workers.sql': [[{ id: 'generation-a', host: 'here', alive: false, nodes_in_hand: '2' }]],
};

t.test('every ops file is run here', async (t) => t.same(files, Object.keys(FINDINGS).sort()));

for (const [file, sql] of texts) {

  t.test(`${file} says what it is for, which variables it takes, and how it is called`, async (t) => {
    t.match(sql, /^-- Purpose: {3}\S/);
    t.match(sql, /^-- Variables: \S/m);
    t.match(sql, new RegExp(`^-- Example: .*-f db/ops/${file}$`, 'm'));
    for (const [, variable] of sql.matchAll(/:'(\w+)'/g)) {
      t.match(sql, new RegExp(`^-- Variables: .*\\b${variable ?? ''}\\b`, 'm'));
      t.match(sql, new RegExp(`^-- Example: .*-v ${variable ?? ''}=`, 'm'));
    }
  });

  t.test(`${file} finds what its header promises`, async (t) => {
    await operator.query('BEGIN');
    const result = await operator.query(sql.replaceAll(":'course'", operator.escapeLiteral(course)));
    // Several statements have several results, whatever the declaration says.
    const results = [result].flat().map(({ rows }) => rows as unknown[]);
    for (const [index, rows] of results.entries()) {
      const expected = (FINDINGS[file] as object[])[index]!;
      t.match(rows, expected);
      t.equal(rows.length, (expected as unknown[]).length);
    }
    await operator.query('ROLLBACK');
  });
}

t.test('a node whose worker holds its beacon is not stuck until its deadline has passed', async (t) => {
  const sql = await readFile(new URL('stuck_nodes.sql', FOLDER), 'utf8');
  const worker = await loginAsOwner(t, url);
  await worker.query("SELECT pg_advisory_lock(7001, lock_key) FROM workers WHERE id = 'generation-a'");
  t.same((await operator.query(sql)).rows, []);
  const overdue = { ...STARTED, data: { ...STARTED.data, deadline: '2020-01-01T00:00:00.000Z' } };
  await recordCourse(owner, [{ id: 'hung', events: [SCHEDULED, overdue] }]);
  t.match((await operator.query(sql)).rows, [{ node_id: 'hung', problem: 'its deadline has passed' }]);
  const workers = await operator.query(await readFile(new URL('workers.sql', FOLDER), 'utf8'));
  t.match(workers.rows, [{ id: 'generation-a', alive: true, nodes_in_hand: '3', leased_until: Date }]);
});

t.test('reset_generating.sql touches its course alone, in the name of whoever ran it', async (t) => {
  const sql = await readFile(new URL('reset_generating.sql', FOLDER), 'utf8');
  await operator.query(sql.replaceAll(":'course'", operator.escapeLiteral(course)));
  const { rows } = await owner.query("SELECT stream, metadata ->> 'actor' AS actor FROM events WHERE type = 'GenerationInterrupted'");
  t.same(rows, [{ stream: `node-${course}+running`, actor: user }]);
});

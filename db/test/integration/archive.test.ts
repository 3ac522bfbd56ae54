/**
 * The archive: old courses leave the log's table, and nobody who reads the log can tell; what is archived stays as it is until it
 * is brought back; and nothing can be deleted on the way.
 */
import type pg from 'pg';
import t from 'tap';
import { archive, restoreFromArchive } from '../../src/index.ts';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { append, CANCELLED, COMPLETED, FAILED, recordCourse, SCHEDULED, STARTED, type RecordedNode } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const OVER = { type: 'CourseMapCompleted', data: { completed_nodes: 1, failed_nodes: 1 } };
const DONE: readonly RecordedNode[] = [{ id: 'n1', events: [SCHEDULED, STARTED, COMPLETED] }, { id: 'n2', events: [SCHEDULED, STARTED, FAILED] }];

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);

/** Three courses: one that is over, one that is over and asked for again, one that goes on. */
async function threeCourses() {
  const finished = await recordCourse(owner, DONE);
  await append(owner, `course_map-${finished}`, 2, [OVER]);
  const asked = await recordCourse(owner, DONE);
  await append(owner, `course_map-${asked}`, 2, [OVER]);
  await append(owner, `node-${asked}+n2`, 3, [{ type: 'RetryRequested', data: { reason: 'client' } }]);
  const open = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED] }]);
  return { finished, asked, open };
}

async function everything(): Promise<{ position: string }[]> {
  return (await owner.query<{ position: string }>('SELECT * FROM events ORDER BY position')).rows;
}

async function archivedStreams(): Promise<string[]> {
  return (await owner.query<{ stream: string }>('SELECT DISTINCT stream FROM archived_events ORDER BY 1')).rows.map(({ stream }) => stream);
}

t.test('courses that are over are archived, to the letter, and the log reads as before', async (t) => {
  const { finished } = await threeCourses();
  const before = await everything();
  const history = (await owner.query('SELECT * FROM course_history($1, 0, 100)', [finished])).rows;
  const then = (await owner.query('SELECT * FROM ops.course_at($1, now())', [finished])).rows;
  t.same(await archive(url, new Date(Date.now() + 60_000)), { courses: 1, events: 9 });
  t.same(await archivedStreams(), [`course_map-${finished}`, `node-${finished}+n1`, `node-${finished}+n2`]);
  t.same(await everything(), before, 'the view of events');
  t.same((await owner.query("SELECT * FROM outbox.poll('from-the-beginning', 1000)")).rows.map(({ position }) => position), before.map(({ position }) => position),
    'a consumer that reads by SQL');
  t.same((await owner.query('SELECT * FROM course_history($1, 0, 100)', [finished])).rows, history, 'the story of the course');
  t.same((await owner.query('SELECT * FROM ops.course_at($1, now())', [finished])).rows, then, 'how it stood');
  t.equal((await owner.query("SELECT position_at('infinity') AS position")).rows[0].position, String(before.length));
  t.same(await archive(url, new Date(Date.now() + 60_000)), { courses: 0, events: 0 }, 'a second time there is nothing to do');
});

t.test('a cancelled course of which a node is still in hand stays, until that is settled', async (t) => {
  const id = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED] }]);
  await append(owner, `course_map-${id}`, 2, [CANCELLED]);
  const later = new Date(Date.now() + 60_000);
  await archive(url, later);
  t.notOk((await archivedStreams()).includes(`course_map-${id}`));
  await append(owner, `node-${id}+n1`, 2, [{ type: 'GenerationInterrupted', data: { attempt: 1, cause: 'worker_lost', worker_id: 'generation-a', detected_after_ms: 1 } }]);
  await archive(url, later);
  t.ok((await archivedStreams()).includes(`course_map-${id}`));
});

t.test('a course that was over after the instant stays', async (t) => {
  await threeCourses();
  t.same(await archive(url, new Date(Date.now() - 60_000)), { courses: 0, events: 0 });
});

t.test('an archived stream takes no event, whatever version is expected; brought back, it goes on', async (t) => {
  const { finished } = await threeCourses();
  await archive(url, new Date(Date.now() + 60_000));
  const retry = { type: 'RetryRequested', data: { reason: 'operator' } };
  const { client: service } = await loginAs(t, url, 'coursewright_service');
  for (const who of [owner, service]) {
    t.match(await refusal(append(who, `node-${finished}+n2`, 3, [retry])), { code: 'CW007', hint: /db:archive --restore/ });
  }
  const copy = "INSERT INTO recorded_events OVERRIDING SYSTEM VALUE SELECT * FROM archived_events";
  t.equal((await refusal(service.query(copy))).code, '42501', 'nor can a service put back what is archived');
  for (const version of [0, 1, 2, 7]) await t.rejects(append(owner, `node-${finished}+n2`, version, [retry]), `at version ${version}`);
  await t.rejects(append(owner, `course_map-${finished}`, 0, [{ type: 'CourseMapRequested', data: { request: {} } }]), 'nor does it begin anew');

  const before = await everything();
  t.equal(await restoreFromArchive(url, finished), 9);
  t.equal(await restoreFromArchive(url, finished), 0, 'a second time there is nothing to do');
  t.same(await everything(), before);
  t.equal((await owner.query('SELECT count(*) AS n FROM event_positions')).rows[0].n, String(before.length), 'no event has a second position');
  await append(owner, `node-${finished}+n2`, 3, [retry]);
  t.equal((await owner.query("SELECT status FROM node_states WHERE course_map_id = $1 AND node_id = 'n2'", [finished])).rows[0].status, 'pending');
});

t.test('a course that somebody holds is left for another time, and nobody waits for it', async (t) => {
  const { finished } = await threeCourses();
  const { client } = await loginAs(t, url, 'coursewright_service');
  await client.query('BEGIN');
  await client.query('SELECT * FROM lock_course_maps($1)', [[finished]]);
  await archive(url, new Date(Date.now() + 60_000));
  t.notOk((await archivedStreams()).includes(`course_map-${finished}`));
  await client.query('ROLLBACK');
  await archive(url, new Date(Date.now() + 60_000));
  t.ok((await archivedStreams()).includes(`course_map-${finished}`));
});

t.test('a course of which somebody holds a node is left, and those behind it are not', async (t) => {
  const [one, two] = [(await threeCourses()).finished, (await threeCourses()).finished].toSorted() as [string, string];
  const client = await loginAsOwner(t, url);
  await client.query('BEGIN');
  await client.query("SELECT FROM node_states WHERE course_map_id = $1 AND node_id = 'n2' FOR UPDATE", [one]);
  await archive(url, new Date(Date.now() + 60_000));
  const archived = await archivedStreams();
  t.same([one, two].map((id) => archived.includes(`course_map-${id}`)), [false, true]);
  await client.query('ROLLBACK');
});

t.test('a course in which something happened since, or a call is under way, stays', async (t) => {
  const { finished } = await threeCourses();
  const call = `INSERT INTO llm_calls (id, request_key, stream, started_version, worker_id, correlation_id, model, max_input_tokens, max_output_tokens, expires_at)
                VALUES (gen_random_uuid(), repeat('0', 64), $1, 2, 'w', 'c', 'm', 1, 1, now() + interval '1 h')`;
  await owner.query(call, [`node-${finished}+n1`]);
  await archive(url, new Date(Date.now() + 60_000));
  t.notOk((await archivedStreams()).includes(`course_map-${finished}`), 'a call');
  await owner.query("UPDATE llm_calls SET status = 'refused'");
  const { now } = (await owner.query<{ now: Date }>('SELECT clock_timestamp() AS now')).rows[0]!;
  await append(owner, `node-${finished}+n1`, 3, [{ type: 'LateResultReceived', data: { attempt: 1, worker_id: 'w', result: { kind: 'failed', error: { code: 'x', message: 'y' } } } }]);
  await archive(url, now);
  t.notOk((await archivedStreams()).includes(`course_map-${finished}`), 'a late result');
  await archive(url, new Date(Date.now() + 60_000));
  t.ok((await archivedStreams()).includes(`course_map-${finished}`));
});

t.test('bringing a course back waits for nobody who appends, and folds nothing a second time', async (t) => {
  const { finished, open } = await threeCourses();
  await archive(url, new Date(Date.now() + 60_000));
  const states = async () => (await owner.query('SELECT * FROM node_states WHERE course_map_id = $1 ORDER BY node_id', [finished])).rows;
  const before = await states();
  const { client } = await loginAs(t, url, 'coursewright_service');
  await client.query('BEGIN');
  await append(client, `node-${open}+n1`, 2, [COMPLETED]);
  t.equal(await restoreFromArchive(url, finished), 9);
  await client.query('COMMIT');
  t.same(await states(), before);
});

t.test('what failed alike is tried again, but for archived courses, and that is said', async (t) => {
  const { finished } = await threeCourses();
  await archive(url, new Date(Date.now() + 60_000));
  const open = await recordCourse(owner, DONE);
  const { rows } = await owner.query<{ fingerprint: string }>("SELECT error_fingerprint(error_code, error) AS fingerprint FROM node_states WHERE course_map_id = $1 AND status = 'failed'", [open]);
  const notices: string[] = [];
  const { client } = await loginAs(t, url, 'coursewright_operator');
  client.on('notice', ({ message }) => notices.push(String(message)));
  const RETRY = 'SELECT ops.retry_failures($1, $2) AS retried';
  t.ok((await client.query(RETRY, [rows[0]!.fingerprint, 'a test'])).rows[0].retried >= 1);
  t.match(notices, [/\d+ more are in archived courses/]);
  t.equal((await owner.query("SELECT status FROM node_states WHERE course_map_id = $1 AND node_id = 'n2'", [open])).rows[0].status, 'pending');
  t.equal((await owner.query("SELECT status FROM node_states WHERE course_map_id = $1 AND node_id = 'n2'", [finished])).rows[0].status, 'failed');
  const refused = await refusal(client.query(RETRY, [rows[0]!.fingerprint, 'a test']));
  t.match(refused.message, /in archived courses/);
});

t.test('an append that waits for a course that is being archived is refused, and splits no stream', async (t) => {
  const archiving = await loginAsOwner(t, url);
  const { client } = await loginAs(t, url, 'coursewright_service');
  const { finished: other } = await threeCourses();
  await archiving.query('BEGIN');
  for (let after: string | null = null; ;) {
    const next: pg.QueryResult<{ id: string | null }> = await archiving.query('SELECT * FROM archive_next_course($1, $2)', [new Date(Date.now() + 60_000), after]);
    after = next.rows[0]!.id;
    if (after === null) break;
  }
  const waiting = refusal(append(client, `node-${other}+n2`, 3, [{ type: 'RetryRequested', data: { reason: 'operator' } }]));
  await waitsForALock(client);
  await archiving.query('COMMIT');
  t.equal((await waiting).code, 'CW007');
  t.same((await owner.query("SELECT version FROM recorded_events WHERE stream = $1", [`node-${other}+n2`])).rows, []);
});

t.test('nobody gives an event the id of another, archived or not', async (t) => {
  const { finished, open } = await threeCourses();
  await archive(url, new Date(Date.now() + 60_000));
  const before = await everything();
  const { client } = await loginAs(t, url, 'coursewright_service');
  for (const stream of [`course_map-${finished}`, `course_map-${open}`]) {
    const forge = `INSERT INTO recorded_events (id, stream, version, type, schema_version, data, metadata, recorded_at) OVERRIDING SYSTEM VALUE
      SELECT e.id, 'subscription-forged', 1, 'Forged', 1, '{}', e.metadata, now() FROM kept_events e WHERE e.stream = $1 AND e.version = 1`;
    t.equal((await refusal(client.query(forge, [stream]))).code, '42501', `a service, ${stream}`);
    const { code } = await refusal(owner.query(forge, [stream]));
    t.ok(code === 'CW003' || code === '23505', `the owner, ${stream}: ${code}`);
  }
  t.same(await everything(), before);
});

t.test('nothing can be deleted from the log but what stands in the archive to the letter, nor the other way round', async (t) => {
  const { finished, open } = await threeCourses();
  await archive(url, new Date(Date.now() + 60_000));
  const before = await everything();
  for (const change of [
    `DELETE FROM recorded_events WHERE stream = 'course_map-${open}'`,
    `DELETE FROM archived_events WHERE stream = 'course_map-${finished}'`,
    "UPDATE archived_events SET data = '{}'",
    'TRUNCATE archived_events',
    `WITH lie AS (INSERT INTO archived_events SELECT id, stream, version, type, schema_version, '{"a": "lie"}', metadata, recorded_at
                  FROM recorded_events WHERE stream = 'course_map-${open}' RETURNING id)
     DELETE FROM recorded_events WHERE id IN (SELECT id FROM lie)`,
  ]) {
    t.equal((await refusal(owner.query(change))).code, 'CW003', change);
  }
  t.same(await everything(), before);
  for (const role of ['coursewright_service', 'coursewright_operator'] as const) {
    const { client } = await loginAs(t, url, role);
    t.equal((await refusal(client.query("SELECT * FROM archive_next_course(now(), NULL)"))).code, '42501', role);
    t.equal((await refusal(client.query('SELECT restore_course($1)', [finished]))).code, '42501', role);
  }
});

/** Until this session waits for somebody. */
async function waitsForALock(client: pg.Client): Promise<void> {
  const { processID } = client as pg.Client & { processID: number };
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    const { rows } = await owner.query<{ waits: boolean }>("SELECT wait_event_type = 'Lock' AS waits FROM pg_stat_activity WHERE pid = $1", [processID]);
    if (rows[0]?.waits === true) return;
  }
  throw new Error('the session waits for nobody');
}

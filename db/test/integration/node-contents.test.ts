/**
 * node_contents as an operator types it: an UPDATE becomes an event at commit, in the operator's name; a ROLLBACK leaves
 * no trace; an open transaction holds up nothing but its nodes; what makes no sense is refused with a hint.
 */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { append, appendAnything, CANCELLED, COMPLETED, FAILED, HASH, recordCourse, SCHEDULED, STARTED } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
const { client: operator, user } = await loginAs(t, url, 'coursewright_operator');
await owner.query(`INSERT INTO artifacts (hash, content, key_ideas) VALUES ($1, '{"type": "knowledge_card"}', '{}')`, [HASH]);

const TAKE_BACK = `UPDATE node_contents SET generation_status = 'pending', generation_started_at = NULL
  WHERE generation_status = 'generating' AND course_map_id = $1`;
const RETRY = "UPDATE node_contents SET generation_status = 'pending' WHERE generation_status = 'failed' AND course_map_id = $1";

/** One node in each state that a node can be in before anybody cancels. */
const ONE_OF_EACH = [
  { id: 'fresh' },
  { id: 'queued', events: [SCHEDULED] },
  { id: 'running', events: [SCHEDULED, STARTED] },
  { id: 'done', events: [SCHEDULED, STARTED, COMPLETED] },
  { id: 'failed', events: [SCHEDULED, STARTED, FAILED] },
  { id: 'quiz', type: 'quiz' as const },
];

t.test('the statement that counts by status sees every node', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const { rows } = await operator.query(
    'SELECT generation_status, count(*)::integer FROM node_contents WHERE course_map_id = $1 GROUP BY 1 ORDER BY 1',
    [id],
  );
  t.same(rows, [
    { generation_status: 'completed', count: 1 },
    { generation_status: 'failed', count: 1 },
    { generation_status: 'generating', count: 1 },
    { generation_status: 'pending', count: 2 },
    { generation_status: 'quiz_pending', count: 1 },
  ]);
});

t.test('the statement that looks for what has been generating for long finds the running node', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const { rows } = await operator.query(
    `SELECT node_id FROM node_contents WHERE course_map_id = $1 AND generation_status = 'generating'
       AND generation_started_at < now() + interval '5 minutes'`,
    [id],
  );
  t.same(rows, [{ node_id: 'running' }]);
});

t.test('a row has the columns that operators know', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const { rows, fields } = await operator.query('SELECT * FROM node_contents WHERE course_map_id = $1', [id]);
  t.same(fields.map(({ name }) => name), [
    'id', 'course_map_id', 'node_id', 'content_type', 'question_key', 'content_json', 'generation_status',
    'generation_started_at', 'generation_completed_at', 'generation_error', 'node_type', 'created_at',
  ]);
  const row = (nodeId: string) => rows.find(({ node_id }) => node_id === nodeId);
  t.match(row('done'), { content_type: 'knowledge_card', content_json: { type: 'knowledge_card' }, node_type: 'learn' });
  t.ok(row('done').generation_completed_at instanceof Date);
  t.match(row('failed'), { generation_error: 'no', content_json: null });
  t.match(row('quiz'), { content_type: 'quiz', question_key: `${id}/quiz`, node_type: 'quiz', content_json: null });
  t.equal(new Set(rows.map((one) => one.id)).size, rows.length, 'each row has an id of its own');
});

t.test('taking a running node back becomes an interruption in the operator\'s name, and no other node moves', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const head = await headOfLog();
  const { rows } = await operator.query(`${TAKE_BACK} RETURNING node_id, generation_status, generation_started_at`, [id]);
  t.same(rows, [{ node_id: 'running', generation_status: 'pending', generation_started_at: null }]);
  const [event, ...others] = await eventsAfter(head);
  t.same(others, []);
  t.match(event, {
    stream: `node-${id}+running`,
    version: 3,
    type: 'GenerationInterrupted',
    schema_version: 1,
    data: { attempt: 1, cause: 'operator', worker_id: 'generation-a', detected_after_ms: null },
    metadata: { actor: user, via: 'psql', causation_id: null },
  });
  t.match(event?.metadata.correlation_id, /^[0-9a-f-]{36}$/);
  t.equal(await statusOf(id, 'running'), 'pending');
});

t.test('trying a failed node again becomes a request in the operator\'s name', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const head = await headOfLog();
  t.equal((await operator.query(RETRY, [id])).rowCount, 1);
  t.match(await eventsAfter(head), [
    { stream: `node-${id}+failed`, version: 4, type: 'RetryRequested', data: { reason: 'operator' }, metadata: { actor: user, via: 'psql' } },
  ]);
  t.equal(await statusOf(id, 'failed'), 'pending');
});

t.test('what the attempt left behind may be emptied along with its status', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const empty = `UPDATE node_contents
    SET generation_status = 'pending', generation_started_at = NULL, generation_completed_at = NULL, generation_error = NULL
    WHERE generation_status = 'failed' AND course_map_id = $1`;
  t.equal((await operator.query(empty, [id])).rowCount, 1);
  t.equal(await statusOf(id, 'failed'), 'pending');
});

t.test('many nodes are taken back by one statement, each with its own event', async (t) => {
  const nodes = ['a', 'b', 'c'].map((id) => ({ id, events: [SCHEDULED, STARTED] }));
  const id = await recordCourse(owner, nodes);
  const head = await headOfLog();
  t.equal((await operator.query(TAKE_BACK, [id])).rowCount, 3);
  t.same((await eventsAfter(head)).map(({ stream }) => stream).sort(), nodes.map((node) => `node-${id}+${node.id}`));
});

t.test('the event is there at commit and not before; a rollback leaves no trace', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const head = await headOfLog();
  await operator.query('BEGIN');
  await operator.query(TAKE_BACK, [id]);
  await operator.query(RETRY, [id]);
  t.same(await eventsAfter(head), []);
  await operator.query('ROLLBACK');
  t.same(await eventsAfter(head), []);
  t.equal(await statusOf(id, 'running'), 'generating');
  const { rowCount } = await owner.query('SELECT FROM recorded_events WHERE stream = $1 AND version > 2', [`node-${id}+running`]);
  t.equal(rowCount, 0);

  await operator.query('BEGIN');
  await operator.query(TAKE_BACK, [id]);
  await operator.query('COMMIT');
  t.equal((await eventsAfter(head)).length, 1);
  await appendAnything(owner);
  t.equal((await eventsAfter(head)).at(-1)?.position, String(head + 2n), 'and no gap is left behind');
});

t.test('an open transaction of an operator holds up nothing but the nodes that it touched', async (t) => {
  const id = await recordCourse(owner, [{ id: 'held', events: [SCHEDULED, STARTED] }, { id: 'free', events: [SCHEDULED, STARTED] }]);
  const head = await headOfLog();
  await operator.query('BEGIN');
  await operator.query(`${TAKE_BACK} AND node_id = 'held'`, [id]);

  // Everybody else goes on; whoever would have to wait for the operator is refused after a second.
  await owner.query("SET lock_timeout = '1s'");
  await append(owner, `node-${id}+free`, 2, [COMPLETED]);
  await recordCourse(owner, [{ id: 'other' }]);
  t.equal((await owner.query('SELECT FROM lock_course_maps($1)', [[id]])).rowCount, 1, 'the course can be decided on');
  const free = await owner.query('SELECT node_id FROM lock_free_nodes($1, $2)', [[id, id], ['held', 'free']]);
  t.same(free.rows, [{ node_id: 'free' }], 'the held node is left out, not waited for');
  const positions = (await eventsAfter(head)).map(({ position }) => position);
  t.same(positions, [1n, 2n, 3n].map((ahead) => String(head + ahead)), 'the log goes on without a gap');
  t.equal((await refusal(append(owner, `node-${id}+held`, 2, [COMPLETED]))).code, '55P03', 'the held node itself waits');
  await owner.query('RESET lock_timeout');

  await operator.query('COMMIT');
  t.match((await eventsAfter(head)).at(-1), { stream: `node-${id}+held`, type: 'GenerationInterrupted' });
});

t.test('a node that moved on while the UPDATE waited for it is left out', async (t) => {
  const id = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED] }]);
  await owner.query('BEGIN');
  await append(owner, `node-${id}+n1`, 2, [COMPLETED]);
  const update = operator.query(TAKE_BACK, [id]);
  await waitsForLock();
  await owner.query('COMMIT');
  t.equal((await update).rowCount, 0);
  t.equal(await statusOf(id, 'n1'), 'completed');
});

t.test('a worker whose node was taken back can no longer complete it', async (t) => {
  const id = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED] }]);
  await operator.query(TAKE_BACK, [id]);
  t.equal((await refusal(append(owner, `node-${id}+n1`, 2, [COMPLETED]))).code, 'CW001');
});

t.test('setting a status to what it is changes nothing', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const head = await headOfLog();
  await operator.query('UPDATE node_contents SET generation_status = generation_status WHERE course_map_id = $1', [id]);
  t.same(await eventsAfter(head), []);
});

const SENSELESS: readonly (readonly [change: string, node: string])[] = [
  ["generation_status = 'completed'", 'running'],
  ["generation_status = 'completed'", 'fresh'],
  ["generation_status = 'failed'", 'running'],
  ["generation_status = 'cancelled'", 'running'],
  ["generation_status = 'generating'", 'queued'],
  ["generation_status = 'pending'", 'done'],
  ["generation_status = 'pending'", 'quiz'],
  ["generation_status = 'quiz_pending'", 'running'],
  ["generation_status = 'Pending'", 'running'],
  ["generation_status = 'retry'", 'failed'],
  ['generation_status = NULL', 'failed'],
  ["generation_status = 'pending', generation_started_at = now()", 'running'],
  ['generation_started_at = NULL', 'running'],
  ["generation_status = 'pending', content_json = '{}'", 'failed'],
  ["content_json = '{}'", 'done'],
  ['content_json = NULL', 'done'],
  ["generation_error = 'mine'", 'failed'],
  ["generation_status = 'pending', generation_error = 'mine'", 'failed'],
  ['generation_error = NULL', 'failed'],
  ["generation_status = 'pending', generation_completed_at = now()", 'failed'],
  ['generation_completed_at = now()', 'running'],
  ["node_type = 'quiz'", 'fresh'],
  ["node_id = 'other'", 'fresh'],
  ['course_map_id = gen_random_uuid()', 'fresh'],
  ['created_at = now()', 'fresh'],
  ['id = gen_random_uuid()', 'fresh'],
  ["question_key = 'mine'", 'quiz'],
  ["content_type = 'quiz'", 'fresh'],
];

t.test('a change that makes no sense is refused with a hint, and changes nothing', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const head = await headOfLog();
  for (const [change, node] of SENSELESS) {
    const error = await refusal(operator.query(`UPDATE node_contents SET ${change} WHERE course_map_id = $1 AND node_id = $2`, [id, node]));
    t.equal(error.code, 'CW004', `${change} for ${node}: ${error.message}`);
    t.match(error.hint, /\w/, `${change} for ${node} comes with a hint`);
    t.match(error.message, new RegExp(`^node ${node}: `));
  }
  t.same(await eventsAfter(head), []);
});

t.test('a hint never leads into the next refusal', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const { rows } = await operator.query<{ node_id: string; status: string }>(
    'SELECT node_id, generation_status AS status FROM node_contents WHERE course_map_id = $1', [id]);
  for (const { node_id: node, status } of rows) {
    const change = `UPDATE node_contents SET content_type = 'mine' WHERE course_map_id = $1 AND node_id = $2`;
    const { hint } = await refusal(operator.query(change, [id, node]));
    const advised = /Set generation_status = 'pending'/.test(hint ?? '');
    t.equal(advised, status === 'generating' || status === 'failed', `${status}: ${hint ?? ''}`);
  }
});

t.test('a node that stays as it is does not count: the row count says how many events there are', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const head = await headOfLog();
  const { rowCount } = await operator.query(
    "UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = $1 AND generation_status IN ('pending', 'generating')", [id]);
  t.equal(rowCount, (await eventsAfter(head)).length);
  t.ok(rowCount);
});

t.test('one senseless row refuses the whole statement', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  const head = await headOfLog();
  const error = await refusal(operator.query("UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = $1", [id]));
  t.equal(error.code, 'CW004');
  t.same(await eventsAfter(head), []);
});

t.test('a node of a cancelled course cannot be set to pending, whatever it was: nobody would generate it', async (t) => {
  const id = await recordCourse(owner, ONE_OF_EACH);
  await append(owner, `course_map-${id}`, 2, [CANCELLED]);
  for (const node of ['fresh', 'queued', 'running', 'failed']) {
    const change = operator.query("UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = $1 AND node_id = $2", [id, node]);
    const error = await refusal(change).catch(() => undefined);
    t.equal(error?.code, 'CW004', node);
  }
});

t.test('nodes are neither added nor removed through the view', async (t) => {
  for (const statement of ['DELETE FROM node_contents', "INSERT INTO node_contents (node_id) VALUES ('x')"]) {
    t.equal((await refusal(operator.query(statement))).code, '55000', statement);
    t.equal((await refusal(owner.query(statement))).code, '55000', statement);
  }
});

async function headOfLog(): Promise<bigint> {
  const { rows } = await owner.query<{ head: string }>('SELECT coalesce(max(position), 0) AS head FROM event_positions');
  return BigInt(rows[0]!.head);
}

async function eventsAfter(position: bigint) {
  const { rows } = await owner.query<{ position: string; stream: string; version: number; metadata: Record<string, unknown> }>(
    'SELECT * FROM events WHERE position > $1 ORDER BY position',
    [position],
  );
  return rows;
}

async function statusOf(id: string, nodeId: string): Promise<string | undefined> {
  const { rows } = await owner.query<{ generation_status: string }>(
    'SELECT generation_status FROM node_contents WHERE course_map_id = $1 AND node_id = $2',
    [id, nodeId],
  );
  return rows[0]?.generation_status;
}

/** Resolves once a session waits for a lock. */
async function waitsForLock(): Promise<void> {
  const observer = new pg.Client({ connectionString: url });
  await observer.connect();
  try {
    for (;;) {
      const { rowCount } = await observer.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      if (rowCount === 1) return;
    }
  } finally {
    await observer.end();
  }
}

/**
 * The operator's shelf, as an operator uses it: logged in as himself. Every view answers, every command is an event with his name
 * and his reason, and nothing else can be done.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { append, COMPLETED, FAILED, recordCourse, SCHEDULED, STARTED, type Event } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
const { client: operator, user } = await loginAs(t, url, 'coursewright_operator');

/** A course of nodes that build on one another, as `node: [prerequisites]`. */
async function courseOf(nodes: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const id = randomUUID();
  const planned = Object.entries(nodes).map(([nodeId, before]) => ({ id: nodeId, type: 'learn', pre_requisites: before }));
  await append(owner, `course_map-${id}`, 0, [
    { type: 'CourseMapRequested', data: { request: { topic: 'Bread', level: 'Novice', mode: 'Light' } } },
    { type: 'CourseMapPlanned', data: { attempt: 1, map_meta: {}, nodes: planned, model: 'm', usage: {} } },
  ]);
  return id;
}

/** Schedules an attempt, and puts its job into the queue unless told otherwise. */
async function schedule(course: string, node: string, version: number, { attempt = 1, delay = '0 s', job = true } = {}): Promise<void> {
  const id = randomUUID();
  await append(owner, `node-${course}+${node}`, version, [
    { type: 'GenerationScheduled', data: { attempt, reason: 'planned', job_id: id, delay_ms: 0 } },
  ]);
  if (!job) return;
  await owner.query(
    "INSERT INTO pgboss.job (id, name, data, singleton_key, policy, start_after) VALUES ($1, 'generate-node', '{}', $2, 'exclusive', now() + $3::interval)",
    [id, `node-${course}+${node}`, delay],
  );
}

async function started(course: string, node: string, version: number, worker: string, deadline = '2099-01-01T00:00:00Z'): Promise<void> {
  const { rows } = await owner.query<{ job_id: string }>('SELECT job_id FROM node_states WHERE course_map_id = $1 AND node_id = $2', [course, node]);
  await append(owner, `node-${course}+${node}`, version, [
    { type: 'GenerationStarted', data: { attempt: 1, worker_id: worker, job_id: rows[0]!.job_id, deadline } },
  ]);
}

async function why(course: string, node: string | null): Promise<{ cause: string; why: string } | undefined> {
  const { rows } = await operator.query<{ cause: string; why: string }>(
    'SELECT cause, why FROM ops.why_waiting WHERE course_map_id = $1 AND node_id IS NOT DISTINCT FROM $2', [course, node]);
  return rows[0];
}

async function lastEvent(stream: string): Promise<{ type: string; metadata: Record<string, unknown>; data: Record<string, unknown> }> {
  const { rows } = await owner.query<{ type: string; metadata: Record<string, unknown>; data: Record<string, unknown> }>(
    'SELECT type, metadata, data FROM events WHERE stream = $1 ORDER BY version DESC LIMIT 1', [stream]);
  return rows[0]!;
}

async function register(worker: string, { alive }: { readonly alive: boolean }): Promise<void> {
  const { rows } = await owner.query<{ lock_key: number }>(
    "INSERT INTO workers (id, host, pid, db_epoch) VALUES ($1, 'here', 1, database_epoch()) RETURNING lock_key", [worker]);
  if (alive) await owner.query('SELECT pg_advisory_lock(7001, $1)', [rows[0]!.lock_key]);
}

await register('generation-alive', { alive: true });
await register('generation-dead', { alive: false });

t.test('why a node waits: each cause in a sentence', async (t) => {
  const course = await courseOf({ held: [], dead: [], late: [], queued: [], backoff: [], jobless: [], behind: ['held', 'backoff'], limited: [] });
  for (const node of ['held', 'dead', 'late']) await schedule(course, node, 0);
  await started(course, 'held', 1, 'generation-alive');
  await started(course, 'dead', 1, 'generation-dead');
  await started(course, 'late', 1, 'generation-alive', '2020-01-01T00:00:00Z');
  await schedule(course, 'queued', 0);
  await schedule(course, 'jobless', 0, { job: false });
  await schedule(course, 'backoff', 0, { job: false });
  await started(course, 'backoff', 1, 'generation-alive');
  const error = { code: 'model_rate_limited', message: '429' };
  await append(owner, `node-${course}+backoff`, 2, [{ type: 'GenerationFailed', data: { attempt: 1, error, retryable: true, final: false } }]);
  await schedule(course, 'backoff', 3, { attempt: 2, delay: '14 s' });

  t.match(await why(course, 'held'), { cause: 'held', why: /^attempt 1 is with worker generation-alive, which is alive, since \d+ s; its deadline is in \d+ h$/ });
  t.match(await why(course, 'dead'), { cause: 'worker_silent', why: /generation-dead, which is silent; recovery takes it back/ });
  t.match(await why(course, 'late'), { cause: 'overdue', why: /past its deadline/ });
  t.match(await why(course, 'queued'), { cause: 'queued', why: /^in the queue since \d+ s$/ });
  t.match(await why(course, 'jobless'), { cause: 'job_gone', why: /reconciler/ });
  t.match(await why(course, 'backoff'), { cause: 'backoff', why: /^failed once with model_rate_limited; next try in 1\d s$/ });
  t.match(await why(course, 'behind'), { cause: 'prerequisites', why: /^waits for node held, which is generating; node backoff, which failed once with model_rate_limited, next try in 1\d s$/ });
  t.match(await why(course, 'limited'), { cause: 'course_limit', why: /6 of its course run or are queued/ });

  const { rows } = await operator.query("SELECT node_id, problem FROM ops.stuck_nodes WHERE course_map_id = $1 ORDER BY node_id", [course]);
  t.same(rows, [{ node_id: 'dead', problem: 'its worker is silent' }, { node_id: 'late', problem: 'its deadline has passed' }]);
  t.match((await operator.query("SELECT * FROM ops.queue WHERE queue = 'generate-node'")).rows, [{ ready: '4', delayed: '1', running: '0' }]);
});

t.test('why a node waits that was asked for again in a course that is over, and what keeps it from moving', async (t) => {
  const course = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, FAILED] }]);
  await append(owner, `course_map-${course}`, 2, [{ type: 'CourseMapCompleted', data: { completed_nodes: 0, failed_nodes: 1 } }]);
  t.equal(await why(course, 'n1'), undefined, 'it failed, and waits for nothing');
  await operator.query("SELECT ops.retry_failed($1, 'again')", [course]);
  t.match(await why(course, 'n1'), { cause: 'asked_again', why: /^was asked for again, of a course that is completed; it is about to be queued$/ });
  await owner.query("INSERT INTO subscriptions (name, position, paused_at) VALUES ('generation-reactor', 0, now())");
  t.match(await why(course, 'n1'), { why: /; the subscription generation-reactor, which takes it up, is paused$/ });
  await owner.query("DELETE FROM subscriptions WHERE name = 'generation-reactor'");
});

t.test("why a node waits that somebody's open transaction holds; and when nobody is there to work", async (t) => {
  const course = await courseOf({ queued: [] });
  await schedule(course, 'queued', 0);
  const service = await loginAs(t, url, 'coursewright_service');
  await service.client.query('BEGIN');
  await recordCourse(service.client, [{ id: 'n1' }]);
  const { rows: [it] } = await service.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  t.notMatch((await why(course, 'queued'))?.why, /transaction/, 'one that has just begun is no cause');
  while ((await operator.query('SELECT FROM ops.open_transactions WHERE pid = $1', [it!.pid])).rowCount === 0) await operator.query('SELECT pg_sleep(0.05)');
  t.match((await operator.query('SELECT * FROM ops.open_transactions')).rows, [{ pid: it!.pid, login: service.user, state: 'idle in transaction' }]);
  t.match((await why(course, 'queued'))?.why, new RegExp(`; ${service.user} \\(pid ${it!.pid}\\) has had a transaction open for [12] s, and may hold it$`));
  await service.client.query('ROLLBACK');
  t.notMatch((await why(course, 'queued'))?.why, /transaction/);

  await owner.query('SELECT pg_advisory_unlock_all()');
  t.match(await why(course, 'queued'), { cause: 'queued', why: /; no generation process is alive$/ });
  await owner.query("SELECT pg_advisory_lock(7001, lock_key) FROM workers WHERE id = 'generation-alive'");
});

t.test('why a course waits that has no map yet', async (t) => {
  const asked = randomUUID();
  await append(owner, `course_map-${asked}`, 0, [{ type: 'CourseMapRequested', data: { request: { topic: 'Bread' } } }]);
  t.match(await why(asked, null), { cause: 'not_planned', why: /^waits since \d+ s to be planned$/ });
  const data = { attempt: 1, worker_id: 'generation-dead', job_id: randomUUID(), deadline: '2099-01-01T00:00:00Z' };
  await append(owner, `course_map-${asked}`, 1, [{ type: 'CourseMapPlanningStarted', data }]);
  t.match(await why(asked, null), { cause: 'worker_silent', why: /generation-dead, which is silent/ });
});

t.test('a node that is done waits for nothing', async (t) => {
  const course = await recordCourse(owner, [{ id: 'done', events: [SCHEDULED, STARTED, COMPLETED] }]);
  t.equal(await why(course, 'done'), undefined);
});

t.test('failures of one kind are one row, however their messages differ in numbers; they are tried again together', async (t) => {
  const failed = (message: string): Event => ({ type: 'GenerationFailed', data: { attempt: 1, error: { code: 'model_overloaded', message }, retryable: false, final: true } });
  const courses = [];
  for (const request of ['request 4711 took 31 s', 'request 4712 took 30 s']) {
    courses.push(await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, failed(request)] }, { id: 'n2', events: [SCHEDULED, STARTED, FAILED] }]));
  }
  const of = async () => (await operator.query("SELECT * FROM ops.recent_failures WHERE code = 'model_overloaded'")).rows as Record<string, unknown>[];
  t.match(await of(), [{ failures: '2', final_failures: '2', streams: '2', still_failed: '2' }]);
  const { rows } = await operator.query('SELECT ops.retry_failures($1, $2) AS retried', [(await of())[0]!['fingerprint'], 'the provider is back']);
  t.same(rows, [{ retried: 2 }]);
  t.match(await of(), [{ failures: '2', still_failed: '0' }]);
  for (const course of courses) {
    t.match(await lastEvent(`node-${course}+n1`), { type: 'RetryRequested', metadata: { actor: user, via: 'psql', reason: 'the provider is back' } });
    t.match(await lastEvent(`node-${course}+n2`), { type: 'GenerationFailed' }, 'the other kind is left alone');
  }
});

t.test('what failed in a course that is archived by now still counts', async (t) => {
  const error = { code: 'model_gone', message: 'no such model' };
  const course = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, { type: 'GenerationFailed', data: { attempt: 1, error, retryable: false, final: true } }] }]);
  await append(owner, `course_map-${course}`, 2, [{ type: 'CourseMapCompleted', data: { completed_nodes: 0, failed_nodes: 1 } }]);
  const of = async () => (await operator.query("SELECT * FROM ops.recent_failures WHERE code = 'model_gone'")).rows as Record<string, unknown>[];
  const before = await of();
  t.match(before, [{ failures: '1', still_failed: '1' }]);
  await owner.query("SELECT archive_next_course('infinity', NULL)");
  t.same(await of(), before);
});

t.test('one cancelled course does not keep the failures of the others from being tried again', async (t) => {
  const failed: Event = { type: 'GenerationFailed', data: { attempt: 1, error: { code: 'model_moved', message: '410' }, retryable: false, final: true } };
  const [cancelled, open] = [await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, failed] }]), await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, failed] }])];
  await operator.query("SELECT ops.cancel_course($1, 'nobody wants it')", [cancelled]);
  t.same((await operator.query("SELECT ops.retry_failures(fingerprint, 'again') AS n FROM ops.recent_failures WHERE code = 'model_moved'")).rows, [{ n: 1 }]);
  t.match(await lastEvent(`node-${open}+n1`), { type: 'RetryRequested' });
  t.match(await refusal(operator.query("SELECT ops.retry_failed($1, 'again')", [cancelled])), { code: 'CW004', message: /is cancelled$/ });
});

t.test("a command's reason is its own: what is done by hand behind it has none of it", async (t) => {
  const course = await recordCourse(owner, [{ id: 'a', events: [SCHEDULED, STARTED, FAILED] }, { id: 'b', events: [SCHEDULED, STARTED] }]);
  await operator.query('BEGIN');
  await operator.query("SELECT ops.retry_failed($1, 'the provider is back')", [course]);
  await operator.query("UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = $1 AND node_id = 'b'", [course]);
  await operator.query('COMMIT');
  t.match(await lastEvent(`node-${course}+a`), { metadata: { reason: 'the provider is back' } });
  t.notOk('reason' in (await lastEvent(`node-${course}+b`)).metadata);
});

t.test('who has given a command has ten idle seconds, or fewer if he wants', async (t) => {
  const course = await recordCourse(owner, [{ id: 'a', events: [SCHEDULED, STARTED, FAILED] }]);
  const limit = async (): Promise<unknown> => (await operator.query("SHOW idle_in_transaction_session_timeout")).rows[0];
  const before = await limit();
  for (const [own, then] of [['0', '10s'], ['1min', '10s'], ['3s', '3s']]) {
    for (const sql of [`SELECT ops.retry_failed('${course}', 'thinking')`, "UPDATE node_contents SET generation_status = 'pending' WHERE node_id = 'nope'"]) {
      await operator.query('BEGIN');
      await operator.query(`SET LOCAL idle_in_transaction_session_timeout = '${own}'`);
      await operator.query(sql);
      t.same(await limit(), { idle_in_transaction_session_timeout: then }, `${own}: ${sql}`);
      await operator.query('ROLLBACK');
    }
  }
  t.same(await limit(), before, 'which ends with the transaction');
});

t.test('commands are events with the operator\'s name and reason', async (t) => {
  const course = await recordCourse(owner, [{ id: 'runs', events: [SCHEDULED, STARTED] }, { id: 'failed', events: [SCHEDULED, STARTED, FAILED] }, { id: 'too', events: [SCHEDULED, STARTED, FAILED] }]);
  await operator.query("SELECT ops.reset_node($1, 'runs', 'it hangs')", [course]);
  t.match(await lastEvent(`node-${course}+runs`), { type: 'GenerationInterrupted', data: { cause: 'operator' }, metadata: { actor: user, reason: 'it hangs' } });
  t.same((await operator.query("SELECT ops.retry_failed($1, 'again') AS n", [course])).rows, [{ n: 2 }]);
  t.match(await lastEvent(`node-${course}+too`), { type: 'RetryRequested', metadata: { actor: user, reason: 'again' } });
  await operator.query("SELECT ops.cancel_course($1, 'nobody wants it')", [course]);
  await operator.query("SELECT ops.cancel_course($1, 'nobody wants it')", [course]);
  t.match(await lastEvent(`course_map-${course}`), { type: 'CourseMapCancelled', data: { reason: 'nobody wants it' }, metadata: { actor: user, via: 'psql' } });
});

t.test('a reason is kept with an UPDATE by hand too, and ends with its transaction', async (t) => {
  const course = await recordCourse(owner, [{ id: 'a', events: [SCHEDULED, STARTED, FAILED] }, { id: 'b', events: [SCHEDULED, STARTED, FAILED] }]);
  await operator.query('BEGIN');
  await operator.query("SET LOCAL coursewright.reason = 'by hand'");
  await operator.query("UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = $1 AND node_id = 'a'", [course]);
  await operator.query('COMMIT');
  await operator.query("UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = $1 AND node_id = 'b'", [course]);
  t.match(await lastEvent(`node-${course}+a`), { metadata: { reason: 'by hand' } });
  t.notOk('reason' in (await lastEvent(`node-${course}+b`)).metadata);
});

const over = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED] }]);
const done = await recordCourse(owner, [{ id: 'n1', events: [SCHEDULED, STARTED, COMPLETED] }]);
await append(owner, `course_map-${done}`, 2, [{ type: 'CourseMapCompleted', data: { completed_nodes: 1, failed_nodes: 0 } }]);
for (const [what, sql, of, message, hint] of [
  ['without a reason', "SELECT ops.reset_node($1, 'n1', '')", over, /^node n1 of course [0-9a-f-]{36}: a reason is missing$/, /in the log/],
  ['for a node that is not there', "SELECT ops.reset_node($1, 'nope', 'why')", over, /^node nope of course .*: there is none/, /FROM node_contents WHERE course_map_id = '/],
  ['for a node that waits already', "SELECT ops.reset_node($1, 'n1', 'why')", over, /: is pending$/, /ops\.why_waiting/],
  ['for a node that is done', "SELECT ops.reset_node($1, 'n1', 'why')", done, /: is completed$/, /A finished card stays/],
  ['without a reason, for a course', "SELECT ops.cancel_course($1, NULL)", over, /^course [0-9a-f-]{36}: a reason is missing$/, /in the log/],
  ['for the failed nodes of a course that is not there', "SELECT ops.retry_failed(md5($1::text)::uuid, 'why')", over, /^course .*: there is no such course$/, /course_maps/],
  ['for a course that is not there', "SELECT ops.cancel_course(md5($1::text)::uuid, 'why')", over, /^course .*: there is no such course$/, /course_maps/],
  ['for a course that is over', "SELECT ops.cancel_course($1, 'why')", done, /^course .*: is completed$/, /is over/],
  ['for failures that nothing has', "SELECT ops.retry_failures('00000000', 'why') FROM (SELECT $1::uuid) x", over, /^failures of fingerprint 00000000: no failed node has it$/, /ops\.recent_failures/],
  ['with a story for a reason', `SELECT ops.cancel_course($1, repeat('x', 501))`, over, /: the reason has 501 characters$/, /At most 500/],
  ['without a reason, for failures', "SELECT ops.retry_failures('00000000', ' ') FROM (SELECT $1::uuid) x", over, /^failures of fingerprint 00000000: a reason is missing$/, /in the log/],
] as const) {
  t.test(`a command ${what} is refused, and changes nothing`, async (t) => {
    const head = await owner.query('SELECT max(position) AS head FROM event_positions');
    const refused = await refusal(operator.query(sql, [of]));
    t.match(refused, { code: 'CW004', message, hint });
    t.same((await owner.query('SELECT max(position) AS head FROM event_positions')).rows, head.rows);
  });
}

t.test('every view of ops answers an operator, with his own rights', async (t) => {
  const { rows } = await owner.query<{ name: string; invoker: boolean }>(`
    SELECT 'ops.' || relname AS name, coalesce('security_invoker=true' = ANY (reloptions), false) AS invoker
    FROM pg_class WHERE relnamespace = 'ops'::regnamespace AND relkind = 'v'`);
  t.ok(rows.length >= 10);
  for (const { name, invoker } of rows) {
    await t.resolves(operator.query(`SELECT * FROM ${name}`), name);
    t.ok(invoker, name);
  }
});

t.test('an open transaction of an operator who has given a command keeps no service from appending', async (t) => {
  const course = await recordCourse(owner, [{ id: 'a', events: [SCHEDULED, STARTED, FAILED] }]);
  await operator.query('BEGIN');
  await operator.query("SELECT ops.retry_failed($1, 'thinking')", [course]);
  const service: pg.Client = (await loginAs(t, url, 'coursewright_service')).client;
  await service.query("SET lock_timeout = '2s'");
  const other = await recordCourse(service, [{ id: 'n1', events: [SCHEDULED, STARTED] }]);
  t.match(await lastEvent(`node-${other}+n1`), { type: 'GenerationStarted' });
  await operator.query('ROLLBACK');
  t.match(await lastEvent(`node-${course}+a`), { type: 'GenerationFailed' }, 'and leaves no trace when it is rolled back');
});

/**
 * Nothing that an operator types can block the services: each command is left open in a transaction of a login of its own, beside
 * real processes, and what anybody asks for meanwhile is planned and written while it is open.
 */
import t from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startGatedModelServer } from '../fixtures/gated-model-server.ts';
import { createStack, type Stack } from '../fixtures/stack.ts';

const database = await testDatabase(t);
const model = await startGatedModelServer();
t.teardown(() => model.close());
const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', GENERATION_MAX_ATTEMPTS: '1', GENERATION_CONCURRENCY: '4' });
await stack.startGateway();
await stack.startGeneration();
const operator = await operatorOf(t, stack, database.url);

/** A course with n1 failed, and n2 being written by a worker that waits for the model. */
async function troubledCourse(topic: string): Promise<string> {
  model.hold('card');
  const before = model.waiting('card');
  const id = await stack.requestCourse(topic);
  await until('the first card is asked for', () => model.waiting('card') > before);
  model.answerInstead('card', { status: 404, body: '{}' });
  model.release('card', model.waiting('card'));
  await until('the first node has failed', async () => (await stack.nodesOf(id))['n1'] === 'failed');
  model.answerInstead('card', undefined);
  await until('the second is being written', async () => (await stack.nodesOf(id))['n2'] === 'generating' && model.waiting('card') > 0);
  return id;
}

const COMMANDS: readonly { readonly what: string; readonly sql: (course: string) => string }[] = [
  { what: 'ops.cancel_course', sql: (id) => `SELECT ops.cancel_course('${id}', 'thinking')` },
  { what: 'ops.reset_node', sql: (id) => `SELECT ops.reset_node('${id}', 'n2', 'thinking')` },
  { what: 'ops.retry_failed', sql: (id) => `SELECT ops.retry_failed('${id}', 'thinking')` },
  { what: 'ops.retry_failures', sql: () => "SELECT ops.retry_failures(fingerprint, 'thinking') FROM ops.recent_failures WHERE still_failed > 0" },
  { what: 'UPDATE node_contents', sql: (id) => `UPDATE node_contents SET generation_status = 'pending' WHERE course_map_id = '${id}' AND generation_status IN ('generating', 'failed')` },
  {
    what: 'every command of a subscription',
    sql: (id) => `
      SELECT ops.pause_subscription('recovery-requests', 'thinking'), ops.resume_subscription('recovery-requests', 'thinking');
      SELECT ops.park('recovery-requests', 'course_map-${id}', 'thinking');
      SELECT ops.unpark('recovery-requests', 'course_map-${id}', 'thinking');
      SELECT ops.rewind_subscription('recovery-requests', 0, 'thinking')`,
  },
  { what: 'all views of the shelf', sql: () => 'SELECT * FROM ops.why_waiting; SELECT * FROM ops.queue; SELECT * FROM ops.stuck_nodes; SELECT * FROM course_maps; SELECT * FROM events' },
];

for (const { what, sql } of COMMANDS) {
  t.test(`${what}, left open, holds up no other course`, async (t) => {
    const troubled = await troubledCourse(`Troubled by ${what}`);
    await operator.query('BEGIN');
    await operator.query(sql(troubled));
    // What a client does to the course meanwhile is the next thing that the services would trip over.
    const retried = stack.request(`/api/v1/course-map/${troubled}/nodes/n1/retry`, {});
    model.release('card');
    const other = await stack.requestCourse(`Beside ${what}`);
    // Open, and never idle for the ten seconds after which the server would end it.
    await until('the other course is completed', async () => {
      await operator.query('SELECT 1');
      return (await stack.statusOf(other)) === 'completed';
    });
    t.equal((await operator.query<{ state: string }>("SELECT 'open' AS state WHERE transaction_timestamp() < statement_timestamp()")).rowCount, 1,
      'while the transaction was open all along');
    await operator.query('ROLLBACK');
    const expected = (await retried).status === 202 ? 'completed' : 'partial_failed';
    await until('nothing of the course is left undone', async () => (await stack.statusOf(troubled)) === expected);
  });
}

t.test('an operator who draws positions before COMMIT is refused: he would hold the head of the log', async (t) => {
  const troubled = await troubledCourse('Troubled by constraints');
  await operator.query('BEGIN');
  await operator.query(`SELECT ops.cancel_course('${troubled}', 'thinking')`);
  await t.rejects(operator.query('SET CONSTRAINTS ALL IMMEDIATE'), { code: 'CW004' });
  await operator.query('ROLLBACK');
  model.release('card');
});

t.test('a transaction with a command in it that does nothing for ten seconds is ended by the server', async (t) => {
  const idle = await operatorOf(t, stack, database.url);
  const ended = new Promise<Error>((resolve) => idle.on('error', resolve));
  await idle.query('BEGIN');
  await idle.query("SELECT ops.pause_subscription('generation-reactor', 'and then the telephone rang')");
  const held = await stack.requestCourse('Behind the telephone');
  t.match(await ended, { code: '25P03' });
  await stack.completed(held);
});

async function operatorOf(t: TestContext, { db }: Stack, url: string): Promise<pg.Client> {
  const name = `cw_test_${randomBytes(4).toString('hex')}`;
  await db.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}' IN ROLE coursewright_operator`);
  const own = new URL(url);
  [own.username, own.password] = [name, name];
  const client = new pg.Client({ connectionString: own.href });
  await client.connect();
  t.teardown(async () => {
    await client.end().catch(() => undefined);
    await db.query(`DROP ROLE ${name}`);
  });
  return client;
}

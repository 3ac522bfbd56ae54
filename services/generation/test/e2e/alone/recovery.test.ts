/**
 * What becomes of courses when generation processes die: real processes, real SIGKILL, and a model that counts its
 * calls and answers when it is told to.
 */
import t from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { startGatedModelServer } from '../../fixtures/gated-model-server.ts';
import { createStack } from '../../fixtures/stack.ts';

async function setUp(t: TestContext & { name: string }) {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', GENERATION_CONCURRENCY: '4' });
  t.teardown(() => model.close());
  await stack.startGateway();
  return { database, model, stack };
}

const statusesOf = (nodes: Record<string, string>, status: string) =>
  Object.entries(nodes).filter(([, each]) => each === status).map(([id]) => id);

t.test('all generation processes killed while nodes generate: the next start takes the nodes back by an event and finishes', async (t) => {
  const { model, stack } = await setUp(t);
  const first = await stack.startGeneration();
  const second = await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Killed while generating');
  await until('a node generates', () => model.waiting('card') > 0);
  const interrupted = await until('nodes generate', async () => {
    const found = statusesOf(await stack.nodesOf(id), 'generating');
    return found.length > 0 && found;
  });
  await Promise.all([first.kill(), second.kill()]);

  const third = await stack.startGeneration();
  await third.says('Starting recovery process for incomplete tasks');
  const found = await third.says('Found incomplete tasks');
  t.equal(found['course_count'], 1);
  t.same(found['course_map_ids'], [id]);
  const reset = await third.says('Reset generating nodes to pending');
  t.equal(reset['count'], interrupted.length);
  t.equal((await third.says('Restarted generation task for course'))['course_map_id'], id);
  const done = await third.says('Recovery completed successfully');
  t.match(done['stats'], { courses_found: 1, nodes_reset: interrupted.length });

  const { rows } = await stack.db.query("SELECT data FROM events WHERE type = 'GenerationInterrupted'");
  t.equal(rows.length, interrupted.length, 'one interruption a node');
  t.ok(rows.every(({ data }) => data.cause === 'worker_lost'));
  model.release('card');
  await stack.completed(id);
});

t.test('killed with nodes pending: they are found and generated', async (t) => {
  const { model, stack } = await setUp(t);
  model.hold('plan');
  const first = await stack.startGeneration();
  const id = await stack.requestCourse('Killed while planning');
  await until('the plan is asked for', () => model.waiting('plan') === 1);
  await first.kill();
  // The plan was in flight; of the second process, nothing but the first node is.
  const second = await stack.startGeneration({ GENERATION_CONCURRENCY: '1' });
  model.hold('card');
  await until('the plan is asked for again', () => model.waiting('plan') === 1);
  model.release('plan');
  await until('the first card is asked for', () => model.waiting('card') === 1);
  model.release('card', 1);
  await until('more nodes are pending', async () => statusesOf(await stack.nodesOf(id), 'completed').length === 1);
  await second.kill();
  t.ok(statusesOf(await stack.nodesOf(id), 'pending').length > 0, 'nodes are pending and nobody is there');
  model.release('card');
  await stack.startGeneration();
  await stack.completed(id);
});

t.test('a restart with only completed courses recovers 0, 0, 0 and calls nobody', async (t) => {
  const { model, stack } = await setUp(t);
  const first = await stack.startGeneration();
  const id = await stack.requestCourse('Completed');
  await stack.completed(id);
  await first.stop();
  const calls = model.calls.length;
  const second = await stack.startGeneration();
  const { stats } = await second.says('Recovery completed successfully');
  t.same(stats, { courses_found: 0, nodes_reset: 0, tasks_restarted: 0 });
  t.equal(model.calls.length, calls);
  t.equal(await stack.statusOf(id), 'completed');
});

t.test('five courses in progress recover, and one whose recovery throws does not stop the others', async (t) => {
  const { model, stack } = await setUp(t);
  const first = await stack.startGeneration({ GENERATION_CONCURRENCY: '16' });
  model.hold('card');
  const ids: string[] = [];
  for (let n = 1; n <= 5; n += 1) ids.push(await stack.requestCourse(`In progress ${n}`));
  await until('every course generates', async () => {
    for (const id of ids) if (statusesOf(await stack.nodesOf(id), 'generating').length === 0) return false;
    return true;
  });
  await first.kill();
  const [poisoned, ...healthy] = ids;
  await stack.db.query(`
    CREATE FUNCTION refuse_poisoned() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'this course cannot be recovered'; END $$;
    CREATE TRIGGER a_poisoned BEFORE INSERT ON recorded_events FOR EACH ROW
    WHEN (NEW.stream LIKE '%${poisoned ?? ''}%') EXECUTE FUNCTION refuse_poisoned();`);
  const second = await stack.startGeneration({ GENERATION_CONCURRENCY: '16' });
  model.release('card');
  for (const id of healthy) await stack.completed(id);
  const failed = await second.says('Failed to restart generation for course');
  t.equal(failed['course_map_id'], poisoned);

  await stack.db.query('DROP TRIGGER a_poisoned ON recorded_events');
  await stack.completed(poisoned ?? '');
});

t.test('a partly completed course: completed nodes are not generated again', async (t) => {
  const { model, stack } = await setUp(t);
  const first = await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Partly completed', 'Fast');
  for (let done = 1; done <= 3; done += 1) {
    await until('a card is asked for', () => model.waiting('card') > 0);
    model.release('card', 1);
    await until(`${done} nodes are completed`, async () => statusesOf(await stack.nodesOf(id), 'completed').length === done);
  }
  await first.kill();
  const answeredBefore = model.answeredCards().map(({ subject }) => subject);
  model.release('card');
  await stack.startGeneration();
  await stack.completed(id);
  const subjects = model.calls.filter(({ kind }) => kind === 'card').map(({ subject }) => subject);
  for (const subject of answeredBefore) {
    t.equal(subjects.filter((each) => each === subject).length, 1, `${subject} was asked for once`);
  }
});

t.test('one of two processes killed: its nodes go on with the other, whose own are untouched', async (t) => {
  const { model, stack } = await setUp(t);
  // Three nodes for two slots: the third is left for the process that starts later.
  const doomed = await stack.startGeneration({ GENERATION_CONCURRENCY: '2' });
  model.hold('card');
  const ids = await Promise.all([1, 2, 3].map((n) => stack.requestCourse(`Two processes ${n}`)));
  await until('the first process has its hands full', () => model.waiting('card') === 2);
  const survivor = await stack.startGeneration();
  const both = await until('both processes hold nodes', async () => {
    const { rows } = await stack.db.query<{ worker_id: string; n: string }>(
      "SELECT worker_id, count(*) AS n FROM node_states WHERE status = 'generating' GROUP BY worker_id",
    );
    return rows.length === 2 && rows;
  });
  t.same(both.map(({ worker_id }) => worker_id).sort(), [doomed.workerId, survivor.workerId].sort());
  await doomed.kill();
  await until('no node is held by the dead', async () => {
    const { rows } = await stack.db.query(
      "SELECT FROM node_states WHERE worker_id = $1 AND status = 'generating'", [doomed.workerId]);
    const { rows: restarted } = await stack.db.query(
      "SELECT FROM events WHERE type = 'GenerationStarted' AND (data ->> 'attempt')::int = 2");
    return rows.length === 0 && restarted.length > 0;
  });
  const { rows } = await stack.db.query<{ worker_id: string }>(
    "SELECT data ->> 'worker_id' AS worker_id FROM events WHERE type = 'GenerationInterrupted'");
  t.ok(rows.length > 0 && rows.every(({ worker_id }) => worker_id === doomed.workerId), 'only its own nodes were interrupted');
  model.release('card');
  for (const id of ids) await stack.completed(id);
});

t.test('two processes recover at the same instant: each node is scheduled again once', async (t) => {
  const { model, stack } = await setUp(t);
  const first = await stack.startGeneration({ GENERATION_CONCURRENCY: '12' });
  model.hold('card');
  const ids = await Promise.all([1, 2, 3, 4].map((n) => stack.requestCourse(`Same instant ${n}`)));
  await until('every course generates', async () => {
    for (const id of ids) if (statusesOf(await stack.nodesOf(id), 'generating').length === 0) return false;
    return true;
  });
  await first.kill();
  await Promise.all([stack.startGeneration(), stack.startGeneration(), stack.startGeneration()]);
  await until('nothing is held by the dead', async () => {
    const { rows } = await stack.db.query("SELECT FROM node_states WHERE worker_id = $1", [first.workerId]);
    return rows.length === 0;
  });
  model.release('card');
  for (const id of ids) await stack.completed(id);
  const { rows } = await stack.db.query(`
    SELECT stream, data ->> 'attempt' AS attempt, count(*) FROM events
    WHERE type IN ('GenerationInterrupted', 'GenerationScheduled') GROUP BY stream, type, attempt HAVING count(*) > 1`);
  t.same(rows, [], 'no attempt was interrupted or scheduled twice');
});

t.test('the recovery endpoint leaves a healthy course alone; with force it acts as a restart', async (t) => {
  const { model, stack } = await setUp(t);
  await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Healthy');
  await until('a card is asked for', () => model.waiting('card') > 0);
  const calls = model.calls.length;
  const safe = await stack.request('/api/v1/course-map/admin/recover-tasks', {});
  t.equal(safe.status, 200);
  t.same(safe.body, { message: 'Recovery completed', stats: { courses_found: 1, nodes_reset: 0, tasks_restarted: 0 } });
  t.equal(model.calls.length, calls, 'no call was repeated');

  const held = statusesOf(await stack.nodesOf(id), 'generating').length;
  const forced = await stack.request('/api/v1/course-map/admin/recover-tasks?force=true', {});
  t.equal(forced.body.stats.nodes_reset, held);
  await until('the card is asked for again', () => model.calls.length > calls);
  model.release('card');
  await stack.completed(id);
});

t.test('a recovery that throws at start-up is logged, and the process serves', async (t) => {
  const { stack } = await setUp(t);
  await stack.db.query('ALTER FUNCTION silent_workers() RENAME TO silent_workers_away');
  const generation = await stack.startGeneration();
  await generation.says('Recovery failed during startup');
  const id = await stack.requestCourse('Recovery is broken');
  await stack.completed(id);
});

t.test('a process that is told to stop hands its nodes over and exits with 0', async (t) => {
  const { model, stack } = await setUp(t);
  const first = await stack.startGeneration({ SHUTDOWN_GRACE_MS: '100' });
  model.hold('card');
  const id = await stack.requestCourse('Handed over');
  await until('a card is asked for', () => model.waiting('card') > 0);
  t.equal(await first.stop(), 0);
  const { rows } = await stack.db.query("SELECT data ->> 'cause' AS cause FROM events WHERE type = 'GenerationInterrupted'");
  t.ok(rows.length > 0 && rows.every(({ cause }) => cause === 'shutdown'));
  model.release('card');
  await stack.startGeneration();
  await stack.completed(id);
});

/**
 * What becomes of courses when the gateway or the database goes away: real processes, and a Postgres of the test's own.
 */
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { migrate, startLocalPostgres } from '@coursewright/db';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { freePort, until } from '@coursewright/events/testing';
import { startGatedModelServer } from '../fixtures/gated-model-server.ts';
import { createStack } from '../fixtures/stack.ts';

t.test('a gateway killed during generate: the course exists and completes', async (t) => {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated' });
  t.teardown(() => model.close());
  const gateway = await stack.startGateway();
  await stack.startGeneration();
  model.hold('plan');
  const asked = { topic: 'Gateway', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 };
  const answer = stack.request('/api/v1/course-map/generate', asked).catch(() => 'cut off');
  await until('the plan is asked for', () => model.waiting('plan') === 1);
  await gateway.kill();
  t.equal(await answer, 'cut off');
  model.release('plan');
  const id = await until('the course exists', async () => {
    const { rows } = await stack.db.query<{ id: string }>('SELECT id FROM course_maps');
    return rows[0]?.id;
  });
  await stack.completed(id);
});

t.test('Postgres away for 10 s: 503 meanwhile, then everything completes; no process ends', async (t) => {
  const where = await ownDataFolder(t);
  let postgres = await startLocalPostgres(where);
  t.teardown(() => postgres.stop());
  await migrate(postgres.url);
  const model = await startGatedModelServer();
  const stack = createStack(t, postgres.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', GENERATION_CONCURRENCY: '4' });
  t.teardown(() => model.close());
  const processes = [await stack.startGateway(), await stack.startGeneration(), await stack.startGeneration()];
  model.hold('card');
  const ids = [await stack.requestCourse('Outage 1'), await stack.requestCourse('Outage 2')];
  await until('cards are asked for', () => model.waiting('card') >= 2);

  await postgres.stop('immediate');
  const away = await stack.request(`/api/v1/course-map/${ids[0] ?? ''}/progress`);
  t.equal(away.status, 503);
  t.equal(away.body.code, 'database_unavailable');
  // Answers that were paid for arrive while there is no database to put them into.
  model.release('card', 2);
  await sleep(10_000); // The outage itself: its length is what is tested.
  t.equal((await stack.request('/healthz')).status, 503);
  postgres = await startLocalPostgres(where);

  await until('the gateway serves again', async () => (await stack.request('/healthz')).status === 200);
  await until('the held answers are recorded', async () => {
    const { rows } = await stack.db.query("SELECT FROM events WHERE type = 'GenerationCompleted'").catch(() => ({ rows: [] }));
    return rows.length >= 2;
  });
  const { rows: interrupted } = await stack.db.query("SELECT FROM events WHERE type = 'GenerationInterrupted'");
  t.equal(interrupted.length, 0, 'nobody was taken for dead');
  model.release('card');
  for (const id of ids) await stack.completed(id);
  const cards = model.calls.filter(({ kind }) => kind === 'card').map(({ subject }) => subject);
  t.equal(new Set(cards).size, cards.length, 'no card was asked for twice');
  for (const { child, log } of processes) {
    t.equal(child.exitCode, null, 'the process is still there');
    t.notOk(log.some(({ msg }) => msg === 'A defect ended this process'));
  }
});

t.test('a worker that dies with the database: what it held goes on, and the loss counts against nothing', async (t) => {
  const where = await ownDataFolder(t);
  let postgres = await startLocalPostgres(where);
  t.teardown(() => postgres.stop());
  await migrate(postgres.url);
  const model = await startGatedModelServer();
  const stack = createStack(t, postgres.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated' });
  t.teardown(() => model.close());
  await stack.startGateway();
  const dies = await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Lost with the database');
  await until('a card is asked for', () => model.waiting('card') >= 1);
  await stack.startGeneration();
  await postgres.stop('immediate');
  await dies.kill();
  postgres = await startLocalPostgres(where);

  const interrupted = await until('its work was taken back', async () => {
    const { rows } = await stack.db.query<{ cause: string; interruptions: number }>(`
      SELECT e.data ->> 'cause' AS cause, n.interruptions FROM events e
      JOIN node_states n ON n.course_map_id = $1 AND e.stream = 'node-' || $1 || '+' || n.node_id
      WHERE e.type = 'GenerationInterrupted'`, [id]).catch(() => ({ rows: [] }));
    return rows.length > 0 && rows;
  });
  t.same(new Set(interrupted.map(({ cause, interruptions }) => `${cause}, ${interruptions} counted`)), new Set(['database_lost, 0 counted']));
  model.release('card');
  await stack.completed(id);
});

t.test('a gateway that is told to stop answers those who wait for a plan with 202 and where it will be', async (t) => {
  const database = await testDatabase(t);
  const stack = createStack(t, database.url, {});
  const gateway = await stack.startGateway();
  const asked = { topic: 'Deploy', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 };
  const waiting = stack.request('/api/v1/course-map/generate', asked);
  const id = await until('the course is on record', async () => {
    const { rows } = await stack.db.query<{ id: string }>('SELECT id FROM course_maps');
    return rows[0]?.id;
  });
  const exit = gateway.stop();
  t.match(await waiting, { status: 202, body: { course_map_id: id, overall_status: 'initializing' } });
  t.equal(await exit, 0);
});

/** Where a Postgres of the test's own keeps its data, and listens, each time that it is started. */
async function ownDataFolder(t: TestContext): Promise<{ dataDir: string; port: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'coursewright-outage-'));
  await chmod(folder, 0o755);
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return { dataDir: join(folder, 'data'), port: await freePort() };
}

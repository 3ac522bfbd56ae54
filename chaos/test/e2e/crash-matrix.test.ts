/**
 * Every point at which a process can die, one by one: what it leaves, who heals it, and what it costs. docs/recovery.md has
 * the argument; this has each row of it.
 *
 * CRASH_MATRIX_ROUNDS plays every point more than once.
 */
import t from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { prove } from '@coursewright/prove';
import { until } from '@coursewright/events/testing';
import { createStack, type ServiceProcess } from '../../../services/generation/test/fixtures/stack.ts';
import { answerWell, startScriptedModelServer, type ModelReply } from '../../../services/generation/test/fixtures/scripted-model-server.ts';

const ROUNDS = Number(process.env['CRASH_MATRIX_ROUNDS'] ?? 1);

async function setUp(t: TestContext & { name: string }, firstReply?: ModelReply) {
  const database = await testDatabase(t);
  const model = await startScriptedModelServer((request) => (request.number === 1 && firstReply !== undefined ? firstReply : answerWell(request)));
  t.teardown(() => model.close());
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'scripted', GENERATION_CONCURRENCY: '4' });
  await stack.startGateway();
  return { database, model, stack };
}

type Scene = Awaited<ReturnType<typeof setUp>>;

/** The course has come to its end, the log is whole, and so many calls were made that had been made before. */
async function concludes(t: Pick<typeof import('tap').t, 'same' | 'equal' | 'ok'>, { database, model, stack }: Scene, id: string, extraCalls: number) {
  await stack.completed(id);
  const asked = model.requests.map(({ body }) => body);
  t.equal(asked.length - new Set(asked).size, extraCalls, 'calls that had been made before');
  const proof = await prove({ databaseUrl: database.url, finished: true });
  t.same(proof.verdicts.filter(({ holds }) => !holds), []);
}

async function hitAndKill(worker: ServiceProcess): Promise<void> {
  await worker.says('failpoint');
  await worker.kill();
}

/** Where a worker dies, and how many calls that had been made before are made again. */
const POINTS: readonly [point: string, what: string, extraCalls: number][] = [
  ['K1', 'before its claim is committed', 0],
  ['K2', 'after its claim is committed', 0],
  ['K5', 'with an answer that is nowhere but in its memory', 1],
  ['K5j', 'with an answer that the journal has', 0],
  ['K6', 'before its completion is committed', 0],
  ['K7', 'after its completion is committed, before it knows', 0],
];

for (let round = 1; round <= ROUNDS; round += 1) {
  for (const [point, what, extraCalls] of POINTS) {
    t.test(`${point}: a worker that is killed ${what} costs ${extraCalls} calls, round ${round}`, async (t) => {
      const scene = await setUp(t);
      const victim = await scene.stack.startGenerationWithFailpoint(point);
      const id = await scene.stack.requestCourse(`Crash at ${point}`);
      await hitAndKill(victim);
      await scene.stack.startGeneration();
      await concludes(t, scene, id, extraCalls);
    });
  }

  for (const [point, what, reply] of [
    ['K3', 'while it waits for the first byte', { do: 'hang' }],
    ['K4', 'in the middle of an answer', { do: 'drip', everyMs: 50 }],
  ] as const) {
    t.test(`${point}: a worker that is killed ${what} costs 1 call, round ${round}`, async (t) => {
      const scene = await setUp(t, reply);
      const victim = await scene.stack.startGeneration();
      const id = await scene.stack.requestCourse(`Crash at ${point}`);
      await until('the call is under way', () => scene.model.requests.length === 1 && (point === 'K3' || scene.model.sentBytes() > 2));
      await victim.kill();
      await scene.stack.startGeneration();
      await concludes(t, scene, id, 1);
    });
  }

  t.test(`K8: a worker that is killed after all is told costs no call, round ${round}`, async (t) => {
    const scene = await setUp(t);
    const victim = await scene.stack.startGeneration();
    const id = await scene.stack.requestCourse('Crash at K8');
    await scene.stack.completed(id);
    await victim.kill();
    await scene.stack.startGeneration();
    await concludes(t, scene, id, 0);
  });

  for (const point of ['R1', 'R2', 'R3', 'R4']) {
    t.test(`${point}: a process that is killed while it recovers another costs nothing more, round ${round}`, async (t) => {
      const scene = await setUp(t);
      // Its claim is committed and its call not made: the cheapest death, so that whatever is paid for twice is recovery's fault.
      const dead = await scene.stack.startGenerationWithFailpoint('K2');
      const id = await scene.stack.requestCourse(`Crash at ${point}`);
      await hitAndKill(dead);
      await hitAndKill(await scene.stack.startGenerationWithFailpoint(point));
      await scene.stack.startGeneration();
      await concludes(t, scene, id, 0);
    });
  }

  for (const point of ['K2', 'K7']) {
    t.test(`${point}, answer lost: a worker whose COMMIT is answered to nobody goes on, and no call is made twice, round ${round}`, async (t) => {
      const scene = await setUp(t);
      const worker = await scene.stack.startGenerationWithFailpoint(point, { FAILPOINT_LOSES: '1' });
      const id = await scene.stack.requestCourse(`Answer lost at ${point}`);
      await worker.says('failpoint');
      await concludes(t, scene, id, 0);
      t.equal(worker.child.exitCode, null);
    });
  }

  for (const [point, extraCalls] of [['K2', 0], ['K5', 1], ['K5j', 0], ['K6', 0]] as const) {
    t.test(`${point}, frozen: a worker that thaws when its work is done elsewhere changes nothing, round ${round}`, async (t) => {
      const scene = await setUp(t);
      const victim = await scene.stack.startGenerationWithFailpoint(point);
      const id = await scene.stack.requestCourse(`Frozen at ${point}`);
      await victim.says('failpoint');
      victim.child.kill('SIGSTOP');
      await scene.stack.startGeneration();
      await scene.stack.completed(id);
      victim.child.kill('SIGCONT');
      victim.child.stdin?.write('go\n');
      await victim.says('Beacon taken again');
      // It works again: what it is asked for now gets done by it or the other.
      await scene.stack.completed(await scene.stack.requestCourse(`After the thaw at ${point}`));
      await concludes(t, scene, id, extraCalls);
      t.equal(victim.child.exitCode, null);
    });
  }
}

t.test('eight processes that start at once take back what a dead one held, once', async (t) => {
  const scene = await setUp(t, { do: 'hang' });
  const dead = await scene.stack.startGeneration();
  const id = await scene.stack.requestCourse('Eight at once');
  await until('it asks', () => scene.model.requests.length === 1);
  await dead.kill();
  await Promise.all(Array.from({ length: 8 }, () => scene.stack.startGeneration()));
  await concludes(t, scene, id, 1);
  const { rows } = await scene.stack.db.query("SELECT count(*)::int AS n FROM events WHERE type LIKE '%Interrupted'");
  t.same(rows, [{ n: 1 }]);
});

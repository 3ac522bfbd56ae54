/**
 * A process that is frozen, cut off or busy: its lease is kept by the server, so it is seen to be silent when it is, and
 * left alone when it only computes or reconnects.
 */
import t, { type Test } from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { startGatedModelServer } from '../../fixtures/gated-model-server.ts';
import { createStack, type ServiceProcess } from '../../fixtures/stack.ts';

/** See death-watch.ts: how long others wait for a worker without its beacon, and without its listener besides. */
const GRACE_MS = 250;
const VANISHED_GRACE_MS = 200;

async function setUp(t: TestContext & { name: string }) {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', GENERATION_CONCURRENCY: '2' });
  t.teardown(() => model.close());
  await stack.startGateway();
  const interruptions = async (workerId: string) => {
    const { rows } = await stack.db.query<{ cause: string; at: Date }>(
      "SELECT data ->> 'cause' AS cause, recorded_at AS at FROM events WHERE type = 'GenerationInterrupted' AND data ->> 'worker_id' = $1", [workerId]);
    return rows;
  };
  const nodesInHand = async (workerId: string) => {
    const { rows } = await stack.db.query<{ nodes: number }>("SELECT nodes_in_hand::int AS nodes FROM ops.workers WHERE id = $1", [workerId]);
    return rows[0]?.nodes ?? 0;
  };
  return { model, stack, interruptions, nodesInHand };
}

/** The longest that a worker took to have its beacon again, in milliseconds. */
function slowestRetakeMs({ log }: ServiceProcess): number {
  const at = (message: string): number[] => log.filter(({ msg }) => msg === message).map(({ time }) => Date.parse(String(time)));
  const lost = at('Beacon lost with its connection, taking it again');
  return Math.max(...at('Beacon taken again').map((taken, index) => taken - (lost[index] ?? Number.NaN)));
}

/** What a living worker is promised, it is promised within the grace; on a machine that was slower, nothing can be said. */
function nothingWasTaken(t: Pick<Test, 'same' | 'pass'>, workers: readonly ServiceProcess[], graceMs: number, taken: readonly unknown[]): void {
  const slowestMs = Math.max(...workers.map(slowestRetakeMs));
  if (taken.length > 0 && slowestMs >= graceMs) t.pass('taken while it was away for longer than the grace', { skip: `it took ${slowestMs} ms to connect again here, and the grace is ${graceMs} ms` });
  else t.same(taken, []);
}

t.test('a frozen worker loses its nodes while it is frozen; thawed, it counts for nothing that it held, and works again', async (t) => {
  const { model, stack, interruptions, nodesInHand } = await setUp(t);
  const frozen = await stack.startGeneration();
  const other = await stack.startGeneration();
  model.hold('card');
  const ids = [await stack.requestCourse('Frozen 1'), await stack.requestCourse('Frozen 2'), await stack.requestCourse('Frozen 3')];
  await until('both hold nodes', async () => (await nodesInHand(frozen.workerId)) > 0 && (await nodesInHand(other.workerId)) > 0);

  const held = await nodesInHand(frozen.workerId);
  frozen.child.kill('SIGSTOP');
  const lost = await until('its nodes are taken back', async () => {
    const found = await interruptions(frozen.workerId);
    return found.length >= held && found;
  });
  t.same(new Set(lost.map(({ cause }) => cause)), new Set(['worker_lost']));
  t.same(await interruptions(other.workerId), [], "the other's nodes are untouched");

  frozen.child.kill('SIGCONT');
  await frozen.says('Beacon taken again');
  model.release('card');
  for (const id of ids) await stack.completed(id);
  await other.stop();
  await stack.completed(await stack.requestCourse('After the thaw'));
  t.equal(frozen.child.exitCode, null);
});

t.test('a worker whose liveness session is ended takes its lock again, and nothing is taken from it', async (t) => {
  const { model, stack, interruptions, nodesInHand } = await setUp(t);
  const worker = await stack.startGeneration();
  const other = await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Cut off');
  await until('a node is in hand', async () => (await nodesInHand(worker.workerId)) + (await nodesInHand(other.workerId)) > 0);
  // One at a time, so that the other is there to judge; and both at once.
  const END = 'SELECT pg_terminate_backend(b.backend_pid) FROM held_beacons b JOIN workers w ON w.lock_key = b.lock_key WHERE w.id = ANY ($1)';
  const taken = new Map([[worker, 0], [other, 0]]);
  for (const victims of [[worker], [other], [worker, other], [worker], [worker], [other, worker], [worker]]) {
    await stack.db.query(END, [victims.map(({ workerId }) => workerId)]);
    for (const each of victims) {
      taken.set(each, taken.get(each)! + 1);
      await until('the beacon is taken again', () => each.log.filter(({ msg }) => msg === 'Beacon taken again').length >= taken.get(each)!);
    }
  }
  model.release('card');
  await stack.completed(id);
  const cards = model.calls.filter(({ kind }) => kind === 'card').map(({ subject }) => subject);
  const askedTwice = cards.filter((subject, index) => cards.indexOf(subject) < index);
  nothingWasTaken(t, [worker, other], GRACE_MS, [...(await interruptions(worker.workerId)), ...(await interruptions(other.workerId)), ...askedTwice]);
});

t.test('a worker that loses both of its direct sessions at once takes them again, and nothing is taken from it', async (t) => {
  const { model, stack, interruptions, nodesInHand } = await setUp(t);
  const worker = await stack.startGeneration();
  model.hold('card');
  const ids = [await stack.requestCourse('Both 1'), await stack.requestCourse('Both 2')];
  await until('it holds nodes', async () => (await nodesInHand(worker.workerId)) > 0);
  const judge = await stack.startGeneration(); // Earlier, it might have taken all the nodes.
  await judge.says('Recovery completed successfully'); // A process that starts has the machine to itself for a while.
  const BOTH = `
    SELECT pg_terminate_backend(pid) FROM (
      SELECT b.backend_pid AS pid FROM held_beacons b JOIN workers w ON w.lock_key = b.lock_key WHERE w.id = $1
      UNION ALL
      SELECT pid FROM pg_stat_activity WHERE application_name = 'coursewright-listener ' || $1) sessions`;
  for (let times = 1; times <= 3; times += 1) {
    t.equal((await stack.db.query(BOTH, [worker.workerId])).rowCount, 2);
    await until('the beacon is taken again', () => worker.log.filter(({ msg }) => msg === 'Beacon taken again').length >= times);
    await until('it listens again', async () => (await stack.db.query('SELECT FROM listening_workers() l WHERE l = $1', [worker.workerId])).rowCount === 1);
  }
  model.release('card');
  for (const id of ids) await stack.completed(id);
  nothingWasTaken(t, [worker], VANISHED_GRACE_MS, await interruptions(worker.workerId));
});

t.test('what a frozen worker had been answered is used when it thaws, and the calls that others make for it are ended', async (t) => {
  const { model, stack, nodesInHand } = await setUp(t);
  const frozen = await stack.startGeneration();
  model.hold('card');
  const ids = [await stack.requestCourse('Thaw 1'), await stack.requestCourse('Thaw 2')];
  await until('it asks for two cards', () => model.waiting('card') === 2);
  const other = await stack.startGeneration();
  frozen.child.kill('SIGSTOP');
  await until('the other asks for the same cards', async () => model.waiting('card') === 4 && (await nodesInHand(other.workerId)) === 2);
  model.release('card', 2); // The older calls: those of the frozen one.
  frozen.child.kill('SIGCONT');
  await until('both are adopted', () => frozen.log.filter(({ msg }) => msg === 'Result came late, and the node has adopted it').length === 2);
  await until("the other's calls are ended", () => other.log.filter(({ msg }) => msg === 'Node was taken away, its call is ended').length === 2);
  model.release('card');
  for (const id of ids) await stack.completed(id);
  const answered = model.answeredCards().map(({ subject }) => subject);
  t.equal(new Set(answered).size, answered.length, 'no card was answered twice');
  const { rows } = await stack.db.query("SELECT count(*)::int AS late FROM events WHERE type = 'LateResultReceived'");
  t.same(rows, [{ late: 2 }]);
});

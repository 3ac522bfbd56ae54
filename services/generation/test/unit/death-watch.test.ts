/**
 * Who counts as dead: a worker whose beacon was missing in two looks, far enough apart, without having been seen in
 * between. Time is a clock that the test moves.
 */
import t from 'tap';
import { createDeathWatch, type Witness } from '../../src/application/death-watch.ts';
import type { SilentWorker, WorkerDirectory } from '../../src/application/worker-directory.ts';

const GRACE_MS = 250;
const VANISHED_GRACE_MS = 200;
const OUTAGE_GRACE_MS = 3000;
const WITNESS = 'the one that looks';

t.test('one look never takes anybody for dead', async (t) => {
  const { watch, silence } = watchOver();
  silence('a', 'b');
  t.same(await watch.look(), []);
});

t.test('a worker that is silent in a second look after the pause is dead, and it is said for how long', async (t) => {
  const { watch, silence, pass } = watchOver();
  silence('a');
  await watch.look();
  pass(GRACE_MS - 1);
  t.same(await watch.look(), [], 'too early');
  pass(1);
  t.match(await watch.look(), [{ workerId: 'a', lockKey: 1, detectedAfterMs: GRACE_MS, cause: 'worker_lost' }]);
  pass(700);
  t.match(await watch.look(), [{ workerId: 'a', detectedAfterMs: GRACE_MS + 700 }], 'and stays dead until its work is taken');
});

t.test('two looks right after each other are not enough', async (t) => {
  const { watch, silence } = watchOver();
  silence('a');
  t.same([await watch.look(), await watch.look()], [[], []]);
});

t.test('each worker\'s silence counts from its own beginning', async (t) => {
  const { watch, silence, pass } = watchOver();
  silence('a');
  await watch.look();
  pass(200);
  silence('a', 'b');
  await watch.look();
  pass(150);
  t.same((await watch.look()).map(({ workerId }) => workerId), ['a']);
  pass(150);
  t.same((await watch.look()).map(({ workerId }) => workerId), ['a', 'b']);
});

t.test('a worker that is seen again is forgotten: its next silence counts from the beginning', async (t) => {
  const { watch, silence, pass } = watchOver();
  silence('a');
  await watch.look();
  pass(250);
  silence();
  await watch.look();
  pass(100);
  silence('a');
  t.same(await watch.look(), []);
  pass(GRACE_MS - 1);
  t.same(await watch.look(), []);
  pass(1);
  t.match(await watch.look(), [{ workerId: 'a', detectedAfterMs: GRACE_MS }]);
});

t.test('a worker whose listener is gone too is waited for less long', async (t) => {
  const { watch, vanish, pass } = watchOver();
  vanish('a');
  await watch.look();
  pass(VANISHED_GRACE_MS - 1);
  t.same(await watch.look(), []);
  pass(1);
  t.match(await watch.look(), [{ workerId: 'a', detectedAfterMs: VANISHED_GRACE_MS }]);
});

t.test('a worker whose listener comes back before its beacon is waited for as one that lost its beacon alone', async (t) => {
  const { watch, vanish, silence, pass } = watchOver();
  vanish('a');
  await watch.look();
  silence('a');
  pass(GRACE_MS - 1);
  t.same(await watch.look(), []);
  pass(1);
  t.match(await watch.look(), [{ workerId: 'a' }]);
});

t.test('after the database was restarted the want of a listener shortens nothing', async (t) => {
  const { watch, vanishWithTheDatabase, pass } = watchOver();
  vanishWithTheDatabase('a');
  await watch.look();
  pass(OUTAGE_GRACE_MS - 1);
  t.same(await watch.look(), []);
});

t.test('after the database was restarted a silent worker is given longer', async (t) => {
  const { watch, silenceAfterRestart, pass } = watchOver();
  silenceAfterRestart('a');
  await watch.look();
  pass(OUTAGE_GRACE_MS - 1);
  t.same(await watch.look(), []);
  pass(1);
  t.match(await watch.look(), [{ workerId: 'a', detectedAfterMs: OUTAGE_GRACE_MS, cause: 'database_lost' }], 'and it was the database that took its work');
});

t.test('a directory that cannot be read condemns nobody, and forgets nobody', async (t) => {
  const { watch, silence, pass, breakDirectory } = watchOver();
  silence('a');
  await watch.look();
  pass(GRACE_MS);
  const mend = breakDirectory();
  await t.rejects(watch.look());
  mend();
  t.match(await watch.look(), [{ workerId: 'a' }]);
});

t.test('settling looks until each suspicion is settled: dead, or seen again', async (t) => {
  const { watch, silence, pass, onLook } = watchOver();
  silence('dies', 'comes back');
  onLook((looks) => {
    pass(100);
    if (looks === 3) silence('dies');
  });
  t.match(await watch.settle(), [{ workerId: 'dies' }]);
});

t.test('settling ends, though a worker comes and goes for ever', async (t) => {
  const { watch, silence, pass, onLook } = watchOver();
  onLook((looks) => {
    pass(200);
    silence(...(looks % 2 === 0 ? [] : ['flapping']), 'dead');
  });
  t.match(await watch.settle(), [{ workerId: 'dead' }], 'and tells who is dead');
});

t.test('settling while cut off waits for the beacon', async (t) => {
  const { watch, silence, pass, onLook, loseOwnBeacon, takeOwnBeacon } = watchOver();
  silence('a');
  loseOwnBeacon();
  onLook((looks) => {
    pass(100);
    if (looks === 3) takeOwnBeacon();
  });
  t.match(await watch.settle(), [{ workerId: 'a' }]);
});

t.test('settling with nobody silent ends at the first look', async (t) => {
  const { watch, onLook } = watchOver();
  let looks = 0;
  onLook((number) => (looks = number));
  t.same(await watch.settle(), []);
  t.equal(looks, 1);
});

t.test('one whose own beacon is not held condemns nobody, and starts again once it is', async (t) => {
  const { watch, silence, pass, loseOwnBeacon, takeOwnBeacon } = watchOver();
  silence('a');
  await watch.look();
  loseOwnBeacon();
  pass(10_000);
  t.same(await watch.look(), []);
  takeOwnBeacon();
  t.same(await watch.look(), [], 'what was suspected before counts no more');
});

t.test('after an outage of its own it gives others as long as after an outage of the database', async (t) => {
  const { watch, silence, pass, loseOwnBeacon, takeOwnBeacon } = watchOver();
  loseOwnBeacon();
  takeOwnBeacon();
  silence('a');
  await watch.look();
  pass(OUTAGE_GRACE_MS - 1);
  t.same(await watch.look(), []);
  pass(1);
  t.match(await watch.look(), [{ workerId: 'a', cause: 'database_lost' }]);
});

t.test('an outage that is long over is no excuse', async (t) => {
  const { watch, silence, pass, loseOwnBeacon, takeOwnBeacon } = watchOver();
  loseOwnBeacon();
  takeOwnBeacon();
  pass(OUTAGE_GRACE_MS);
  silence('a');
  await watch.look();
  pass(GRACE_MS);
  t.match(await watch.look(), [{ workerId: 'a', cause: 'worker_lost' }]);
});

t.test('it knows for how long ago it was cut off itself', async (t) => {
  const { watch, pass, loseOwnBeacon, takeOwnBeacon } = watchOver();
  t.equal(watch.wasCutOffWithin(1000), false, 'never yet');
  loseOwnBeacon();
  t.equal(watch.wasCutOffWithin(1000), true, 'it is at this moment');
  takeOwnBeacon();
  pass(999);
  t.equal(watch.wasCutOffWithin(1000), true);
  pass(1);
  t.equal(watch.wasCutOffWithin(1000), false, 'long over');
});

t.test('nobody condemns itself', async (t) => {
  const { watch, silence, pass } = watchOver();
  silence(WITNESS, 'a');
  await watch.look();
  pass(OUTAGE_GRACE_MS);
  t.same((await watch.look()).map(({ workerId }) => workerId), ['a']);
});

/** A death watch over a directory and a clock that the test moves. */
function watchOver() {
  let now = 1000;
  let silent: SilentWorker[] = [];
  let broken = false;
  let looks = 0;
  let held = true;
  let retakenAt: number | undefined;
  let beforeLook = (_looks: number): void => undefined;
  const lockKeys = new Map<string, number>();
  const workersOf = (ids: readonly string[], databaseRestarted: boolean, listens = true): SilentWorker[] =>
    ids.map((workerId) => {
      const lockKey = lockKeys.get(workerId) ?? lockKeys.size + 1;
      lockKeys.set(workerId, lockKey);
      return { workerId, lockKey, databaseRestarted, listens };
    });
  const directory: WorkerDirectory = {
    silentWorkers: async () => {
      looks += 1;
      beforeLook(looks);
      if (broken) throw new Error('the database is away');
      return silent;
    },
    provesDead: async () => true,
    databaseStartedWithin: async () => false,
  };
  const witness: Witness = { workerId: WITNESS, isHeld: () => held, leaseTerm: () => (held ? 1 : undefined), retakenAtMs: () => retakenAt };
  return {
    watch: createDeathWatch(directory, witness, () => now),
    loseOwnBeacon: () => void (held = false),
    takeOwnBeacon: () => {
      held = true;
      retakenAt = now;
    },
    silence: (...ids: string[]) => void (silent = workersOf(ids, false)),
    vanish: (...ids: string[]) => void (silent = workersOf(ids, false, false)),
    vanishWithTheDatabase: (...ids: string[]) => void (silent = workersOf(ids, true, false)),
    silenceAfterRestart: (...ids: string[]) => void (silent = workersOf(ids, true)),
    pass: (ms: number) => void (now += ms),
    onLook: (before: (looks: number) => void) => void (beforeLook = before),
    breakDirectory: () => {
      broken = true;
      return () => void (broken = false);
    },
  };
}

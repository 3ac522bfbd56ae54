/**
 * The pump keeps its slots busy and no more than busy, whoever wakes it and however claiming goes.
 */
import t from 'tap';
import { until } from '@coursewright/events/testing';
import { createPump } from '../../src/application/pump.ts';
import type { HeldAttempt } from '../../src/application/course-states.ts';
import { COURSE_ID } from '../fixtures/node-states.ts';
import { silentLog } from '../fixtures/silent-log.ts';

t.test('it claims as many attempts as there are slots, and runs them at the same time', async (t) => {
  const { pump, queue, claims, running } = pumpOver({ slots: 3 });
  queue(5);
  pump.wake();
  await until('three run', () => running().length === 3);
  t.same(claims, [3]);
  t.same(running(), ['n1', 'n2', 'n3']);
  t.same(pump.inHand().map(({ nodeId }) => nodeId), ['n1', 'n2', 'n3']);
});

t.test('each slot that becomes free is filled at once', async (t) => {
  const { pump, queue, finish, running } = pumpOver({ slots: 2 });
  queue(4);
  pump.wake();
  await until('two run', () => running().length === 2);
  finish('n1');
  await until('the third runs', () => running().includes('n3'));
  t.same(running(), ['n2', 'n3']);
  finish('n2');
  finish('n3');
  await until('the fourth runs', () => running().includes('n4'));
  t.same(running(), ['n4']);
});

t.test('slots that become free in the same turn are filled by one claim', async (t) => {
  const { pump, queue, finish, claims, running } = pumpOver({ slots: 3 });
  queue(6);
  pump.wake();
  await until('three run', () => running().length === 3);
  for (const node of ['n1', 'n2', 'n3']) finish(node);
  await until('the next three run', () => running().includes('n6'));
  t.same(claims, [3, 3]);
});

t.test('with all slots busy nothing is claimed, however often it is woken', async (t) => {
  const { pump, queue, claims, running } = pumpOver({ slots: 1 });
  queue(3);
  pump.wake();
  await until('one runs', () => running().length === 1);
  for (let times = 0; times < 10; times += 1) pump.wake();
  await turns();
  t.same(claims, [1]);
});

t.test('woken while it is claiming, it looks again afterwards', async (t) => {
  const { pump, queue, claims, holdClaims, running } = pumpOver({ slots: 3 });
  const letGo = holdClaims();
  pump.wake();
  await until('it is claiming', () => claims.length === 1);
  pump.wake();
  letGo(() => queue(1));
  await until('the one that came meanwhile runs', () => running().length === 1);
  t.ok(claims.length >= 2, 'the first claim had found the queue empty');
});

t.test('two wakes at the same time claim once', async (t) => {
  const { pump, queue, claims, running } = pumpOver({ slots: 2 });
  queue(1);
  pump.wake();
  pump.wake();
  await until('it runs', () => running().length === 1);
  await turns();
  t.ok(claims.length <= 2);
  t.same(running(), ['n1']);
});

t.test('never more run than there are slots, even with a wake at every turn', async (t) => {
  const { pump, queue, finish, running, mostAtOnce } = pumpOver({ slots: 2 });
  queue(20);
  for (let number = 1; number <= 20; number += 1) {
    pump.wake();
    await until(`n${number} runs`, () => running().includes(`n${number}`));
    pump.wake();
    finish(`n${number}`);
    pump.wake();
  }
  t.equal(mostAtOnce(), 2);
});

t.test('a claim that fails is tried again, without anybody waking it', async (t) => {
  const { pump, queue, claims, failClaims, running, log } = pumpOver({ slots: 1 });
  queue(1);
  failClaims(2);
  pump.wake();
  await until('it runs', () => running().length === 1);
  t.equal(claims.length, 3);
  t.same(log.lines.map(({ level }) => level), ['warn', 'warn']);
});

t.test('it claims nothing while it may not, and goes on when woken after that', async (t) => {
  const { pump, queue, claims, allow, running } = pumpOver({ slots: 1 });
  queue(1);
  allow(false);
  pump.wake();
  await turns();
  t.same(claims, []);
  allow(true);
  pump.wake();
  await until('it runs', () => running().length === 1);
});

t.test('abandoning ends the call of that very attempt and of no other', async (t) => {
  const { pump, queue, running, aborted } = pumpOver({ slots: 3 });
  queue(3);
  pump.wake();
  await until('three run', () => running().length === 3);
  pump.abandon({ courseMapId: COURSE_ID, nodeId: 'n2', startedVersion: 9 });
  pump.abandon({ courseMapId: COURSE_ID, nodeId: null, startedVersion: 2 });
  pump.abandon({ courseMapId: 'another course', nodeId: 'n2', startedVersion: 2 });
  t.same(aborted(), []);
  pump.abandon({ courseMapId: COURSE_ID, nodeId: 'n2', startedVersion: 2 });
  t.same(aborted(), ['n2']);
  await until('its slot is free', () => !running().includes('n2'));
  t.same(running(), ['n1', 'n3']);
});

t.test('after it was told to stop it claims nothing, not even for a slot that becomes free', async (t) => {
  const { pump, queue, finish, claims, running } = pumpOver({ slots: 1 });
  queue(2);
  pump.wake();
  await until('one runs', () => running().length === 1);
  pump.stopClaiming();
  finish('n1');
  pump.wake();
  await turns();
  t.same(claims, [1]);
  t.same(running(), []);
});

t.test('it is drained when nothing is in hand any more', async (t) => {
  const { pump, queue, finish, running } = pumpOver({ slots: 2 });
  queue(2);
  pump.wake();
  await until('two run', () => running().length === 2);
  pump.stopClaiming();
  const drained = pump.drained(60_000);
  finish('n1');
  finish('n2');
  t.equal(await drained, true);
});

t.test('it says when the time to drain was too short', async (t) => {
  const { pump, queue, running } = pumpOver({ slots: 1 });
  queue(1);
  pump.wake();
  await until('one runs', () => running().length === 1);
  pump.stopClaiming();
  // The pump does not keep a process alive for its grace; something must, here.
  const alive = setInterval(() => undefined, 1000);
  t.equal(await pump.drained(1), false);
  clearInterval(alive);
  t.equal(pump.inHand().length, 1);
});

t.test('what a claim brings that was on its way is waited for as well', async (t) => {
  const { pump, queue, claims, holdClaims, finish, running } = pumpOver({ slots: 1 });
  queue(1);
  const letGo = holdClaims();
  pump.wake();
  await until('it is claiming', () => claims.length === 1);
  pump.stopClaiming();
  let drained: boolean | undefined;
  void pump.drained(60_000).then((whether) => (drained = whether));
  letGo(() => undefined);
  await until('the claimed one runs', () => running().length === 1);
  await turns();
  t.equal(drained, undefined, 'it is in hand now');
  finish('n1');
  await until('it is drained', () => drained !== undefined);
  t.equal(drained, true);
});

t.test('a call that is answered frees its slot while its outcome is still on its way', async (t) => {
  const { pump, queue, answer, running } = pumpOver({ slots: 1 });
  queue(2);
  pump.wake();
  await until('one runs', () => running().length === 1);
  answer('n1');
  await until('the next runs too', () => running().length === 2);
  t.same(pump.inHand().map(({ nodeId }) => nodeId), ['n1', 'n2'], 'and both are in hand');
});

t.test('an answered attempt that ends frees its slot once, not twice', async (t) => {
  const { pump, queue, answer, finish, running } = pumpOver({ slots: 1 });
  queue(3);
  pump.wake();
  await until('one runs', () => running().length === 1);
  answer('n1');
  answer('n1');
  finish('n1');
  await until('the second runs alone', () => running().join() === 'n2');
  await turns();
  t.same(running(), ['n2']);
});

t.test('of outcomes that cannot be recorded, no more than ten for each slot are held', async (t) => {
  const { pump, queue, answer, finish, running } = pumpOver({ slots: 1 });
  queue(15);
  pump.wake();
  for (let number = 1; number <= 10; number += 1) {
    await until(`n${number} runs`, () => running().includes(`n${number}`));
    answer(`n${number}`);
  }
  await turns();
  t.equal(running().length, 10);
  finish('n4');
  await until('the eleventh runs', () => running().includes('n11'));
});

t.test('draining with nothing in hand is done at once', async (t) => {
  t.equal(await pumpOver({ slots: 1 }).pump.drained(60_000), true);
});

interface TestAttempt extends HeldAttempt {
  readonly nodeId: string;
}

/** A pump over a queue of nodes n1, n2, … whose attempts run until the test finishes them or they are aborted. */
function pumpOver({ slots }: { slots: number }) {
  const waiting: TestAttempt[] = [];
  const inRun = new Map<string, () => void>();
  const answers = new Map<string, () => void>();
  const abortedNodes: string[] = [];
  const claims: number[] = [];
  const log = silentLog();
  let queued = 0;
  let failures = 0;
  let allowed = true;
  let most = 0;
  let gate: Promise<void> | undefined;

  const pump = createPump<TestAttempt>({
    slots,
    log,
    mayClaim: () => allowed,
    claim: async (limit) => {
      claims.push(limit);
      if (failures > 0) {
        failures -= 1;
        throw new Error('the database is away');
      }
      const found = waiting.splice(0, limit);
      await gate;
      return found;
    },
    run: ({ nodeId }, signal, answered) =>
      new Promise((resolve) => {
        answers.set(nodeId, answered);
        const end = (): void => {
          inRun.delete(nodeId);
          resolve();
        };
        inRun.set(nodeId, end);
        most = Math.max(most, inRun.size);
        signal.addEventListener('abort', () => {
          abortedNodes.push(nodeId);
          end();
        });
      }),
  });
  return {
    pump,
    claims,
    log,
    running: () => [...inRun.keys()],
    aborted: () => abortedNodes,
    mostAtOnce: () => most,
    finish: (nodeId: string) => inRun.get(nodeId)?.(),
    answer: (nodeId: string) => answers.get(nodeId)?.(),
    allow: (value: boolean) => void (allowed = value),
    failClaims: (count: number) => void (failures = count),
    queue: (count: number) => {
      for (let number = 1; number <= count; number += 1) {
        queued += 1;
        waiting.push({ courseMapId: COURSE_ID, nodeId: `n${queued}`, startedVersion: 2 });
      }
    },
    /** From now on claims do not return before the test lets them go; `before` happens first. */
    holdClaims: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return (before: () => void) => {
        before();
        gate = undefined;
        resolve();
      };
    },
  };
}

/** Long enough for whatever would happen without anybody's doing to have happened. */
async function turns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await new Promise(setImmediate);
}

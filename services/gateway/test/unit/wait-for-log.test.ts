/** Waiting for an answer in the log: one question for all who wait, and no answer missed. */
import t from 'tap';
import type { LogListener } from '@coursewright/events';
import { createLogWaiter } from '../../src/wait-for-log.ts';

/** A listener that wakes when the test says so. */
function wakingByHand(): LogListener & { wake: () => void } {
  let woken = (): void => undefined;
  return {
    isListening: () => true,
    onWake(_, wake) {
      woken = wake;
      return () => undefined;
    },
    close: async () => undefined,
    wake: () => woken(),
  };
}

const LONG = 60_000;

/** Lets everything that is already decided happen. */
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

t.test('an answer that exists already is given at once', async (t) => {
  const waiter = createLogWaiter(wakingByHand(), async () => new Map([['a', 1]]));
  t.equal(await waiter.waitFor('a', LONG), 1);
});

t.test('an answer that comes later is given when the log grows', async (t) => {
  const answers = new Map<string, number>();
  const listener = wakingByHand();
  const waiter = createLogWaiter(listener, async () => answers);
  const waiting = waiter.waitFor('a', LONG);
  await turnOfTheLoop();
  answers.set('a', 2);
  listener.wake();
  t.equal(await waiting, 2);
});

t.test('when the time is up there is no answer, and nobody asks for it any more', async (t) => {
  const asked: (readonly string[])[] = [];
  const listener = wakingByHand();
  const waiter = createLogWaiter(listener, async (ids) => {
    asked.push(ids);
    return new Map();
  });
  t.equal(await waiter.waitFor('a', 1), undefined);
  const before = asked.length;
  listener.wake();
  await turnOfTheLoop();
  t.equal(asked.length, before);
});

t.test('all who wait are asked for with one question, an id once', async (t) => {
  const asked: (readonly string[])[] = [];
  const listener = wakingByHand();
  const answers = new Map<string, string>();
  const waiter = createLogWaiter(listener, async (ids) => {
    asked.push(ids);
    return answers;
  });
  const waiting = ['a', 'b', 'a'].map((id) => waiter.waitFor(id, LONG));
  await turnOfTheLoop();
  asked.length = 0;
  for (const id of ['a', 'b']) answers.set(id, id.toUpperCase());
  listener.wake();
  t.strictSame(await Promise.all(waiting), ['A', 'B', 'A']);
  t.strictSame(asked, [['a', 'b']]);
});

t.test('what is recorded while the question is on its way is not missed', async (t) => {
  const listener = wakingByHand();
  let questions = 0;
  let answerFirst = (_: Map<string, number>): void => undefined;
  const waiter = createLogWaiter(listener, (): Promise<Map<string, number>> => {
    questions += 1;
    if (questions > 1) return Promise.resolve(new Map([['a', 3]]));
    return new Promise((resolve) => {
      answerFirst = resolve;
    });
  });
  const waiting = waiter.waitFor('a', LONG);
  listener.wake(); // The event is there, but the question was asked before it.
  answerFirst(new Map());
  t.equal(await waiting, 3);
  t.equal(questions, 2);
});

t.test('trouble with the database is waited out', async (t) => {
  const listener = wakingByHand();
  let isAway = true;
  const waiter = createLogWaiter(listener, async () => {
    if (isAway) throw new Error('away');
    return new Map([['a', 4]]);
  });
  const waiting = waiter.waitFor('a', LONG);
  await turnOfTheLoop();
  isAway = false;
  listener.wake();
  t.equal(await waiting, 4);
});

t.test('a stop answers all who wait, and those who still come, without keeping them', async (t) => {
  const waiter = createLogWaiter(wakingByHand(), async () => new Map<string, number>());
  const waiting = [waiter.waitFor('a', LONG), waiter.waitFor('b', LONG)];
  await turnOfTheLoop();
  waiter.stop();
  t.same(await Promise.all([...waiting, waiter.waitFor('c', LONG)]), [undefined, undefined, undefined]);
});

/** When webhooks are tried again. */
import t from 'tap';
import { afterFailure, FAILURES_THAT_OPEN, pauseAfter } from '../../src/webhooks/retry-schedule.ts';

const HOUR = 3_600_000;

t.test('pauses grow over about three days, and then it was the last attempt', async (t) => {
  const pauses: number[] = [];
  for (let attempts = 1; ; attempts += 1) {
    const pause = pauseAfter(attempts, undefined, 0);
    if (pause === undefined) break;
    pauses.push(pause);
  }
  t.equal(pauses.length, 9);
  t.same(pauses, pauses.toSorted((a, b) => a - b));
  const days = pauses.reduce((sum, pause) => sum + pause, 0) / (24 * HOUR);
  t.ok(days > 3 && days < 4, `${days} days`);
});

t.test('chance lengthens a pause, by a fifth at most', async (t) => {
  t.equal(pauseAfter(1, undefined, 0), 5000);
  t.equal(pauseAfter(1, undefined, 1), 6000);
});

t.test('an endpoint that asks for a longer pause has it, up to a day; a shorter one changes nothing', async (t) => {
  t.equal(pauseAfter(1, 60_000, 0), 60_000);
  t.equal(pauseAfter(2, 1000, 0), 300_000);
  t.equal(pauseAfter(1, 100 * 24 * HOUR, 0), 24 * HOUR);
});

const openMsAfter = (failures: number): number => afterFailure({ failuresInARow: failures - 1, failingForMs: 0, isOpen: false }, 500).openMs;

t.test('the circuit opens after some failures in a row, for longer and longer, an hour at most', async (t) => {
  t.equal(openMsAfter(FAILURES_THAT_OPEN - 1), 0);
  t.equal(openMsAfter(FAILURES_THAT_OPEN), 30_000);
  t.equal(openMsAfter(FAILURES_THAT_OPEN + 1), 60_000);
  t.equal(openMsAfter(1000), HOUR);
});

t.test('what fails while the circuit is open makes it open no longer', async (t) => {
  t.match(afterFailure({ failuresInARow: 7, failingForMs: 1000, isOpen: true }, 500), { openMs: 0, counts: false });
});

t.test('an endpoint is given up after five days, and at once when it says that it is gone', async (t) => {
  t.equal(afterFailure({ failuresInARow: 30, failingForMs: 119 * HOUR, isOpen: false }, 500).disable, undefined);
  t.equal(afterFailure({ failuresInARow: 30, failingForMs: 120 * HOUR, isOpen: true }, undefined).disable, 'nothing could be delivered for five days');
  t.equal(afterFailure({ failuresInARow: 0, failingForMs: 0, isOpen: false }, 410).disable, 'it answered 410 Gone');
});

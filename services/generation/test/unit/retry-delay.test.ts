/**
 * How long a failed attempt waits: longer with each failure, spread out, and never less than the provider asked for.
 */
import fc from 'fast-check';
import t from 'tap';
import { retryDelayMs } from '../../src/domain/retry-delay.ts';

const failures = fc.integer({ min: 1, max: 100 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

t.test('the delay doubles with each failure, up to a minute', async (t) => {
  t.same([1, 2, 3, 4, 5, 6, 7, 8, 100].map((count) => retryDelayMs(count, 0)), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

t.test('chance spreads the delay over the upper half', async (t) => {
  t.equal(retryDelayMs(3, 0), 2000);
  t.equal(retryDelayMs(3, 0.5), 3000);
  t.equal(retryDelayMs(3, 0.999), 3998);
  fc.assert(
    fc.property(failures, chance, (count, luck) => {
      const delay = retryDelayMs(count, luck);
      const full = Math.min(1000 * 2 ** (count - 1), 60_000);
      return Number.isInteger(delay) && delay >= full / 2 && delay <= full;
    }),
  );
});

t.test('a delay that the provider asked for is honoured, even above the longest of ours', async (t) => {
  t.equal(retryDelayMs(1, 0, 20_000), 20_000);
  t.equal(retryDelayMs(1, 0, 3_600_000), 3_600_000);
  t.equal(retryDelayMs(5, 0, 20), 8000, 'and not undercut');
});

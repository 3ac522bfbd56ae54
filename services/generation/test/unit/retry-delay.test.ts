/**
 * How long a failed attempt waits: longer with each failure, spread out, and never less than the provider asked for.
 */
import fc from 'fast-check';
import t from 'tap';
import { readGenerationConfig } from '../../src/config.ts';
import { outageDelayMs, retryDelayMs } from '../../src/domain/retry-delay.ts';

const failures = fc.integer({ min: 1, max: 100 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

t.test('the delay is four times as long after each failure, up to a minute', async (t) => {
  t.same([1, 2, 3, 4, 5, 100].map((count) => retryDelayMs(count, 0)), [500, 2000, 8000, 30_000, 30_000, 30_000]);
});

t.test('the default number of attempts outlasts a provider that is down for forty seconds', async (t) => {
  const { GENERATION_MAX_ATTEMPTS: attempts } = readGenerationConfig({ DATABASE_URL: 'postgres://localhost/x' });
  const waits = Array.from({ length: attempts - 1 }, (_, index) => retryDelayMs(index + 1, 0));
  t.ok(waits.reduce((sum, wait) => sum + wait, 0) >= 40_000);
});

t.test('chance spreads the delay over the upper half', async (t) => {
  t.equal(retryDelayMs(2, 0), 2000);
  t.equal(retryDelayMs(2, 0.5), 3000);
  t.equal(retryDelayMs(2, 0.999), 3998);
  fc.assert(
    fc.property(failures, chance, (count, luck) => {
      const delay = retryDelayMs(count, luck);
      const full = Math.min(1000 * 4 ** (count - 1), 60_000);
      return Number.isInteger(delay) && delay >= full / 2 && delay <= full;
    }),
  );
});

t.test('a delay that the provider asked for is honoured, even above the longest of ours', async (t) => {
  t.equal(retryDelayMs(1, 0, 20_000), 20_000);
  t.equal(retryDelayMs(1, 0, 3_600_000), 3_600_000);
  t.equal(retryDelayMs(3, 0, 20), 8000, 'and not undercut');
});

t.test('during an outage each pause is about as long as the outage so far: a second at first, a minute at most', async (t) => {
  t.same([0, 1000, 3000, 40_000, 86_400_000].map((lasted) => outageDelayMs(lasted, 0.999_999)), [1000, 1000, 3000, 40_000, 60_000]);
  t.same([0, 3000, 86_400_000].map((lasted) => outageDelayMs(lasted, 0)), [500, 1500, 30_000], 'half of it is left to chance');
  t.equal(outageDelayMs(0, 0, 20_000), 20_000, 'never sooner than the provider asked for');
  t.equal(outageDelayMs(0, 0, 86_400_000), 600_000, 'which is obeyed for ten minutes');
});

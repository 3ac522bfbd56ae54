/**
 * Figures that the database tells: asked for no more often than is good for it, and left out when it cannot tell.
 */
import t from 'tap';
import { observeLog } from '../../src/log-figures.ts';
import { createMetrics } from '../../src/metrics.ts';

const ROW = { figure: 'courses', label: 'planning', value: 3 };
const SERIES = 'coursewright_courses_open{status="planning"} 3';

t.test('however often somebody looks, the database is asked once in five seconds', async (t) => {
  const metrics = createMetrics({ service: 'test', instance: 'test' });
  let asked = 0;
  observeLog(metrics.meter, async () => {
    asked += 1;
    return [ROW];
  }, () => t.fail('no error'));
  for (let looked = 0; looked < 10; looked += 1) t.match(await metrics.text(), SERIES);
  t.equal(asked, 1);
  await metrics.stop();
});

for (const [what, ask] of [
  ['refuses', () => Promise.reject(new Error('away'))],
  ['does not answer', () => new Promise<never>(() => undefined)],
] as const) {
  t.test(`a database that ${what} costs its own figures, and no others; and is asked again`, async (t) => {
    const metrics = createMetrics({ service: 'test', instance: 'test' });
    const errors: unknown[] = [];
    // Nothing else keeps this process.
    const alive = setInterval(() => undefined, 1000);
    t.teardown(() => clearInterval(alive));
    let isAway = true;
    metrics.meter.createCounter('coursewright.answers').add(1);
    observeLog(metrics.meter, () => (isAway ? ask() : Promise.resolve([ROW])), (error) => errors.push(error));
    const text = await metrics.text();
    t.match(text, 'coursewright_answers_total 1');
    t.notMatch(text, 'coursewright_courses_open{');
    t.equal(errors.length, 1);
    isAway = false;
    t.match(await metrics.text(), SERIES);
    await metrics.stop();
  });
}

/**
 * What a generation process costs Postgres while there is nothing to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startQueryCounter } from './query-counter.ts';
import type { Finding } from './report.ts';
import type { Stage } from './stage.ts';

const SETTLE_MS = 6000;
const MEASURE_MS = 30_000;
/** The statements of beacon, recovery and reconciler. */
const LIVENESS = ['SELECT 1', 'workers-silent', 'work-held', 'work-overdue', 'leftovers-courses', 'leftovers-jobs', 'leftovers-calls', 'leftovers-answers'];

const WRITTEN = `
  SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::text AS rows FROM pg_stat_user_tables`;

export async function benchIdle(stage: Stage): Promise<Finding[]> {
  const url = new URL(stage.url);
  const counter = await startQueryCounter(21_990, Number(url.port));
  url.port = String(counter.port);
  await stage.start('services/generation/src/main.ts', 21_904, { GENERATION_PORT: '21904', DATABASE_URL: url.href });
  await sleep(SETTLE_MS);
  const written = async () => (await stage.pool.query<{ rows: string }>(WRITTEN)).rows[0]?.rows ?? '0';
  const before = await written();
  counter.take();
  await sleep(MEASURE_MS);
  const counts = counter.take();
  await sleep(1500); // Until the server has published its own counts.
  const after = await written();
  counter.close();

  const perSecond = (names: (name: string) => boolean): number =>
    [...counts].filter(([name]) => names(name)).reduce((sum, [, count]) => sum + count, 0) / (MEASURE_MS / 1000);
  for (const [name, count] of [...counts].sort((a, b) => b[1] - a[1])) console.error(`  ${(count / (MEASURE_MS / 1000)).toFixed(2)}/s  ${name.slice(0, 60)}`);
  return [
    { what: 'idle: queries of liveness and recovery', value: perSecond((name) => LIVENESS.includes(name)), unit: '/s', goal: 'at most 12' },
    { what: 'idle: all queries of a generation process', value: perSecond(() => true), unit: '/s', goal: '' },
    { what: 'idle: rows written in half a minute', value: Number(after) - Number(before), unit: 'rows', goal: '0' },
  ];
}

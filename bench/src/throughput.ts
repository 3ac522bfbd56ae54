/**
 * Nodes a second over the whole path (scheduled, started, completed, with events, projections, jobs and cards), with
 * an author that takes no time, and two processes.
 */
import { bareInserts } from './bare-postgres.ts';
import type { Finding } from './report.ts';
import { requestCourse, untilTrue, type Stage } from './stage.ts';

const COURSES = 300;

export async function benchThroughput(stage: Stage): Promise<Finding[]> {
  const limit = await bareInserts(stage.pool, 8, 3000);
  for (const port of [21_901, 21_902]) {
    await stage.start('services/generation/src/main.ts', port, {
      GENERATION_PORT: String(port),
      GENERATION_CONCURRENCY: '64',
      OFFLINE_AUTHOR_LATENCY_MS: '0',
    });
  }
  await Promise.all(Array.from({ length: COURSES }, () => requestCourse(stage)));
  await untilTrue(stage.pool, `NOT EXISTS (SELECT FROM course_map_states WHERE status <> 'completed')`);
  const { rows } = await stage.pool.query<{ per_second: number }>(`
    SELECT count(*) / extract(epoch FROM max(completed_at) - min(created_at))::float8 AS per_second
    FROM node_states WHERE status = 'completed'`);
  return [
    {
      what: 'nodes per second, whole path, author takes no time',
      value: rows[0]?.per_second ?? 0,
      unit: '/s',
      goal: '1,000',
      baseline: { what: 'bare one-row transactions, 8 callers', value: limit },
    },
  ];
}

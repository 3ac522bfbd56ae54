/**
 * How long a scheduled node waits for a worker on an idle system: from the moment that GenerationScheduled is written
 * (its commit comes later, so this is an upper bound) to GenerationStarted.
 */
import { barePickUps } from './bare-postgres.ts';
import { percentile, type Finding } from './report.ts';
import { requestCourse, untilTrue, type Stage } from './stage.ts';

const COURSES = 25;

export async function benchPickUp(stage: Stage): Promise<Finding[]> {
  const bare = await barePickUps(stage.pool, 200);
  await stage.start('services/generation/src/main.ts', 21_903, {
    GENERATION_PORT: '21903',
    GENERATION_CONCURRENCY: '16',
    OFFLINE_AUTHOR_LATENCY_MS: '20',
  });
  for (let course = 0; course < COURSES; course += 1) {
    const id = await requestCourse(stage);
    await untilTrue(stage.pool, `EXISTS (SELECT FROM course_map_states WHERE id = $1 AND status = 'completed')`, [id]);
  }
  const { rows } = await stage.pool.query<{ ms: number }>(`
    SELECT extract(epoch FROM s.recorded_at - q.recorded_at)::float8 * 1000 AS ms
    FROM events s JOIN events q ON q.stream = s.stream AND q.version = s.version - 1
    WHERE s.type = 'GenerationStarted' AND q.type = 'GenerationScheduled'`);
  const samples = rows.map(({ ms }) => ms);
  const baseline = (share: number) => ({ what: 'bare NOTIFY and SKIP LOCKED', value: percentile(bare, share) });
  return [
    { what: `pick-up p50 (n = ${samples.length})`, value: percentile(samples, 0.5), unit: 'ms', goal: 'under 6', baseline: baseline(0.5) },
    { what: 'pick-up p95', value: percentile(samples, 0.95), unit: 'ms', goal: 'under 15', baseline: baseline(0.95) },
  ];
}

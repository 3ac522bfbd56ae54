/**
 * How long a proof of a whole log takes, and what it needs of memory.
 */
import { prove } from '@coursewright/prove';
import { recordFinishedCourses } from './finished-history.ts';
import type { Finding } from './report.ts';
import { settleDown, type Stage } from './stage.ts';

const EVENTS = 1_000_000;

export async function benchProof(stage: Stage): Promise<Finding[]> {
  await recordFinishedCourses(stage, EVENTS);
  await settleDown(stage);
  const startedAt = performance.now();
  const { rows } = await stage.pool.query<{ n: string }>('SELECT count(*) AS n FROM recorded_events e JOIN event_positions p ON p.event_id = e.id WHERE e.data IS NOT NULL');
  const bare = (performance.now() - startedAt) / 1000;
  const before = process.memoryUsage().rss;
  let highest = before;
  const proof = await prove({ databaseUrl: stage.url, finished: true, onProgress: () => (highest = Math.max(highest, process.memoryUsage().rss)) });
  if (!proof.holds) throw new Error(JSON.stringify(proof.verdicts.filter(({ holds }) => !holds)));
  return [
    { what: `proof of ${Number(rows[0]?.n ?? 0).toLocaleString('en')} events`, value: proof.seconds, unit: 's', goal: 'under 60', baseline: { what: 'one bare count of the same rows', value: bare } },
    { what: 'memory that the proof adds', value: (highest - before) / 1024 / 1024, unit: 'MiB', goal: 'flat' },
  ];
}

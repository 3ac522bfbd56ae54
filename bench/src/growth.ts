/**
 * What a long history costs: a million events, and what they change for appends and for reading progress; folding all of them
 * anew; and moving them to the archive.
 */
import pg from 'pg';
import { archive, PROJECTIONS, rebuild } from '@coursewright/db';
import { createProgressQueries } from '../../services/gateway/src/queries/progress.ts';
import { createReaders } from '../../services/gateway/src/queries/reader.ts';
import { recordFinishedCourses } from './finished-history.ts';
import { percentile, type Finding } from './report.ts';
import { requestCourse, type Stage } from './stage.ts';

const HISTORY = 1_000_000;
const SAMPLES = 1500;

export async function benchGrowth(stage: Stage): Promise<Finding[]> {
  const owner = new pg.Pool({ connectionString: stage.url, max: 1 });
  owner.on('error', () => undefined); // Its session may be ended with the database, before it has ended itself.
  try {
    await recordFinishedCourses(stage, 2000);
    await settled(owner);
    const young = await quickOperationsTwice(stage);
    const recordedFrom = performance.now();
    const events = await recordFinishedCourses(stage, HISTORY);
    const recordingSeconds = (performance.now() - recordedFrom) / 1000;
    await settled(owner);
    const old = await quickOperationsTwice(stage);
    const rebuilt = await rebuild({ databaseUrl: stage.url, projection: PROJECTIONS[0]! });
    if (rebuilt.count !== 0) throw new Error(`${rebuilt.count} rows differ`);
    const startedAt = performance.now();
    const archived = await archive(stage.url, new Date());
    const seconds = (performance.now() - startedAt) / 1000;
    await settled(owner);
    const emptied = await quickOperationsTwice(stage);
    const rows = (what: string, of: (times: Times) => number): Finding[] => [
      { what: `${what} behind ${events.toLocaleString('en')} events, p50`, value: of(old), unit: 'ms', goal: 'within 10 %', baseline: { what: 'young', value: of(young) } },
      { what: `${what} once they are archived, p50`, value: of(emptied), unit: 'ms', goal: '–', baseline: { what: 'young', value: of(young) } },
    ];
    return [
      ...rows('append', ({ append }) => append),
      ...rows('progress', ({ progress }) => progress),
      { what: `folding ${rebuilt.events.toLocaleString('en')} events anew`, value: rebuilt.events / rebuilt.seconds, unit: 'events/s', goal: 'at least 20,000', baseline: { what: 'appending them', value: events / recordingSeconds } },
      { what: `archiving ${archived.events.toLocaleString('en')} events`, value: archived.events / seconds, unit: 'events/s', goal: '–' },
    ];
  } finally {
    await owner.end();
  }
}

interface Times {
  readonly append: number;
  readonly progress: number;
}

/** The better of two: these machines are noisy, and what differs by itself is no cost of history. */
async function quickOperationsTwice(stage: Stage): Promise<Times> {
  const [first, second] = [await quickOperations(stage), await quickOperations(stage)];
  return { append: Math.min(first.append, second.append), progress: Math.min(first.progress, second.progress) };
}

/** Medians, in milliseconds: of requesting a course, and of reading the progress of any, one at a time. */
async function quickOperations(stage: Stage): Promise<Times> {
  const reader = createReaders(stage.pool).of(undefined);
  const progress = createProgressQueries({ most: 0, forMs: 0 });
  const { rows } = await stage.pool.query<{ id: string }>('SELECT id FROM course_map_states ORDER BY md5(id::text) LIMIT 200');
  const times: Record<keyof Times, number[]> = { append: [], progress: [] };
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    times.append.push(await timed(() => requestCourse(stage)));
    times.progress.push(await timed(() => progress.find(reader, rows[sample % rows.length]!.id)));
  }
  return { append: percentile(times.append, 0.5), progress: percentile(times.progress, 0.5) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** What autovacuum does within minutes, so that both are measured at rest. */
async function settled(owner: pg.Pool): Promise<void> {
  await owner.query('VACUUM ANALYZE');
  await owner.query('CHECKPOINT');
}

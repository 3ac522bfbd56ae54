/**
 * How soon a process that starts has everything that a dead one held back in the queue.
 */
import { courseMapStream, timeOrderedId, type CourseMap } from '@coursewright/events';
import { createLogger } from '@coursewright/process';
import { claimNodes } from '../../services/generation/src/application/claim-nodes.ts';
import { resumeCourses } from '../../services/generation/src/application/resume-courses.ts';
import { compose } from '../../services/generation/src/composition.ts';
import { readGenerationConfig } from '../../services/generation/src/config.ts';
import { planOfflineCourse } from '../../services/generation/src/infrastructure/offline-author/course-plan.ts';
import { bareReset } from './bare-postgres.ts';
import { recordFinishedCourses } from './finished-history.ts';
import type { Finding } from './report.ts';
import { metadata, request, settleDown, untilTrue, type Stage } from './stage.ts';

/** Nodes that a course can have running at once in this benchmark, so that few courses hold many nodes. */
const PER_COURSE = 3;

/** The same recovery on a young log and on one with so many older events: history must not matter. */
export async function benchRecoveryBehindHistory(
  onStage: <Result>(perform: (stage: Stage) => Promise<Result>) => Promise<Result>,
  nodes: number,
  olderEvents: number,
): Promise<Finding[]> {
  const secondsOf = (findings: readonly Finding[]): number => findings.at(-1)?.value ?? Number.NaN;
  const young = secondsOf(await onStage((stage) => benchRecovery(stage, nodes, '')));
  const old = await onStage(async (stage) => {
    await recordFinishedCourses(stage, olderEvents);
    return secondsOf(await benchRecovery(stage, nodes, ''));
  });
  const what = `recovery of ${nodes.toLocaleString('en')} nodes behind ${olderEvents.toLocaleString('en')} older events`;
  return [{ what, value: old, unit: 's', goal: 'within 10 % of a young log', baseline: { what: 'the same on a young log', value: young } }];
}

export async function benchRecovery(stage: Stage, nodes: number, goal: string): Promise<Finding[]> {
  const bare = { what: 'one UPDATE of as many bare rows', value: await bareReset(stage.pool, nodes) };
  await holdAsADeadWorker(stage, nodes);
  await settleDown(stage);
  const startedAt = Date.now();
  stage.spawn('services/generation/src/main.ts', {
    GENERATION_PORT: '21904',
    GENERATION_CONCURRENCY: '1',
    OFFLINE_AUTHOR_LATENCY_MS: '600000',
    GENERATION_DEADLINE_MS: '3600000',
  });
  await untilTrue(stage.pool, `NOT EXISTS (SELECT FROM node_states WHERE status = 'generating' AND worker_id = 'generation-dead')`);
  const { rows } = await stage.pool.query<{ first: Date; last: Date; n: string }>(`
    SELECT min(recorded_at) AS first, max(recorded_at) AS last, count(*) AS n FROM events
    WHERE type = 'GenerationScheduled' AND (data ->> 'attempt')::int = 2`);
  const [found] = rows;
  if (found === undefined || Number(found.n) !== nodes) throw new Error(`scheduled again: ${found?.n ?? 0} of ${nodes}`);
  const what = `recovery of ${nodes.toLocaleString('en')} nodes`;
  return [
    { what: `${what}: process start to the first scheduled again`, value: (found.first.getTime() - startedAt) / 1000, unit: 's', goal: '' },
    { what: `${what}: process start to all scheduled again`, value: (found.last.getTime() - startedAt) / 1000, unit: 's', goal, baseline: bare },
  ];
}

/** Courses whose nodes were claimed by a worker that is no more: everything real but the worker. */
async function holdAsADeadWorker(stage: Stage, nodes: number): Promise<void> {
  const workerId = 'generation-dead';
  const config = readGenerationConfig({ DATABASE_URL: stage.url, COURSE_CONCURRENCY: String(PER_COURSE), GENERATION_DEADLINE_MS: '3600000' });
  const { recovery, dispatcher, listener, pool } = await compose(config, createLogger({ level: 'error', fields: {} }), {
    workerId,
    isHeld: () => true,
    leaseTerm: () => 1,
    retakenAtMs: () => undefined,
  });
  const { context } = recovery;
  await dispatcher.start();
  await pool.query(`INSERT INTO workers (id, host, pid, db_epoch) VALUES ('generation-dead', 'bench', 1, database_epoch())`);
  const map = threeAtOnce();
  const ids = Array.from({ length: Math.ceil(nodes / PER_COURSE) }, () => timeOrderedId());
  for (let from = 0; from < ids.length; from += 200) {
    const batch = ids.slice(from, from + 200);
    await context.transact(async (transaction) => {
      await context.store.appendToStreams(
        batch.map((id) => ({
          stream: courseMapStream(id),
          expectedVersion: 0,
          metadata,
          events: [
            { type: 'CourseMapRequested', data: { request } },
            { type: 'CourseMapPlanned', data: { attempt: 1, ...map, model: 'bench', usage: { input_tokens: 0, output_tokens: 0 } } },
          ],
        })),
        transaction,
      );
      await resumeCourses(context, batch, transaction);
    });
  }
  for (let left = nodes; left > 0; ) {
    const claimed = await claimNodes(context, Math.min(left, 500));
    if (claimed.length === 0) throw new Error('nothing to claim');
    left -= claimed.length;
  }
  // The dead worker had read the log, as any that lived has.
  await pool.query(`
    INSERT INTO subscriptions (name, position)
    SELECT name, max(position) FROM event_positions, unnest(ARRAY['generation-reactor', 'recovery-requests']) AS name GROUP BY name`);
  await listener.close();
  await dispatcher.stop();
  await pool.end();
}

/** A map of which three nodes are ready from the start. */
function threeAtOnce(): CourseMap {
  const map = planOfflineCourse(request, 'bench');
  const nodes = map.nodes.slice(0, PER_COURSE).map((node) => ({ ...node, type: 'learn' as const, pre_requisites: [] }));
  return { ...map, nodes };
}

/**
 * A history of courses that are over: what a log is mostly made of after a while.
 */
import { courseMapStream, inTransaction, nodeStream, timeOrderedId, type StreamAppend } from '@coursewright/events';
import { artifactOf } from '../../services/generation/src/application/generate-node.ts';
import { jobIdOf } from '../../services/generation/src/domain/job-id.ts';
import { writeOfflineCard } from '../../services/generation/src/infrastructure/offline-author/card-writer.ts';
import { planOfflineCourse } from '../../services/generation/src/infrastructure/offline-author/course-plan.ts';
import { postgresArtifactStore } from '../../services/generation/src/infrastructure/postgres-artifact-store.ts';
import { metadata, request, type Stage } from './stage.ts';

const COURSES_AT_A_TIME = 20;

/** Appends finished courses until the log has grown by at least so many events. Returns how many it grew by. */
export async function recordFinishedCourses({ pool, store }: Stage, events: number): Promise<number> {
  const map = planOfflineCourse(request, 'bench');
  const [node] = map.nodes;
  if (node === undefined) throw new Error('a map without nodes');
  const card = artifactOf(writeOfflineCard({ course_name: 'Bench', request, node, learned_before: [] }, 'bench'));
  await inTransaction(pool, (transaction) => postgresArtifactStore.store([card], transaction));
  const usage = { input_tokens: 1, output_tokens: 1 };
  const worker_id = 'generation-past';

  const course = (): StreamAppend[] => {
    const courseMapId = timeOrderedId();
    const stream = courseMapStream(courseMapId);
    const learning = map.nodes.filter(({ type }) => type === 'learn');
    return [
      { stream, expectedVersion: 0, metadata, events: [
        { type: 'CourseMapRequested', data: { request } },
        { type: 'CourseMapPlanningStarted', data: { attempt: 1, worker_id, job_id: jobIdOf(stream, 1), deadline: '2020-01-01T00:00:00.000Z' } },
        { type: 'CourseMapPlanned', data: { attempt: 1, ...map, model: 'bench', usage } },
      ] },
      ...learning.map(({ id: nodeId }): StreamAppend => {
        const its = nodeStream({ courseMapId, nodeId });
        const job_id = jobIdOf(its, 1);
        return { stream: its, expectedVersion: 0, metadata, events: [
          { type: 'GenerationScheduled', data: { attempt: 1, reason: 'prerequisites_met', job_id, delay_ms: 0 } },
          { type: 'GenerationStarted', data: { attempt: 1, worker_id, job_id, deadline: '2020-01-01T00:00:00.000Z' } },
          { type: 'GenerationCompleted', data: { attempt: 1, content_hash: card.hash, model: 'bench', usage, from_journal: false } },
        ] };
      }),
      { stream, expectedVersion: 3, metadata, events: [{ type: 'CourseMapCompleted', data: { completed_nodes: learning.length, failed_nodes: 0 } }] },
    ];
  };

  let appended = 0;
  while (appended < events) {
    // Nodes of a course in the order of its map: whatever one builds on comes before it.
    const batch = Array.from({ length: COURSES_AT_A_TIME }, course).flat();
    await inTransaction(pool, (transaction) => store.appendToStreams(batch, transaction));
    appended += batch.reduce((sum, { events: its }) => sum + its.length, 0);
  }
  return appended;
}

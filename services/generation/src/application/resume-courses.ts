/**
 * Looks at courses that should be moving and gives them what they lack: nodes that are ready and not queued, nodes
 * (or a planning) whose job is gone. On a healthy course it finds nothing and writes nothing.
 */
import { courseMapStream, type Transaction } from '@coursewright/events';
import { CourseDecisions } from '../domain/course-decisions.ts';
import { jobIdOf } from '../domain/job-id.ts';
import { commitDecisions, planningJobs } from './commit-decisions.ts';
import type { Context } from './context.ts';
import type { LoadedCourse } from './course-states.ts';
import type { JobToSend } from './dispatcher.ts';

/** Resumes these courses in the given transaction; returns how many jobs each was given. */
export async function resumeCourses(
  context: Context,
  courseMapIds: readonly string[],
  transaction: Transaction,
): Promise<Map<string, number>> {
  const { courses, dispatcher, settings } = context;
  const loaded = await courses.lock(courseMapIds, transaction);
  const decided = loaded.map((course) => {
    const decisions = new CourseDecisions(course);
    if (course.course.status === 'cancelled') decisions.stopCancelledNodes();
    else decisions.scheduleReadyNodes(settings.courseConcurrency);
    return { decisions, correlationId: course.correlationId };
  });
  await commitDecisions(context, decided, transaction);

  const over = loaded.flatMap(cancelledPlanningJobs);
  await dispatcher.remove('plan-course-map', over, transaction);

  const plans = decided.flatMap((course) => planningJobs(course, { delayMs: 0, ahead: false }));
  const queued = loaded.flatMap(queuedJobs);
  const missing = new Set([
    ...(await dispatcher.sendMissing('plan-course-map', plans, transaction)),
    ...(await dispatcher.sendMissing('generate-node', queued, transaction)),
  ]);
  const sent = new Map(decided.map(({ decisions }) => [decisions.course.id, decisions.jobsToSend.length]));
  for (const { id, courseMapId } of [...plans, ...queued]) {
    if (missing.has(id)) sent.set(courseMapId, (sent.get(courseMapId) ?? 0) + 1);
  }
  return sent;
}

/** The running planning attempt of a cancelled course, and the one that may have been queued. */
function cancelledPlanningJobs({ course, nodes }: LoadedCourse): string[] {
  if (course.status !== 'cancelled' || nodes.length > 0) return [];
  const stream = courseMapStream(course.id);
  return [jobIdOf(stream, course.attempt), jobIdOf(stream, course.attempt + 1)];
}

/**
 * The jobs that should be waiting for the course's queued nodes. Sending one again under its own id is safe: its
 * attempt was not started, or it would not count as queued while we hold the course.
 */
function queuedJobs({ course, nodes, correlationId }: LoadedCourse): JobToSend[] {
  return nodes.flatMap(({ nodeId, status, lastEvent, jobId, attempt }) =>
    status !== 'pending' || lastEvent !== 'GenerationScheduled' || jobId === null
      ? []
      : [{ id: jobId, courseMapId: course.id, nodeId, attempt, correlationId, delayMs: 0, ahead: true }],
  );
}

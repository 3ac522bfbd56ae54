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

export interface ResumedCourses {
  /** How many jobs each course was given, by its id. */
  readonly sent: ReadonlyMap<string, number>;
  /** Ids of courses that somebody else holds: nothing was done for them. */
  readonly held: ReadonlySet<string>;
}

/** Resumes these courses in the given transaction, those excepted that somebody else holds. */
export async function resumeCourses(
  context: Context,
  courseMapIds: readonly string[],
  transaction: Transaction,
): Promise<ResumedCourses> {
  const { courses, dispatcher, settings } = context;
  const { free: loaded, held } = await courses.lockFree(courseMapIds, transaction);
  const decided = loaded.map((course) => {
    const decisions = new CourseDecisions(course);
    if (course.course.status === 'cancelled') decisions.stopCancelledNodes();
    else decisions.scheduleReadyNodes(settings.courseConcurrency);
    return { decisions, correlationId: course.correlationId };
  });
  await commitDecisions(context, decided, transaction);
  await dispatcher.remove('plan-course-map', loaded.flatMap(cancelledPlanning), transaction);

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
  return { sent, held };
}

/**
 * The job of a planning that was cancelled while it ran: its worker may be gone. One that is still queued is left to the
 * next claim, which finds it stale; waiting for it here could meet a claim that waits for the course.
 */
function cancelledPlanning({ course: { id, status, attempt } }: LoadedCourse): string[] {
  return status === 'cancelled' && attempt > 0 ? [jobIdOf(courseMapStream(id), attempt)] : [];
}

/**
 * The jobs that should be waiting for the course's queued nodes. Sending one again under its own id is safe: either its
 * attempt was not started, or it is being claimed at this moment, and then its job is there; its end needs the course's
 * lock, which we hold.
 */
function queuedJobs({ course, nodes, correlationId }: LoadedCourse): JobToSend[] {
  return nodes.flatMap(({ nodeId, status, lastEvent, jobId, attempt }) =>
    status !== 'pending' || lastEvent !== 'GenerationScheduled' || jobId === null
      ? []
      : [{ id: jobId, courseMapId: course.id, nodeId, attempt, correlationId, delayMs: 0, ahead: true }],
  );
}

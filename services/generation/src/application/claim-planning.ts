/**
 * Claims courses to plan: takes jobs from the queue and records `CourseMapPlanningStarted` for each, in one transaction.
 */
import { courseMapStream, type CourseRequest, type StreamAppend } from '@coursewright/events';
import { decideCourse } from '../domain/course-decider.ts';
import { metadataOf } from './commit-decisions.ts';
import type { Context } from './context.ts';
import { putBack } from './put-back.ts';

/** A planning attempt that this worker owns. */
export interface ClaimedPlanning {
  readonly courseMapId: string;
  readonly nodeId: null;
  readonly attempt: number;
  readonly jobId: string;
  /** The version of this attempt's own `CourseMapPlanningStarted`: the fence. */
  readonly startedVersion: number;
  readonly request: CourseRequest;
  readonly correlationId: string;
}

/** Claims up to `limit` courses to plan; none when the queue is empty. Rejects without having claimed anything. */
export async function claimPlanning(context: Context, limit: number): Promise<ClaimedPlanning[]> {
  const { courses, dispatcher, store, workerId, settings } = context;
  return context.transact(async (transaction) => {
    const jobs = await dispatcher.fetch('plan-course-map', limit, transaction);
    if (jobs.length === 0) return [];
    const ids = jobs.map(({ courseMapId }) => courseMapId);
    const { free, held } = await courses.lockFree(ids, transaction);
    const loaded = new Map(free.map((course) => [course.course.id, course]));
    const requests = await courses.requests(ids, transaction);
    const deadline = await courses.instantIn(settings.deadlineMs, transaction);

    const claimed: ClaimedPlanning[] = [];
    const appends: StreamAppend[] = [];
    const stale: string[] = [];
    const busy = jobs.filter(({ courseMapId }) => held.has(courseMapId));
    for (const { id: jobId, courseMapId, attempt, correlationId } of jobs) {
      if (held.has(courseMapId)) continue;
      const course = loaded.get(courseMapId)?.course;
      const request = requests.get(courseMapId);
      const events =
        course === undefined ? [] : decideCourse({ type: 'StartPlanning', attempt, workerId, jobId, deadline }, course);
      if (course === undefined || request === undefined || events.length === 0) {
        stale.push(jobId);
        continue;
      }
      const stream = courseMapStream(courseMapId);
      const metadata = metadataOf(workerId, correlationId);
      appends.push({ stream, expectedVersion: course.version, events, metadata });
      const startedVersion = course.version + 1;
      claimed.push({ courseMapId, nodeId: null, attempt, jobId, startedVersion, request, correlationId });
    }
    await store.appendToStreams(appends, transaction);
    await dispatcher.remove('plan-course-map', stale, transaction);
    await putBack(context, 'plan-course-map', busy, transaction);
    return claimed;
  });
}

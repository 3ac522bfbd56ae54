/**
 * Planning: the first call of a course, claimed, fenced and retried like a node's.
 */
import { courseMapStream, type CourseMap, type CourseRequest, type StreamAppend } from '@coursewright/events';
import { CourseDecisions } from '../domain/course-decisions.ts';
import { plannedNode } from '../domain/node.ts';
import { retryDelayMs } from '../domain/retry-delay.ts';
import type { Author, Authored } from './author.ts';
import { commitDecisions, metadataOf, planningJobs } from './commit-decisions.ts';
import type { Context } from './context.ts';
import { failureOf } from './generate-node.ts';
import { untilItCommits } from './wait-for-commit.ts';
import { decideCourse } from '../domain/course-decider.ts';

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

/** Claims up to `limit` courses to plan. Rejects without having claimed anything. */
export async function claimPlanning(context: Context, limit: number): Promise<ClaimedPlanning[]> {
  const { courses, dispatcher, store, workerId, settings } = context;
  return context.transact(async (transaction) => {
    const jobs = await dispatcher.fetch('plan-course-map', limit, transaction);
    if (jobs.length === 0) return [];
    const ids = jobs.map(({ courseMapId }) => courseMapId);
    const loaded = new Map((await courses.lock(ids, transaction)).map((course) => [course.course.id, course]));
    const requests = await courses.requests(ids, transaction);
    const deadline = await courses.deadline(settings.deadlineMs, transaction);

    const claimed: ClaimedPlanning[] = [];
    const appends: StreamAppend[] = [];
    const stale: string[] = [];
    for (const { id: jobId, courseMapId, attempt, correlationId } of jobs) {
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
    return claimed;
  });
}

/**
 * Plans a claimed course. Resolves once the outcome is in the log, or the attempt was taken away. Never rejects; the
 * answer is held while the database is away.
 */
export async function planCourse(
  context: Context,
  author: Author,
  claimed: ClaimedPlanning,
  signal: AbortSignal,
  answered: () => void,
): Promise<void> {
  const { courseMapId: course_map_id, attempt, correlationId: correlation_id } = claimed;
  const fields = { course_map_id, attempt, correlation_id };
  context.log.info(fields, 'Starting course map planning');
  let outcome: PlanningOutcome;
  try {
    outcome = { planned: await author.planCourseMap(claimed.request, { signal, correlationId: claimed.correlationId }) };
  } catch (error) {
    if (signal.aborted) {
      context.log.info(fields, 'Planning was taken away, its call is ended');
      // Whoever took it has removed its job, unless that was a client who cancelled.
      await untilItCommits(context.log, fields, () =>
        context.transact((transaction) => context.dispatcher.remove('plan-course-map', [claimed.jobId], transaction)),
      );
      return;
    }
    outcome = { failure: failureOf(error) };
  }
  answered();
  const recorded = await untilItCommits(context.log, fields, () => recordPlanning(context, claimed, outcome));
  if (!recorded) context.log.warn(fields, 'Plan came too late, the course was taken away');
  else if ('planned' in outcome) context.log.info(fields, 'Course map planned successfully');
  else context.log.warn({ ...fields, error_code: outcome.failure.error.code, error: outcome.failure.error.message }, 'Course map planning failed');
}

type PlanningOutcome =
  | { readonly planned: Authored<CourseMap> }
  | { readonly failure: ReturnType<typeof failureOf> };

/** @returns whether the attempt still counted */
async function recordPlanning(context: Context, claimed: ClaimedPlanning, outcome: PlanningOutcome): Promise<boolean> {
  const { workerId, settings, dispatcher } = context;
  const { attempt, courseMapId } = claimed;
  return context.transact(async (transaction) => {
    const [loaded] = await context.courses.lock([courseMapId], transaction);
    if (loaded === undefined || loaded.course.version !== claimed.startedVersion) {
      await dispatcher.remove('plan-course-map', [claimed.jobId], transaction);
      return false;
    }
    const decisions = new CourseDecisions(loaded);
    const decided = { decisions, correlationId: loaded.correlationId };
    let retry: Parameters<typeof planningJobs>[1] = { delayMs: 0, ahead: false };
    if ('planned' in outcome) {
      const { content: map, model, usage } = outcome.planned;
      decisions.decideCourse({ type: 'CompletePlanning', attempt, workerId, map, model, usage });
      decisions.addNodes(
        map.nodes.map(({ id, type, pre_requisites }, index) =>
          plannedNode({ nodeId: id, type, place: index + 1, preRequisites: pre_requisites }),
        ),
      );
      decisions.scheduleReadyNodes(settings.courseConcurrency);
    } else {
      const { error, retryable, retryAfterMs } = outcome.failure;
      decisions.decideCourse({ type: 'FailPlanning', attempt, workerId, error, retryable, maxAttempts: settings.maxAttempts });
      retry = { delayMs: retryDelayMs(decisions.course.failures, context.chance(), retryAfterMs), ahead: false };
    }
    if (decisions.course.version === loaded.course.version) return false;
    await commitDecisions(context, [decided], transaction);
    await dispatcher.remove('plan-course-map', [claimed.jobId], transaction);
    await dispatcher.send('plan-course-map', planningJobs(decided, retry), transaction);
    return true;
  });
}

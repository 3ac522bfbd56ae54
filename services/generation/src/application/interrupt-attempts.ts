/**
 * Interrupts attempts in one transaction: `GenerationInterrupted` (for planning `CourseMapPlanningInterrupted`), the next
 * attempt's `GenerationScheduled`, the end of the old jobs and the new ones commit together or not at all.
 */
import { courseMapStream, type InterruptionCause, type Transaction } from '@coursewright/events';
import { CourseDecisions } from '../domain/course-decisions.ts';
import { jobIdOf } from '../domain/job-id.ts';
import { commitDecisions, planningJobs } from './commit-decisions.ts';
import type { Context } from './context.ts';
import { byKey, keyOfNode, withLockedNodes, type HeldWork, type LoadedCourse } from './course-states.ts';
import type { JobToSend } from './dispatcher.ts';

export interface AttemptsInterruption {
  readonly cause: InterruptionCause;
  readonly detectedAfterMs: number | null;
  /** Asked in each transaction before anything is decided; false leaves everything as it is. */
  readonly stillApplies?: (transaction: Transaction) => Promise<boolean>;
}

export interface InterruptedWork {
  /** Nodes that were taken from their worker, those included that are set aside. */
  readonly nodesReset: number;
  readonly jobsSent: number;
}

interface InterruptedCourse {
  readonly decisions: CourseDecisions;
  readonly correlationId: string;
  /** Ids of the nodes that were taken from their worker. */
  readonly taken: readonly string[];
  /** The job of the planning that was interrupted, if one was. */
  readonly planning: string | undefined;
  readonly plans: readonly JobToSend[];
}

/**
 * Interrupts those of these attempts that still run. An attempt whose node or course somebody else is changing is left out,
 * for the next look to find. May be called again.
 */
export async function interruptAttempts(
  context: Context,
  interruption: AttemptsInterruption,
  attempts: readonly HeldWork[],
): Promise<InterruptedWork> {
  const { courses, dispatcher } = context;
  const interrupted = await context.transact(async (transaction) => {
    if (interruption.stillApplies !== undefined && !(await interruption.stillApplies(transaction))) return [];
    const byCourse = Map.groupBy(attempts, ({ courseMapId }) => courseMapId);
    const { free: loaded } = await courses.lockFree([...byCourse.keys()], transaction);
    // Only what still runs: a lock on what another process has just put back into the queue would keep it from being claimed.
    const running = loaded.flatMap((course) => (byCourse.get(course.course.id) ?? []).filter((work) => stillRuns(course, work)));
    const nodes = running.flatMap(({ courseMapId, nodeId }) => (nodeId === null ? [] : [{ courseMapId, nodeId }]));
    const locked = byKey(await courses.lockFreeNodes(nodes, transaction));
    const free = ({ courseMapId, nodeId }: HeldWork): boolean => nodeId === null || locked.has(keyOfNode({ courseMapId, nodeId }));

    const decided = loaded.map((course) => {
      const held = (byCourse.get(course.course.id) ?? []).filter(free);
      return interruptInCourse(context, interruption, withLockedNodes(course, locked), held);
    });
    await commitDecisions(context, decided, transaction);
    await dispatcher.remove('plan-course-map', decided.flatMap(({ planning }) => planning ?? []), transaction);
    await dispatcher.send('plan-course-map', decided.flatMap(({ plans }) => plans), transaction);
    return decided;
  });
  for (const course of interrupted) tell(context, interruption, course);
  const count = interrupted.reduce((sum, { taken, planning }) => sum + taken.length + (planning === undefined ? 0 : 1), 0);
  if (count > 0) context.instruments.interrupted(interruption.cause, count, interruption.detectedAfterMs);
  return {
    nodesReset: interrupted.reduce((sum, { taken }) => sum + taken.length, 0),
    jobsSent: interrupted.reduce((sum, course) => sum + jobsSentFor(course), 0),
  };
}

function stillRuns({ nodes }: LoadedCourse, { nodeId, workerId, attempt }: HeldWork): boolean {
  return nodes.some((node) => node.nodeId === nodeId && node.workerId === workerId && node.attempt === attempt);
}

function interruptInCourse(
  { settings }: Context,
  { cause, detectedAfterMs }: AttemptsInterruption,
  course: LoadedCourse,
  attempts: readonly HeldWork[],
): InterruptedCourse {
  const { correlationId } = course;
  const decisions = new CourseDecisions(course);
  const taken: string[] = [];
  let planning: string | undefined;
  for (const { nodeId, workerId, attempt } of attempts) {
    const held = { workerId, attempt };
    if (nodeId !== null) {
      const events = decisions.decideNode(nodeId, { type: 'InterruptGeneration', cause, held, detectedAfterMs });
      if (events.length > 0) taken.push(nodeId);
    } else if (decisions.decideCourse({ type: 'InterruptPlanning', cause, held, detectedAfterMs }).length > 0) {
      planning = jobIdOf(courseMapStream(course.course.id), attempt);
    }
  }
  decisions.scheduleReadyNodes(settings.courseConcurrency);
  const plans = planning === undefined ? [] : planningJobs({ decisions, correlationId }, { delayMs: 0, ahead: true });
  return { decisions, correlationId, taken, planning, plans };
}

function tell({ log }: Context, { cause }: AttemptsInterruption, course: InterruptedCourse): void {
  const { decisions, correlationId, taken } = course;
  const fields = { course_map_id: decisions.course.id, correlation_id: correlationId };
  const setAside = taken.filter((nodeId) => decisions.isFailed(nodeId));
  const count = taken.length - setAside.length;
  const jobs = jobsSentFor(course);
  if (setAside.length > 0) log.warn({ ...fields, node_ids: setAside, cause }, 'Nodes failed: their worker was lost too often');
  if (count > 0) log.info({ ...fields, count, cause }, 'Reset generating nodes to pending');
  if (jobs > 0) log.info({ ...fields, jobs }, 'Restarted generation task for course');
}

function jobsSentFor({ decisions, plans }: InterruptedCourse): number {
  return decisions.jobsToSend.length + plans.length;
}

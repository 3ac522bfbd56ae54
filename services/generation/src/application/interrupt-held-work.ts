/**
 * Takes running attempts from whoever holds them and puts their work back into the queue, ahead of what waits: the
 * one way in which a node leaves a worker other than by its own outcome. Recovery, the deadline, an operator's force
 * and a process that shuts down all come through here.
 */
import type { InterruptionCause, Transaction } from '@coursewright/events';
import { courseMapStream } from '@coursewright/events';
import { CourseDecisions } from '../domain/course-decisions.ts';
import { jobIdOf } from '../domain/job-id.ts';
import { commitDecisions, planningJobs } from './commit-decisions.ts';
import type { Context } from './context.ts';
import { byKey, keyOfNode, withLockedNodes, type HeldBy, type HeldWork, type LoadedCourse } from './course-states.ts';

export interface Interruption {
  readonly heldBy: HeldBy;
  readonly cause: InterruptionCause;
  readonly detectedAfterMs: number | null;
  /** Of what is found, only this. */
  readonly only?: (work: HeldWork) => boolean;
  /** Asked in each transaction before anything is decided; false leaves everything as it is. */
  readonly stillApplies?: (transaction: Transaction) => Promise<boolean>;
}

export interface InterruptedWork {
  readonly nodesReset: number;
  readonly jobsSent: number;
}

/** Looked up together. */
const LARGEST_PAGE = 2000;
/** Bounds a transaction when a worker with very many nodes dies. */
const LARGEST_BATCH = 500;
/** Transactions at the same time: while one waits for the disk, another computes. */
const LANES = 3;

/**
 * Interrupts what is held, in short transactions. A course that cannot be recovered is logged and left for the next
 * time; it does not stop the others. May be called by many processes at once: each attempt is interrupted once.
 */
export async function interruptHeldWork(context: Context, interruption: Interruption): Promise<InterruptedWork> {
  const batches = findBatches(context, interruption);
  let nodesReset = 0;
  let jobsSent = 0;
  const lane = async (): Promise<void> => {
    for await (const batch of batches) {
      for (const done of await interruptBatch(context, interruption, batch)) {
        nodesReset += done.nodesReset;
        jobsSent += done.jobsSent;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { nodesReset, jobsSent };
}

/** Looks up what is held, page by page, and cuts it into batches, for all lanes to take from. */
async function* findBatches(context: Context, { heldBy, only }: Interruption): AsyncGenerator<HeldWork[]> {
  let after: HeldWork | null = null;
  let page: HeldWork[];
  do {
    page = await context.courses.findHeldWork(heldBy, after, LARGEST_PAGE);
    yield* batchesByCourse(only === undefined ? page : page.filter(only));
    after = page.at(-1) ?? null;
  } while (page.length === LARGEST_PAGE);
}

/** Never cuts through a course: two lanes would wait for each other's lock. */
function batchesByCourse(page: readonly HeldWork[]): HeldWork[][] {
  const batches: HeldWork[][] = [];
  for (const work of Map.groupBy(page, ({ courseMapId }) => courseMapId).values()) {
    const last = batches.at(-1);
    if (last !== undefined && last.length + work.length <= LARGEST_BATCH) last.push(...work);
    else batches.push([...work]);
  }
  return batches;
}

async function interruptBatch(
  context: Context,
  interruption: Interruption,
  batch: readonly HeldWork[],
): Promise<InterruptedWork[]> {
  if (batch.length === 0) return [];
  try {
    return [await interruptTogether(context, interruption, batch)];
  } catch (error) {
    const courses = [...Map.groupBy(batch, ({ courseMapId }) => courseMapId)];
    if (courses.length === 1) {
      const fields = { course_map_id: courses[0]?.[0], err: error };
      context.log.error(fields, 'Failed to restart generation for course');
      return [];
    }
    // Nothing was changed. Course by course, the one at fault harms nobody else.
    const done: InterruptedWork[] = [];
    for (const [, work] of courses) done.push(...(await interruptBatch(context, interruption, work)));
    return done;
  }
}

async function interruptTogether(
  context: Context,
  interruption: Interruption,
  batch: readonly HeldWork[],
): Promise<InterruptedWork> {
  const { courses, dispatcher, settings, log } = context;
  const reset = await context.transact(async (transaction) => {
    if (interruption.stillApplies !== undefined && !(await interruption.stillApplies(transaction))) return [];
    const ids = [...new Set(batch.map(({ courseMapId }) => courseMapId))];
    const loaded = await courses.lock(ids, transaction);
    const nodes = batch.flatMap(({ courseMapId, nodeId }) => (nodeId === null ? [] : [{ courseMapId, nodeId }]));
    const current = byKey(await courses.lockFreeNodes(nodes, transaction));

    const decided = loaded.map((course) => {
      const decisions = new CourseDecisions(withLockedNodes(course, current));
      const held = batch.filter(({ courseMapId, nodeId }) => {
        return courseMapId === course.course.id && (nodeId === null || current.has(keyOfNode({ courseMapId, nodeId })));
      });
      const nodesReset = held.filter((work) => interruptOne(decisions, interruption, work)).length;
      const setAside = held.flatMap(({ nodeId }) => (nodeId !== null && decisions.isFailed(nodeId) ? [nodeId] : []));
      decisions.scheduleReadyNodes(settings.courseConcurrency);
      return { decisions, correlationId: course.correlationId, nodesReset, setAside, planning: interruptedPlanning(course, decisions) };
    });
    await commitDecisions(context, decided, transaction);
    const interruptedPlans = decided.filter(({ planning }) => planning !== null);
    await dispatcher.remove('plan-course-map', interruptedPlans.flatMap(({ planning }) => planning ?? []), transaction);
    const plans = interruptedPlans.flatMap((course) => planningJobs(course, { delayMs: 0, ahead: true }));
    await dispatcher.send('plan-course-map', plans, transaction);
    return decided.map(({ decisions, nodesReset, setAside, planning, correlationId }) => ({
      course_map_id: decisions.course.id,
      correlation_id: correlationId,
      nodesReset,
      setAside,
      jobsSent: decisions.jobsToSend.length + (planning === null ? 0 : 1),
    }));
  });

  for (const { nodesReset, setAside, jobsSent, ...fields } of reset) {
    const count = nodesReset - setAside.length;
    if (setAside.length > 0) log.warn({ ...fields, node_ids: setAside }, 'Nodes failed: their worker was lost too often');
    if (count > 0) log.info({ ...fields, count, cause: interruption.cause }, 'Reset generating nodes to pending');
    if (jobsSent > 0) log.info({ ...fields, jobs: jobsSent }, 'Restarted generation task for course');
  }
  return {
    nodesReset: reset.reduce((sum, { nodesReset }) => sum + nodesReset, 0),
    jobsSent: reset.reduce((sum, { jobsSent }) => sum + jobsSent, 0),
  };
}

/** @returns whether a node was taken from its worker */
function interruptOne(decisions: CourseDecisions, { cause, detectedAfterMs }: Interruption, work: HeldWork): boolean {
  const { workerId, nodeId } = work;
  if (nodeId === null) {
    decisions.decideCourse({ type: 'InterruptPlanning', cause, workerId, detectedAfterMs });
    return false;
  }
  return decisions.decideNode(nodeId, { type: 'InterruptGeneration', cause, workerId, detectedAfterMs }).length > 0;
}

/** The job of the planning attempt that these decisions interrupted; null when they interrupted none. */
function interruptedPlanning({ course }: LoadedCourse, decisions: CourseDecisions): string | null {
  const wasInterrupted = course.status === 'planning' && decisions.course.status !== 'planning';
  return wasInterrupted ? jobIdOf(courseMapStream(course.id), course.attempt) : null;
}

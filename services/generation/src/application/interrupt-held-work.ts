/**
 * Takes running attempts from whoever holds them and puts their work back into the queue, ahead of what waits: the
 * one way in which a node leaves a worker other than by its own outcome. Recovery, the deadline, an operator's force
 * and a process that shuts down all come through here. What one transaction of it does is `interrupt-attempts.ts`.
 */
import { isDatabaseAway, type InterruptionCause } from '@coursewright/events';
import { allOver } from './all-over.ts';
import type { Context } from './context.ts';
import type { HeldBy, HeldWork } from './course-states.ts';
import { interruptAttempts, type AttemptsInterruption, type InterruptedWork } from './interrupt-attempts.ts';

export interface Interruption extends Omit<AttemptsInterruption, 'cause'> {
  /** A question where the answer costs something: it is asked for what is found, and not where nothing is. */
  readonly cause: InterruptionCause | (() => Promise<InterruptionCause>);
  readonly heldBy: HeldBy;
  /** Of what is found, only this. */
  readonly only?: (work: HeldWork) => boolean;
}

export interface InterruptionSizes {
  /** Attempts that are looked up together. */
  readonly page: number;
  /** Attempts in one transaction: bounds it when a worker with very many nodes dies. */
  readonly batch: number;
  /** Transactions at the same time: while one waits for the disk, another computes. */
  readonly lanes: number;
}

const SIZES: InterruptionSizes = { page: 2000, batch: 500, lanes: 3 };

/**
 * Interrupts what is held, in short transactions. A course that cannot be recovered is logged and left for the next
 * time; it does not stop the others. May be called by many processes at once: each attempt is interrupted once.
 *
 * @throws what `isDatabaseAway` tells, when it went away; what is not done by then is found again
 */
export async function interruptHeldWork(
  context: Context,
  interruption: Interruption,
  sizes: InterruptionSizes = SIZES,
): Promise<InterruptedWork> {
  const batches = findBatches(context, interruption, sizes);
  const done: InterruptedWork[] = [];
  const lane = async (): Promise<void> => {
    for await (const batch of batches) done.push(...(await interruptBatch(context, interruption, batch)));
  };
  await allOver(Array.from({ length: sizes.lanes }, lane));
  return sumOf(done);
}

/** What several of them came to together. */
export function sumOf(done: readonly InterruptedWork[]): InterruptedWork {
  return {
    nodesReset: done.reduce((sum, { nodesReset }) => sum + nodesReset, 0),
    jobsSent: done.reduce((sum, { jobsSent }) => sum + jobsSent, 0),
  };
}

/**
 * Looks up what is held, page by page, and cuts it into batches, for all lanes to take from. Never cuts through a course:
 * two lanes would wait for each other's lock. So the last course of a page that is full waits for the rest of it.
 */
async function* findBatches(
  { courses }: Context,
  { heldBy, only = () => true }: Interruption,
  sizes: InterruptionSizes,
): AsyncGenerator<HeldWork[]> {
  let after: HeldWork | null = null;
  let rest: HeldWork[] = [];
  for (;;) {
    const page: HeldWork[] = await courses.findHeldWork(heldBy, after, sizes.page);
    after = page.at(-1) ?? null;
    const cut = page.length < sizes.page ? undefined : after?.courseMapId;
    const found = [...rest, ...page];
    rest = found.filter(({ courseMapId }) => courseMapId === cut);
    yield* batchesByCourse(found.filter((work) => work.courseMapId !== cut && only(work)), sizes.batch);
    if (cut === undefined) return;
  }
}

function batchesByCourse(works: readonly HeldWork[], largest: number): HeldWork[][] {
  const batches: HeldWork[][] = [];
  for (const ofCourse of Map.groupBy(works, ({ courseMapId }) => courseMapId).values()) {
    const last = batches.at(-1);
    if (last !== undefined && last.length + ofCourse.length <= largest) last.push(...ofCourse);
    else batches.push([...ofCourse]);
  }
  return batches;
}

async function interruptBatch(
  context: Context,
  interruption: Interruption,
  batch: readonly HeldWork[],
): Promise<InterruptedWork[]> {
  try {
    const cause = typeof interruption.cause === 'function' ? await interruption.cause() : interruption.cause;
    return [await interruptAttempts(context, { ...interruption, cause }, batch)];
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    const courses = [...Map.groupBy(batch, ({ courseMapId }) => courseMapId)];
    if (courses.length === 1) {
      context.log.error({ course_map_id: courses[0]?.[0], err: error }, 'Failed to restart generation for course');
      return [];
    }
    // Nothing was changed. Course by course, the one at fault harms nobody else.
    const done: InterruptedWork[] = [];
    for (const [, work] of courses) done.push(...(await interruptBatch(context, interruption, work)));
    return done;
  }
}

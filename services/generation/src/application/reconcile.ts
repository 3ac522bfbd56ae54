/**
 * Looks every few seconds for what no path should leave behind, puts it right, counts it, and warns: each one is a bug or a
 * connection that broke at the worst instant. The target is to find nothing.
 *
 *   lost claims      attempts that the log gives to this process and that it knows nothing of: a claim whose COMMIT was
 *                    answered to nobody
 *   stuck courses    something waits with no job, or nothing is queued or running
 *   idle jobs        a job of a node whose attempt is over
 *
 * Along the way it does what designed paths leave to it: plannings that are queued for courses which need none any more,
 * calls in flight that nobody is making, answers that the journal has kept for long enough. Those are no defects.
 *
 * Whatever is found may be on its way at that moment, so it counts when two looks in a row have found it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransientDatabaseError } from '@coursewright/events';
import type { Context } from './context.ts';
import type { HeldWork } from './course-states.ts';
import { interruptHeldWork } from './interrupt-held-work.ts';
import type { IdleJob, Leftovers, LeftoversPage } from './leftovers.ts';
import type { Pump } from './pump.ts';
import { resumeSomeCourses } from './recover-interrupted.ts';

export interface Reconciler {
  stop(): Promise<void>;
}

export interface ReconcilerParts {
  readonly context: Context;
  readonly leftovers: Leftovers;
  readonly pumps: readonly Pump[];
  /** Between two looks; five seconds unless said otherwise. */
  readonly betweenLooksMs?: number;
}

const BETWEEN_LOOKS_MS = 5000;
/** Bounds what a look costs; the next one goes on behind. */
const COURSES_PER_LOOK = 2000;
const JOBS_PER_LOOK = 2000;
const ATTEMPTS_PER_PAGE = 1000;

/** What a look has put right. */
interface Reconciled {
  readonly lost_claims: number;
  readonly stuck_courses: number;
  readonly idle_jobs: number;
}

export function startReconciler({ context, leftovers, pumps, betweenLooksMs = BETWEEN_LOOKS_MS }: ReconcilerParts): Reconciler {
  const { courses, dispatcher, log, workerId } = context;
  const stopping = new AbortController();
  const strangers = seenTwice<HeldWork>(keyOf);
  const stuckCourses = sweep<string>((after) => leftovers.stuckCourses(after, COURSES_PER_LOOK), (id) => id);
  const idleJobs = sweep<IdleJob>((after) => leftovers.idleJobs(after, JOBS_PER_LOOK), ({ queue, id }) => `${queue} ${id}`);

  async function look(): Promise<void> {
    const found: Reconciled = {
      lost_claims: await step(giveBackLostClaims),
      stuck_courses: await step(resumeStuckCourses),
      idle_jobs: await step(removeIdleJobs),
    };
    if (Object.values(found).some((count) => count > 0)) log.warn({ found }, 'Reconciled what no path should leave behind');
    const doubted = await step(() => leftovers.doubtForgottenCalls());
    if (doubted > 0) log.info({ count: doubted }, 'Noted calls that nobody is making any more as in doubt');
    const dropped = await step(() => leftovers.dropOldAnswers());
    if (dropped > 0) log.info({ count: dropped }, 'Dropped answers that the journal keeps no longer');
  }

  /** One that fails keeps none of the others from being done. */
  async function step(work: () => Promise<number>): Promise<number> {
    try {
      return await work();
    } catch (error) {
      log[isTransientDatabaseError(error) ? 'debug' : 'error']({ err: error }, 'Reconciling failed');
      return 0;
    }
  }

  async function giveBackLostClaims(): Promise<number> {
    const held: HeldWork[] = [];
    let page: HeldWork[];
    do {
      page = await courses.findHeldWork({ by: 'worker', workerId }, held.at(-1) ?? null, ATTEMPTS_PER_PAGE);
      held.push(...page);
    } while (page.length === ATTEMPTS_PER_PAGE);
    const inHand = new Set(pumps.flatMap((pump) => pump.inHand()).map(keyOf));
    // Twice in a row, because a claim that was just committed is not in hand yet.
    const lost = new Set(strangers(held.filter((work) => !inHand.has(keyOf(work)))).map(keyOf));
    if (lost.size === 0) return 0;
    await interruptHeldWork(context, {
      heldBy: { by: 'worker', workerId },
      cause: 'claim_lost',
      detectedAfterMs: null,
      only: (work) => lost.has(keyOf(work)),
    });
    return lost.size;
  }

  async function resumeStuckCourses(): Promise<number> {
    const lasting = await stuckCourses();
    if (lasting.length > 0) await resumeSomeCourses(context, lasting);
    return lasting.length;
  }

  async function removeIdleJobs(): Promise<number> {
    const lasting = await idleJobs();
    for (const [queue, jobs] of Map.groupBy(lasting, (job) => job.queue)) {
      await context.transact((transaction) => dispatcher.remove(queue, jobs.map(({ id }) => id), transaction));
    }
    return lasting.filter(({ queue }) => queue === 'generate-node').length;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(betweenLooksMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await look();
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * Goes through everything page by page, one a call; passes on what two calls in a row have found. A page with suspects is
 * looked at twice, and no more: on a busy system every page has some that are on their way.
 */
function sweep<Thing>(look: (after: string | null) => Promise<LeftoversPage<Thing>>, keyOfThing: (thing: Thing) => string): () => Promise<Thing[]> {
  const twice = seenTwice(keyOfThing);
  let after: string | null = null;
  let hadSuspects = false;
  return async () => {
    const { found, next } = await look(after);
    hadSuspects = found.length > 0 && !hadSuspects;
    if (!hadSuspects) after = next;
    return twice(found);
  };
}

/** Passes on what it was given in two calls in a row. */
function seenTwice<Thing>(keyOfThing: (thing: Thing) => string): (things: readonly Thing[]) => Thing[] {
  let before = new Set<string>();
  return (things) => {
    const twice = things.filter((thing) => before.has(keyOfThing(thing)));
    before = new Set(things.map(keyOfThing));
    return twice;
  };
}

function keyOf({ courseMapId, nodeId }: Pick<HeldWork, 'courseMapId' | 'nodeId'>): string {
  return `${courseMapId}+${nodeId ?? ''}`;
}

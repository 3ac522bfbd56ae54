/**
 * Looks every few seconds for what no path should leave behind, puts it right, counts it, and warns: each one is a bug or a
 * connection that broke at the worst instant. The target is to find nothing.
 *
 *   lost claims      attempts that the log gives to this process and that it knows nothing of: a claim whose COMMIT was
 *                    answered to nobody
 *   stuck courses    something waits with no job, or nothing is queued or running
 *   idle jobs        a job whose attempt is over
 *   forgotten calls  calls in flight that nobody is making any more
 *
 * Whatever is found may be on its way at that moment, so it counts when two looks in a row have found it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransientDatabaseError } from '@coursewright/events';
import type { Context } from './context.ts';
import type { HeldWork } from './course-states.ts';
import { interruptHeldWork } from './interrupt-held-work.ts';
import type { IdleJob, Leftovers } from './leftovers.ts';
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
const COURSES_PER_LOOK = 500;
const JOBS_PER_LOOK = 500;
const ATTEMPTS_PER_LOOK = 1000;

/** What a look has put right. */
interface Reconciled {
  readonly lost_claims: number;
  readonly stuck_courses: number;
  readonly idle_jobs: number;
  readonly forgotten_calls: number;
}

export function startReconciler({ context, leftovers, pumps, betweenLooksMs = BETWEEN_LOOKS_MS }: ReconcilerParts): Reconciler {
  const { courses, dispatcher, log, workerId } = context;
  const stopping = new AbortController();
  const strangers = seenTwice<HeldWork>(keyOf);
  const stuck = seenTwice<string>((id) => id);
  const idle = seenTwice<IdleJob>(({ queue, id }) => `${queue} ${id}`);
  let after: string | null = null;

  async function look(): Promise<void> {
    const found: Reconciled = {
      lost_claims: await giveBackLostClaims(),
      stuck_courses: await resumeStuckCourses(),
      idle_jobs: await removeIdleJobs(),
      forgotten_calls: await leftovers.doubtForgottenCalls(),
    };
    if (Object.values(found).some((count) => count > 0)) log.warn({ found }, 'Reconciled what no path should leave behind');
    const dropped = await leftovers.dropOldAnswers();
    if (dropped > 0) log.info({ count: dropped }, 'Dropped answers that the journal keeps no longer');
  }

  async function giveBackLostClaims(): Promise<number> {
    const held = await courses.findHeldWork({ by: 'worker', workerId }, null, ATTEMPTS_PER_LOOK);
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
    const { ids, next } = await leftovers.stuckCourses(after, COURSES_PER_LOOK);
    const lasting = stuck(ids);
    if (lasting.length > 0) await resumeSomeCourses(context, lasting);
    // A page with suspects is looked at twice.
    if (ids.length === 0 || lasting.length > 0) after = next;
    return lasting.length;
  }

  async function removeIdleJobs(): Promise<number> {
    const lasting = idle(await leftovers.idleJobs(JOBS_PER_LOOK));
    for (const [queue, jobs] of Map.groupBy(lasting, (job) => job.queue)) {
      await context.transact((transaction) => dispatcher.remove(queue, jobs.map(({ id }) => id), transaction));
    }
    return lasting.length;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(betweenLooksMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await look();
      } catch (error) {
        log[isTransientDatabaseError(error) ? 'debug' : 'error']({ err: error }, 'Reconciling failed');
      }
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

/**
 * Recovery: finds attempts whose worker is dead, takes them back, and has them done again; and finds courses that
 * wait with no job. Called at start-up and for the admin endpoint; the first half also by a loop in every process.
 *
 * Its work is in proportion to what is open, never to the length of history.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway, isTransientDatabaseError, type InterruptionCause, type RecoveryStats } from '@coursewright/events';
import { allOver } from './all-over.ts';
import type { Context } from './context.ts';
import type { DeadWorker, DeathWatch } from './death-watch.ts';
import { interruptHeldWork, sumOf, type Interruption } from './interrupt-held-work.ts';
import { resumeCourses } from './resume-courses.ts';
import type { InterruptedWork } from './interrupt-attempts.ts';
import type { WorkerDirectory } from './worker-directory.ts';

/**
 * `full`: looks until every suspicion is settled, takes back what the dead hold and what is overdue, and visits every open course.
 * `force`: as `full`, and takes work from the living too, as a restart of everything would.
 */
export type RecoveryMode = 'full' | 'force';

export interface Recovery {
  readonly context: Context;
  readonly directory: WorkerDirectory;
  readonly deaths: DeathWatch;
  /** What this process is interrupting at this moment, by whom it holds: a look does not begin again what goes on already. */
  readonly underWay: Map<string, Promise<InterruptedWork>>;
}

const COURSES_PER_TRANSACTION = 100;
const IDS_PER_PAGE = 1000;

/** Safe to call from many processes at once: each attempt is interrupted once, each node scheduled once. */
export async function recoverInterrupted(recovery: Recovery, mode: RecoveryMode): Promise<RecoveryStats> {
  const { context, deaths } = recovery;
  const { log } = context;
  log.info({ mode }, 'Starting recovery process for incomplete tasks');
  // Both at once: to settle who is dead takes a second look, after a pause.
  const [open, dead] = await Promise.all([allOpenCourses(context), deaths.settle()]);
  log.info({ course_count: open.length, course_map_ids: open.slice(0, 100) }, 'Found incomplete tasks');
  const interrupted = await interruptAll(recovery, dead, mode === 'force' ? ['overdue', 'anyone'] : ['overdue']);
  const resumed = await resumeSomeCourses(context, open);
  const stats = { ...interrupted, courses_found: open.length, tasks_restarted: interrupted.tasks_restarted + resumed };
  log.info({ stats }, 'Recovery completed successfully');
  return stats;
}

type InterruptedStats = Omit<RecoveryStats, 'courses_found'>;

/** Takes work from the dead; and then, where asked for, what is overdue, and what anyone holds. */
async function interruptAll(
  recovery: Recovery,
  dead: readonly DeadWorker[],
  also: readonly ('overdue' | 'anyone')[],
): Promise<InterruptedStats> {
  const { context, deaths, directory } = recovery;
  // Of each worker by itself: one that held very much keeps no other's work waiting.
  const done = await allOver(
    dead.map(({ workerId, lockKey, detectedAfterMs, cause }) =>
      interruptOnce(recovery, {
        heldBy: { by: 'worker', workerId },
        cause,
        detectedAfterMs,
        stillApplies: (transaction) => directory.provesDead(lockKey, transaction),
      }),
    ),
  );
  // Behind them, so that what a dead worker held is not among it, and has its own cause.
  for (const by of also) done.push(await interruptOnce(recovery, { heldBy: { by }, cause: by === 'anyone' ? 'operator' : causeOfOverdue, detectedAfterMs: null }));
  const { nodesReset, jobsSent } = sumOf(done);
  return { nodes_reset: nodesReset, tasks_restarted: jobsSent };

  async function causeOfOverdue(): Promise<InterruptionCause> {
    // An attempt that was under way while the database was away could not be recorded in time, however well it went. Who has just
    // started has no beacon that it lost, so the server is asked as well.
    const { deadlineMs } = context.settings;
    return deaths.wasCutOffWithin(deadlineMs) || (await directory.databaseStartedWithin(deadlineMs)) ? 'database_lost' : 'deadline_passed';
  }
}

/** Joins in when this process is at it already. */
function interruptOnce({ context, underWay }: Recovery, interruption: Interruption): Promise<InterruptedWork> {
  const { heldBy } = interruption;
  const key = heldBy.by === 'worker' ? `worker ${heldBy.workerId}` : heldBy.by;
  const running = underWay.get(key) ?? interruptHeldWork(context, interruption).finally(() => underWay.delete(key));
  underWay.set(key, running);
  return running;
}

async function allOpenCourses({ courses }: Context): Promise<string[]> {
  const open: string[] = [];
  for (;;) {
    const page = await courses.openCourses(open.at(-1) ?? null, IDS_PER_PAGE);
    open.push(...page);
    if (page.length < IDS_PER_PAGE) return open;
  }
}

/** Gives these courses the jobs that they lack; returns how many that were. One that fails is logged and passed over. */
export async function resumeSomeCourses(context: Context, courseMapIds: readonly string[]): Promise<number> {
  let sent = 0;
  for (let from = 0; from < courseMapIds.length; from += COURSES_PER_TRANSACTION) {
    sent += await resumeTogether(context, courseMapIds.slice(from, from + COURSES_PER_TRANSACTION));
  }
  return sent;
}

async function resumeTogether(context: Context, courseMapIds: readonly string[]): Promise<number> {
  const { log } = context;
  try {
    const { sent, held } = await context.transact((transaction) => resumeCourses(context, courseMapIds, transaction));
    for (const [course_map_id, jobs] of sent) {
      if (jobs > 0) log.info({ course_map_id, jobs }, 'Restarted generation task for course');
    }
    // The reconciler comes back for them.
    if (held.size > 0) log.info({ course_map_ids: [...held] }, 'Left courses alone that somebody else is changing');
    return [...sent.values()].reduce((sum, jobs) => sum + jobs, 0);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    const [only] = courseMapIds;
    if (courseMapIds.length === 1) {
      log.error({ course_map_id: only, err: error }, 'Failed to restart generation for course');
      return 0;
    }
    // Nothing was changed. One by one, the course at fault stops nobody else.
    let sent = 0;
    for (const id of courseMapIds) sent += await resumeTogether(context, [id]);
    return sent;
  }
}

export interface RecoveryLoop {
  stop(): Promise<void>;
}

const TICK_MS = 150;
/** A look for overdue attempts every so many ticks: about one a second. */
const OVERDUE_EVERY = 7;
/** So that processes which started together do not look together for ever. */
const TICK_SPREAD = 0.25;

/**
 * Ticks until stopped. A tick that fails changes nothing and is tried again; the database being away is no news. A tick that has
 * much to interrupt keeps none of the next ones from looking.
 */
export function startRecoveryLoop(recovery: Recovery): RecoveryLoop {
  const { context } = recovery;
  const stopping = new AbortController();
  /** What ticks have found to do, and the next ones need not wait for. */
  const acting = new Set<Promise<void>>();

  async function run(): Promise<void> {
    for (let number = 0; !stopping.signal.aborted; number += 1) {
      await tick(number % OVERDUE_EVERY === 0 ? ['overdue'] : []).catch(tell);
      const pause = TICK_MS * (1 + TICK_SPREAD * (2 * context.chance() - 1));
      // Whoever is suspected is looked at again the moment it counts, not at the next tick.
      await sleep(Math.min(pause, Math.ceil(recovery.deaths.dueInMs() ?? pause)), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await Promise.all(acting);
  }

  async function tick(also: readonly 'overdue'[]): Promise<void> {
    const dead = await recovery.deaths.look();
    const action: Promise<void> = interruptAll(recovery, dead, also).then(() => undefined, tell).finally(() => acting.delete(action));
    acting.add(action);
  }

  function tell(error: unknown): void {
    context.log[isTransientDatabaseError(error) ? 'debug' : 'error']({ err: error }, 'Recovery tick failed');
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * Recovery: finds attempts whose worker is dead, takes them back, and has them done again; and finds courses that
 * wait with no job. One function, called at start-up, by a loop in every process, and for the admin endpoint.
 *
 * Its work is in proportion to what is open, never to the length of history.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailableError, isTransientDatabaseError, type RecoveryStats } from '@coursewright/events';
import type { Context } from './context.ts';
import type { DeadWorker, DeathWatch } from './death-watch.ts';
import { interruptHeldWork, type Interruption } from './interrupt-held-work.ts';
import { resumeCourses } from './resume-courses.ts';
import type { InterruptedWork } from './interrupt-attempts.ts';
import type { WorkerDirectory } from './worker-directory.ts';

/**
 * `silent`: one look for workers that are dead, for the loop. `tick`: one look for overdue attempts too, which are not in so
 * much of a hurry. `full`: looks until every suspicion is settled, and visits every open course.
 * `force`: as `full`, and takes work from the living too, as a restart of everything would.
 */
export type RecoveryMode = 'silent' | 'tick' | 'full' | 'force';

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
  if (mode === 'silent' || mode === 'tick') return { courses_found: 0, ...(await interruptAll(recovery, await deaths.look(), mode)) };

  log.info({ mode }, 'Starting recovery process for incomplete tasks');
  // Both at once: to settle who is dead takes a second look, after a pause.
  const [open, dead] = await Promise.all([allOpenCourses(context), deaths.settle()]);
  log.info({ course_count: open.length, course_map_ids: open.slice(0, 100) }, 'Found incomplete tasks');
  const interrupted = await interruptAll(recovery, dead, mode);
  const resumed = await resumeSomeCourses(context, open);
  const stats = { ...interrupted, courses_found: open.length, tasks_restarted: interrupted.tasks_restarted + resumed };
  log.info({ stats }, 'Recovery completed successfully');
  return stats;
}

type InterruptedStats = Omit<RecoveryStats, 'courses_found'>;

async function interruptAll(
  recovery: Recovery,
  dead: readonly DeadWorker[],
  mode: RecoveryMode,
): Promise<InterruptedStats> {
  const { directory } = recovery;
  const interruptions: Interruption[] = dead.map(({ workerId, lockKey, detectedAfterMs }) => ({
    heldBy: { by: 'worker', workerId },
    cause: 'worker_lost',
    detectedAfterMs,
    stillApplies: (transaction) => directory.provesDead(lockKey, transaction),
  }));
  if (mode !== 'silent') interruptions.push({ heldBy: { by: 'overdue' }, cause: 'deadline_passed', detectedAfterMs: null });
  if (mode === 'force') interruptions.push({ heldBy: { by: 'anyone' }, cause: 'operator', detectedAfterMs: null });

  // Of each worker by itself: one that held very much keeps nobody else's work waiting.
  const done = await Promise.all(interruptions.map((interruption) => interruptOnce(recovery, interruption)));
  return {
    nodes_reset: done.reduce((sum, { nodesReset }) => sum + nodesReset, 0),
    tasks_restarted: done.reduce((sum, { jobsSent }) => sum + jobsSent, 0),
  };
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
    const sent = await context.transact((transaction) => resumeCourses(context, courseMapIds, transaction));
    for (const [course_map_id, jobs] of sent) {
      if (jobs > 0) log.info({ course_map_id, jobs }, 'Restarted generation task for course');
    }
    return [...sent.values()].reduce((sum, jobs) => sum + jobs, 0);
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw error;
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
      await tick(number % OVERDUE_EVERY === 0 ? 'tick' : 'silent').catch(tell);
      const pause = TICK_MS * (1 + TICK_SPREAD * (2 * context.chance() - 1));
      // Whoever is suspected is looked at again the moment it counts, not at the next tick.
      await sleep(Math.min(pause, Math.ceil(recovery.deaths.dueInMs() ?? pause)), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await Promise.all(acting);
  }

  async function tick(mode: RecoveryMode): Promise<void> {
    const dead = await recovery.deaths.look();
    const action: Promise<void> = interruptAll(recovery, dead, mode).then(() => undefined, tell).finally(() => acting.delete(action));
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

/**
 * The port to what no path should leave behind, and to what designed paths leave for later. Looks for courses and jobs are
 * read-only and take no lock.
 */
import type { Queue } from './dispatcher.ts';

export interface IdleJob {
  readonly queue: Queue;
  readonly id: string;
}

/** What was found in a page; `next` is where to go on, null at the end. */
export interface LeftoversPage<Thing> {
  readonly found: readonly Thing[];
  readonly next: string | null;
}

export interface Leftovers {
  /**
   * Of the next `limit` courses with unfinished work, in order of id after the given one, those in which something waits
   * with no job, or nothing is queued or running at all.
   */
  stuckCourses(after: string | null, limit: number): Promise<LeftoversPage<string>>;

  /** Of the next `limit` jobs, in order of id after the given one, those whose attempt their node or course does not wait for. */
  idleJobs(after: string | null, limit: number): Promise<LeftoversPage<IdleJob>>;

  /** Calls in flight whose attempt has ended and whose worker is gone, or that are overdue: noted as in doubt. Returns how many. */
  doubtForgottenCalls(): Promise<number>;

  /** Forgets answers that are older than the journal keeps them, some at a time. Returns how many. */
  dropOldAnswers(): Promise<number>;
}

/**
 * The port to what no path should leave behind. Each of these looks is read-only and takes no lock; on a healthy database
 * it finds nothing.
 */
import type { Queue } from './dispatcher.ts';

export interface IdleJob {
  readonly queue: Queue;
  readonly id: string;
}

export interface Leftovers {
  /**
   * Of the next `limit` courses with unfinished work, in order of id after the given one, those in which something waits
   * with no job, or nothing is queued or running at all. `next` is where to go on; null at the end.
   */
  stuckCourses(after: string | null, limit: number): Promise<{ readonly ids: string[]; readonly next: string | null }>;

  /** Jobs whose attempt is not the one that their node or course waits for, at most `limit`. */
  idleJobs(limit: number): Promise<IdleJob[]>;

  /** Calls in flight whose attempt has ended and whose worker is gone, or that are overdue: noted as in doubt. Returns how many. */
  doubtForgottenCalls(): Promise<number>;

  /** Forgets answers that are older than the journal keeps them, some at a time. Returns how many. */
  dropOldAnswers(): Promise<number>;
}

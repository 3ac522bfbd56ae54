/**
 * The port to the queue. It hands each job to one worker at a time and wakes those who wait; it is never asked who
 * owns a node or whether an attempt counts. Everything here joins the caller's transaction.
 */
import type { Transaction } from '@coursewright/events';

export type Queue = 'plan-course-map' | 'generate-node';

/** One attempt of one stream, waiting to be claimed. */
export interface Job {
  /** Made from stream and attempt, so that sending the same attempt twice is sending it once. */
  readonly id: string;
  readonly courseMapId: string;
  /** Which node; null for planning. */
  readonly nodeId: string | null;
  readonly attempt: number;
  /** The request that the work belongs to. */
  readonly correlationId: string;
}

export interface JobToSend extends Job {
  /** How long it is held back, in milliseconds. */
  readonly delayMs: number;
  /** Whether it overtakes the jobs that wait. */
  readonly ahead: boolean;
}

/** The queue refused a job, because its stream already has one. The transaction must not commit. */
export class JobRefusedError extends Error {
  override readonly name = 'JobRefusedError';
  readonly code = 'job_refused';
  readonly queue: Queue;
  readonly jobIds: readonly string[];

  constructor(queue: Queue, jobIds: readonly string[]) {
    super(`the queue ${queue} refused ${jobIds.length} jobs whose streams have a job already`);
    this.queue = queue;
    this.jobIds = jobIds;
  }
}

export interface Dispatcher {
  /**
   * Sends jobs and, when the transaction commits, wakes those who wait for them.
   * @throws JobRefusedError when a stream has a job already
   */
  send(queue: Queue, jobs: readonly JobToSend[], transaction: Transaction): Promise<void>;

  /** Sends those of the jobs that are not in the queue, and returns their ids. */
  sendMissing(queue: Queue, jobs: readonly JobToSend[], transaction: Transaction): Promise<string[]>;

  /** Takes up to `limit` jobs; they are nobody else's if and when the transaction commits. */
  fetch(queue: Queue, limit: number, transaction: Transaction): Promise<Job[]>;

  /** Removes jobs, in whatever state; those that are gone already are passed over. */
  remove(queue: Queue, jobIds: readonly string[], transaction: Transaction): Promise<void>;
}

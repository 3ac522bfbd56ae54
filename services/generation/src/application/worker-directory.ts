/**
 * The port to who is alive. docs/recovery.md has the argument for it.
 */

import type { Transaction } from '@coursewright/events';

/** A worker that holds work and no beacon. */
export interface SilentWorker {
  readonly workerId: string;
  readonly lockKey: number;
  /** Whether the database server was started anew since the worker took its beacon: then every beacon dropped. */
  readonly databaseRestarted: boolean;
  /** Whether its other session is still there, or there is no telling: then it may be that only its beacon broke. */
  readonly listens: boolean;
}

export interface WorkerDirectory {
  /** Workers that hold work and no beacon, at this moment. One look proves nothing: sessions reconnect. */
  silentWorkers(): Promise<SilentWorker[]>;

  /**
   * Takes the worker's own lock, shared with others who recover it, for the length of the transaction. True proves
   * that the worker holds no beacon, and keeps it from taking it again meanwhile; false: it is alive after all.
   */
  provesDead(lockKey: number, transaction: Transaction): Promise<boolean>;

  /** Whether the database server was started in the last so many milliseconds: it was away before that. */
  databaseStartedWithin(ms: number): Promise<boolean>;
}

/**
 * Tells the dead from those who merely lost a connection. A worker counts as dead when its beacon was missing in two
 * looks with a pause between them; when the database itself was restarted every beacon dropped at once, and the
 * survivors are given longer to take theirs again.
 *
 * Taking the living for dead costs a paid call and nothing else: the version fences whoever is wrong.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerDirectory } from './worker-directory.ts';

export interface DeadWorker {
  readonly workerId: string;
  readonly lockKey: number;
  /** From the first look that missed it to now, in milliseconds. */
  readonly detectedAfterMs: number;
}

export interface DeathWatch {
  /** One look: those that have been missing for long enough. */
  look(): Promise<DeadWorker[]>;
  /** Looks until every suspicion is settled, one way or the other; a few seconds at most. */
  settle(): Promise<DeadWorker[]>;
}

/** Between the first look that misses a beacon and the one that counts. */
const RECONNECT_GRACE_MS = 300;
/** The same, after the database was away. */
const DATABASE_RESTART_GRACE_MS = 3000;
const BETWEEN_LOOKS_MS = 60;

/** @param monotonicMs a clock that never jumps, in milliseconds */
export function createDeathWatch(directory: WorkerDirectory, monotonicMs: () => number): DeathWatch {
  let missedSince = new Map<string, number>();

  async function look(): Promise<{ dead: DeadWorker[]; suspected: number }> {
    const silent = await directory.silentWorkers();
    const now = monotonicMs();
    // Whoever is not silent any more is forgotten: the next silence counts from its own beginning.
    missedSince = new Map(silent.map(({ workerId }) => [workerId, missedSince.get(workerId) ?? now]));
    const dead = silent.flatMap(({ workerId, lockKey, databaseRestarted }) => {
      const detectedAfterMs = Math.round(now - (missedSince.get(workerId) ?? now));
      const grace = databaseRestarted ? DATABASE_RESTART_GRACE_MS : RECONNECT_GRACE_MS;
      return detectedAfterMs >= grace ? [{ workerId, lockKey, detectedAfterMs }] : [];
    });
    return { dead, suspected: silent.length - dead.length };
  }

  return {
    look: async () => (await look()).dead,

    async settle() {
      for (;;) {
        const { dead, suspected } = await look();
        if (suspected === 0) return dead;
        await sleep(BETWEEN_LOOKS_MS);
      }
    },
  };
}

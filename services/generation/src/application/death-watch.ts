/**
 * Tells the dead from those who merely lost a connection. A worker counts as dead when its beacon was missing in two
 * looks with a pause between them; a shorter one when its listener is gone too, and a longer one when the database
 * itself was restarted, for then every beacon dropped at once and the survivors have to take theirs again.
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
  /** `database_lost` when the database's end, or a cut that everybody had, took its beacon. */
  readonly cause: 'worker_lost' | 'database_lost';
}

export interface DeathWatch {
  /** One look: those that have been missing for long enough. */
  look(): Promise<DeadWorker[]>;
  /** When the next suspicion of the last look is due, in milliseconds; undefined when there is none. */
  dueInMs(): number | undefined;
  /**
   * Looks until every suspicion is settled, one way or the other, for five seconds at most. Empty when this process was cut off
   * itself all the while.
   */
  settle(): Promise<DeadWorker[]>;
  /** Whether this process was cut off from the database in the last so many milliseconds. */
  wasCutOffWithin(ms: number): boolean;
}

/** Between the first look that misses a beacon and the one that counts. */
const RECONNECT_GRACE_MS = 250;
/** The same for a worker whose listener is gone as well: a process that dies has neither.
 * Still several times what it takes to connect again (40 to 90 ms where two cores do everything, 220 while another process
 * starts there): a proxy that drops its connections takes both of a living one. */
const VANISHED_GRACE_MS = 200;
/** The same when it was not the worker alone: the database was away, or whoever looks was cut off himself. */
const OUTAGE_GRACE_MS = 3000;
const BETWEEN_LOOKS_MS = 60;
/** Longer than every grace. */
const SETTLED_AFTER_MS = 5000;

/** Whoever looks, as far as it matters for judging others. */
export interface Witness {
  readonly workerId: string;
  /** Whether its own beacon is held: one that is cut off cannot tell who else is. */
  isHeld(): boolean;
  /**
   * The number of times that it has taken its beacon, while its lease is believed; else undefined. The same number twice
   * proves that the beacon was not lost in between.
   */
  leaseTerm(): number | undefined;
  /** When it took its own beacon again after losing it, by the same clock; undefined if it never lost it. */
  retakenAtMs(): number | undefined;
}

/** @param monotonicMs a clock that never jumps, in milliseconds */
export function createDeathWatch(directory: WorkerDirectory, witness: Witness, monotonicMs: () => number): DeathWatch {
  let missedSince = new Map<string, number>();
  let dueAtMs: number | undefined;

  async function look(): Promise<DeadWorker[]> {
    const silent = (await directory.silentWorkers()).filter(({ workerId }) => workerId !== witness.workerId);
    if (!witness.isHeld()) {
      missedSince.clear();
      dueAtMs = undefined;
      return [];
    }
    const now = monotonicMs();
    const retakenAt = witness.retakenAtMs();
    // Whoever is not silent any more is forgotten: the next silence counts from its own beginning.
    missedSince = new Map(silent.map(({ workerId }) => [workerId, missedSince.get(workerId) ?? now]));
    const judged = silent.map(({ workerId, lockKey, databaseRestarted, listens }) => {
      const since = missedSince.get(workerId) ?? now;
      // What cut us off has probably cut others off too, and they need as long as we did.
      const sharedOutage = databaseRestarted || (retakenAt !== undefined && since - retakenAt < OUTAGE_GRACE_MS);
      const ownGraceMs = listens ? RECONNECT_GRACE_MS : VANISHED_GRACE_MS;
      const graceMs = sharedOutage ? OUTAGE_GRACE_MS : ownGraceMs;
      const cause = sharedOutage ? 'database_lost' as const : 'worker_lost' as const;
      return { dead: { workerId, lockKey, detectedAfterMs: Math.round(now - since), cause }, dueInMs: graceMs - (now - since) };
    });
    const due = judged.filter(({ dueInMs }) => dueInMs <= 0);
    const suspected = judged.filter(({ dueInMs }) => dueInMs > 0);
    dueAtMs = suspected.length === 0 ? undefined : now + Math.min(...suspected.map(({ dueInMs }) => dueInMs));
    return due.map(({ dead }) => dead);
  }

  function dueInMs(): number | undefined {
    return dueAtMs === undefined ? undefined : Math.max(0, dueAtMs - monotonicMs());
  }

  return {
    look,
    dueInMs,

    wasCutOffWithin(ms) {
      const retakenAt = witness.retakenAtMs();
      return !witness.isHeld() || (retakenAt !== undefined && monotonicMs() - retakenAt < ms);
    },

    async settle() {
      const untilMs = monotonicMs() + SETTLED_AFTER_MS;
      for (;;) {
        const dead = await look();
        const nextInMs = dueInMs();
        // Who is cut off cannot tell yet; a worker that comes and goes would keep this going for ever.
        if ((nextInMs === undefined && witness.isHeld()) || monotonicMs() >= untilMs) return dead;
        await sleep(Math.min(BETWEEN_LOOKS_MS, Math.ceil(nextInMs ?? BETWEEN_LOOKS_MS)));
      }
    },
  };
}

/**
 * Keeps a number of slots busy: claims as many attempts as there are free slots, woken by a notification, by each
 * slot that becomes free, and by a slow poll behind both.
 *
 * Our own rather than pg-boss' `work()`: with a batch size of one that sleeps its polling interval between jobs, a
 * batch waits for its slowest job, and a transactional worker would hold a transaction for the whole model call.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Log } from './context.ts';
import type { HeldAttempt } from './course-states.ts';

export interface PumpSettings<Attempt extends HeldAttempt> {
  readonly slots: number;
  /** Claims up to `limit` attempts. Rejecting claims nothing. */
  readonly claim: (limit: number) => Promise<Attempt[]>;
  /**
   * Sees an attempt through. Calls `answered` when the paid call is over, which frees the slot while the outcome is
   * still on its way into the log. Never rejects.
   */
  readonly run: (attempt: Attempt, signal: AbortSignal, answered: () => void) => Promise<void>;
  /** Whether this process may take on work now: false while it does not know itself to be alive. */
  readonly mayClaim: () => boolean;
  readonly log: Log;
}

export interface Pump {
  /** There may be something to claim. */
  wake(): void;
  /** The attempts in hand. */
  inHand(): HeldAttempt[];
  /** Ends the call of an attempt that is no longer this worker's. */
  abandon(attempt: HeldAttempt): void;
  /** Claims nothing more from now on. */
  stopClaiming(): void;
  /** Resolves once nothing is in hand, or `graceMs` have passed; whether nothing is in hand. */
  drained(graceMs: number): Promise<boolean>;
}

const FIRST_RETRY_MS = 100;
const SLOWEST_RETRY_MS = 2000;
/** Attempts in hand for each slot, those included whose outcome cannot be recorded yet: bounds what is held in memory. */
const MOST_IN_HAND_PER_SLOT = 10;

export function createPump<Attempt extends HeldAttempt>(settings: PumpSettings<Attempt>): Pump {
  const running = new Map<Attempt, { readonly done: Promise<void>; readonly abort: AbortController }>();
  let calls = 0;
  let claim: Promise<unknown> = Promise.resolve();
  let claiming = false;
  let stopped = false;
  let wokenMeanwhile = false;
  let retryMs = FIRST_RETRY_MS;

  async function fill(): Promise<void> {
    if (claiming) {
      wokenMeanwhile = true;
      return;
    }
    claiming = true;
    try {
      do {
        await turnOfTheLoop(); // Slots that become free in the same turn are filled by one claim.
        wokenMeanwhile = false;
        const free = Math.min(settings.slots - calls, settings.slots * MOST_IN_HAND_PER_SLOT - running.size);
        if (stopped || free <= 0 || !settings.mayClaim()) break;
        const claimed = settings.claim(free);
        claim = claimed.catch(() => undefined);
        const attempts = await claimed;
        retryMs = FIRST_RETRY_MS;
        for (const attempt of attempts) start(attempt);
        if (attempts.length === free) wokenMeanwhile = true;
      } while (wokenMeanwhile);
    } catch (error) {
      settings.log.warn({ err: error, retry_in_ms: retryMs }, 'Claiming failed, trying again');
      setTimeout(() => void fill(), retryMs);
      retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS);
    } finally {
      claiming = false;
    }
  }

  function start(attempt: Attempt): void {
    const abort = new AbortController();
    let calling = true;
    calls += 1;
    const answered = (): void => {
      if (!calling) return;
      calling = false;
      calls -= 1;
      void fill();
    };
    const done = settings.run(attempt, abort.signal, answered).finally(() => {
      running.delete(attempt);
      answered();
      void fill();
    });
    running.set(attempt, { done, abort });
  }

  return {
    wake: () => void fill(),
    inHand: () => [...running.keys()],
    abandon: ({ courseMapId, nodeId, startedVersion }) => {
      for (const [attempt, { abort }] of running) {
        const isIt =
          attempt.courseMapId === courseMapId && attempt.nodeId === nodeId && attempt.startedVersion === startedVersion;
        if (isIt) abort.abort();
      }
    },
    stopClaiming: () => {
      stopped = true;
    },
    async drained(graceMs) {
      const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      // What a claim brings that was on its way belongs to what is in hand.
      await Promise.race([claim, grace]);
      await turnOfTheLoop();
      await Promise.race([Promise.all([...running.values()].map(({ done }) => done)), grace]);
      return running.size === 0;
    },
  };
}

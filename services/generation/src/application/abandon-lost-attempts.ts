/**
 * Ends calls whose answer nobody waits for, so that no more is paid for it. Only money is saved here: without it the
 * version would refuse the answer all the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from './context.ts';
import type { Pump } from './pump.ts';

/** At most so often; the log may be notified thousands of times a second. */
const BETWEEN_LOOKS_MS = 250;

export interface LostAttemptWatch {
  /** The log grew: something may have been taken away. */
  wake(): void;
}

export function watchForLostAttempts({ courses, log }: Context, pumps: readonly Pump[]): LostAttemptWatch {
  let looking = false;
  let again = false;

  async function look(): Promise<void> {
    looking = true;
    do {
      again = false;
      try {
        const held = pumps.flatMap((pump) => pump.inHand());
        const lost = held.length === 0 ? [] : await courses.pointlessAttempts(held);
        for (const attempt of lost) for (const pump of pumps) pump.abandon(attempt);
      } catch (error) {
        log.debug({ err: error }, 'Could not look for lost attempts');
      }
      await sleep(BETWEEN_LOOKS_MS);
    } while (again);
    looking = false;
  }

  return {
    wake() {
      again = true;
      if (!looking) void look();
    },
  };
}

/**
 * What no path should leave behind, looked for every few seconds: attempts that the log gives to this process and that
 * it knows nothing of (a claim whose COMMIT was answered to nobody), and courses that wait with no job.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransientDatabaseError } from '@coursewright/events';
import type { Context } from './context.ts';
import type { HeldWork } from './course-states.ts';
import { interruptHeldWork } from './interrupt-held-work.ts';
import type { Pump } from './pump.ts';
import { resumeSomeCourses } from './recover-interrupted.ts';

export interface TidyUp {
  stop(): Promise<void>;
}

const BETWEEN_LOOKS_MS = 3000;
/** Bounds what a look costs; the next one goes on behind. */
const COURSES_PER_LOOK = 200;

export function startTidyUp(context: Context, pumps: readonly Pump[]): TidyUp {
  const stopping = new AbortController();
  let strangersBefore = new Set<string>();
  let after: string | null = null;

  async function look(): Promise<void> {
    // Twice in a row, because a claim that was just committed is not in hand yet.
    const held = await context.courses.findHeldWork({ by: 'worker', workerId: context.workerId }, null, 1000);
    const inHand = new Set(pumps.flatMap((pump) => pump.inHand()).map(keyOf));
    const strangers = new Set(held.map(keyOf).filter((key) => !inHand.has(key)));
    const lost = new Set([...strangers].filter((key) => strangersBefore.has(key)));
    strangersBefore = strangers;
    if (lost.size > 0) {
      context.log.warn({ count: lost.size }, 'Found attempts that were claimed without being told, giving them back');
      await interruptHeldWork(context, {
        heldBy: { by: 'worker', workerId: context.workerId },
        cause: 'claim_lost',
        detectedAfterMs: null,
        only: (work) => lost.has(keyOf(work)),
      });
    }
    const open = await context.courses.openCourses(after, COURSES_PER_LOOK);
    after = open.length < COURSES_PER_LOOK ? null : (open.at(-1) ?? null);
    const sent = await resumeSomeCourses(context, open);
    if (sent > 0) context.log.warn({ jobs: sent }, 'Found courses that waited with no job');
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(BETWEEN_LOOKS_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await look();
      } catch (error) {
        context.log[isTransientDatabaseError(error) ? 'debug' : 'error']({ err: error }, 'Tidying up failed');
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function keyOf({ courseMapId, nodeId }: Pick<HeldWork, 'courseMapId' | 'nodeId'>): string {
  return `${courseMapId}+${nodeId ?? ''}`;
}

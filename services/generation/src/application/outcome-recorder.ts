/**
 * Gets every outcome into the log. What is finished while a commit is on its way is committed together with the
 * next; an outcome is a paid answer, so it is held and tried again, for as long as it takes, when the database is
 * away, and given up only when the log says that its attempt no longer counts.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Context } from './context.ts';
import { recordOutcomes, type Outcome, type Verdict } from './record-outcomes.ts';

const LARGEST_BATCH = 100;
const FIRST_RETRY_MS = 50;
const SLOWEST_RETRY_MS = 2000;

interface Held {
  readonly outcome: Outcome;
  readonly resolve: (verdict: 'recorded' | 'fenced') => void;
  retryMs: number;
}

export interface OutcomeRecorder {
  /** Resolves once the outcome is in the log, or fenced. Never rejects. */
  record(outcome: Outcome): Promise<'recorded' | 'fenced'>;
}

export function createOutcomeRecorder(context: Context): OutcomeRecorder {
  let waiting: Held[] = [];
  let committing = false;

  async function commitWaiting(): Promise<void> {
    committing = true;
    await turnOfTheLoop(); // Whoever finishes in the same turn comes along.
    while (waiting.length > 0) {
      const batch = waiting.slice(0, LARGEST_BATCH);
      waiting = waiting.slice(LARGEST_BATCH);
      await commit(batch);
    }
    committing = false;
  }

  async function commit(batch: readonly Held[]): Promise<void> {
    let verdicts: Map<Outcome, Verdict>;
    try {
      verdicts = await recordOutcomes(context, batch.map(({ outcome }) => outcome));
    } catch (error) {
      if (batch.length > 1) {
        // Nothing was recorded. One at a time, the one at fault holds up nobody else.
        for (const held of batch) await commit([held]);
        return;
      }
      for (const held of batch) {
        context.log.warn({ ...fieldsOf(held), err: error, retry_in_ms: held.retryMs }, 'Outcome not recorded yet, holding it');
        later(held);
      }
      return;
    }
    for (const held of batch) {
      const verdict = verdicts.get(held.outcome) ?? 'busy';
      if (verdict === 'busy') later(held);
      else held.resolve(verdict);
    }
  }

  function later(held: Held): void {
    setTimeout(() => add(held), held.retryMs);
    held.retryMs = Math.min(held.retryMs * 2, SLOWEST_RETRY_MS);
  }

  function add(held: Held): void {
    waiting.push(held);
    if (!committing) void commitWaiting();
  }

  return {
    record: (outcome) => new Promise((resolve) => add({ outcome, resolve, retryMs: FIRST_RETRY_MS })),
  };
}

function fieldsOf({ outcome: { claimed } }: Held) {
  return { course_map_id: claimed.courseMapId, node_id: claimed.nodeId, attempt: claimed.attempt };
}

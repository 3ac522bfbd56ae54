/**
 * Gets every outcome into the log. What is finished while a commit is on its way is committed together with the
 * next; an outcome is a paid answer, so it is held and tried again, for as long as it takes, when the database is
 * away, and given up only when the log says that its attempt no longer counts.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { ArchivedStreamError, isDatabaseAway } from '@coursewright/events';
import type { Log } from './context.ts';

/**
 * `recorded`: in the log. `fenced`: the attempt was no longer this worker's, or its course is over and archived; nothing
 * changed. `adopted`: likewise, but what it brought was still wanted, and is in the log. `late`: it was not wanted any more; that it came is in the log. `busy`:
 * somebody is changing its node or its course at this moment (an operator with an open transaction, say); nothing changed, try again.
 */
export type Verdict = 'recorded' | 'fenced' | 'adopted' | 'late' | 'busy';
export type LastVerdict = Exclude<Verdict, 'busy'>;

export interface RecorderSettings<Outcome> {
  /** Records these, all in one transaction; may be given the same ones again. Rejecting has recorded nothing. */
  readonly record: (outcomes: readonly Outcome[]) => Promise<ReadonlyMap<Outcome, Verdict>>;
  /** What the log lines of an outcome carry. */
  readonly describe: (outcome: Outcome) => object;
  readonly log: Log;
}

export interface OutcomeRecorder<Outcome> {
  /** Resolves once the outcome is in the log, or fenced. Never rejects. */
  record(outcome: Outcome): Promise<LastVerdict>;
}

const LARGEST_BATCH = 100;
const FIRST_RETRY_MS = 50;
const SLOWEST_RETRY_MS = 2000;

interface Held<Outcome> {
  readonly outcome: Outcome;
  readonly resolve: (verdict: LastVerdict) => void;
  retryMs: number;
}

export function createOutcomeRecorder<Outcome>({ record, describe, log }: RecorderSettings<Outcome>): OutcomeRecorder<Outcome> {
  let waiting: Held<Outcome>[] = [];
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

  async function commit(batch: readonly Held<Outcome>[]): Promise<void> {
    let verdicts: ReadonlyMap<Outcome, Verdict>;
    try {
      verdicts = await record(batch.map(({ outcome }) => outcome));
    } catch (error) {
      if (batch.length > 1 && !isDatabaseAway(error)) {
        // Nothing was recorded. One at a time, the one at fault holds up nobody else.
        for (const held of batch) await commit([held]);
        return;
      }
      for (const held of batch) {
        // Such a course is over, and takes nothing more: to hold what comes for it would be to hold it for ever.
        if (error instanceof ArchivedStreamError) held.resolve('fenced');
        else later(held, { err: error });
      }
      return;
    }
    for (const held of batch) {
      const verdict = verdicts.get(held.outcome) ?? 'busy';
      if (verdict === 'busy') later(held, { reason: 'somebody else is changing the node or its course' });
      else held.resolve(verdict);
    }
  }

  function later(held: Held<Outcome>, why: object): void {
    log.warn({ ...describe(held.outcome), ...why, retry_in_ms: held.retryMs }, 'Outcome not recorded yet, holding it');
    setTimeout(() => add(held), held.retryMs);
    held.retryMs = Math.min(held.retryMs * 2, SLOWEST_RETRY_MS);
  }

  function add(held: Held<Outcome>): void {
    waiting.push(held);
    if (!committing) void commitWaiting();
  }

  return {
    record: (outcome) => new Promise((resolve) => add({ outcome, resolve, retryMs: FIRST_RETRY_MS })),
  };
}

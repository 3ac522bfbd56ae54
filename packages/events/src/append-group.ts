/**
 * Commits appends together that wait at the same time. A commit costs a flush to disk and the head of the log;
 * twenty appends in one commit cost hardly more than one. Nothing is delayed for it: while a commit is on its way,
 * the next group gathers.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { isDatabaseAway } from '@coursewright/postgres';
import type { StreamAppend } from './event-store.ts';

/** Keeps a group's statement small; more than this rarely waits. */
const LARGEST_GROUP = 200;

interface Waiting {
  readonly append: StreamAppend;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendGroup {
  /** Resolves once this append is durable; rejects with its own error, never with a neighbour's. */
  append(append: StreamAppend): Promise<void>;
}

/** @param commit appends these, all or none, in a transaction of their own */
export function createAppendGroup(commit: (appends: readonly StreamAppend[]) => Promise<void>): AppendGroup {
  let waiting: Waiting[] = [];
  let committing = false;

  async function commitWaiting(): Promise<void> {
    committing = true;
    await turnOfTheLoop(); // Whoever appends in the same turn comes along.
    while (waiting.length > 0) {
      const group = waiting.slice(0, LARGEST_GROUP);
      waiting = waiting.slice(LARGEST_GROUP);
      await commitGroup(group);
    }
    committing = false;
  }

  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      await commit(group.map(({ append }) => append));
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length > 1 && !isDatabaseAway(error)) {
        // The refused group left no trace. Who is at fault finds out alone; the others go through.
        for (const one of group) await commitGroup([one]);
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  }

  return {
    append: (append) =>
      new Promise((resolve, reject) => {
        waiting.push({ append, resolve, reject });
        if (!committing) void commitWaiting();
      }),
  };
}

/**
 * Courses that somebody held (an operator's open transaction, say) when they were to be resumed: they are tried again until
 * they are free, and nobody else waits for them. They are remembered here alone; what a process forgets with its death the
 * reconcilers of the others find.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransientDatabaseError } from '@coursewright/events';
import type { Context } from './context.ts';
import { resumeCourses } from './resume-courses.ts';

export interface HeldCourses {
  /** Has these resumed once they are free. One that is waited for already is waited for once. */
  add(courseMapIds: Iterable<string>): void;
  /** Forgets what is waited for; resolves when nothing more is done. */
  stop(): Promise<void>;
}

const BETWEEN_TRIES_MS = 500;

export function resumeWhenFree(context: Context, betweenTriesMs = BETWEEN_TRIES_MS): HeldCourses {
  const { log } = context;
  const stopping = new AbortController();
  const waiting = new Set<string>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting.size > 0) {
      await sleep(betweenTriesMs, undefined, { signal: stopping.signal }).catch(() => waiting.clear());
      for (const id of waiting) await tryOnce(id);
    }
    running = undefined;
  }

  async function tryOnce(id: string): Promise<void> {
    try {
      const { held } = await context.transact((transaction) => resumeCourses(context, [id], transaction));
      if (!held.has(id)) waiting.delete(id);
    } catch (error) {
      if (isTransientDatabaseError(error)) return;
      waiting.delete(id);
      log.error({ course_map_id: id, err: error }, 'Failed to restart generation for course');
    }
  }

  return {
    add(courseMapIds) {
      for (const id of courseMapIds) waiting.add(id);
      if (waiting.size > 0 && !stopping.signal.aborted) running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

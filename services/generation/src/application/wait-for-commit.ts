/**
 * Holds a paid answer until the log has it: tries again, for as long as it takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './context.ts';

const FIRST_RETRY_MS = 50;
const SLOWEST_RETRY_MS = 2000;

/** Resolves with what `commit` resolves with, however often it rejects before. `commit` must be safe to repeat. */
export async function untilItCommits<Result>(log: Log, fields: object, commit: () => Promise<Result>): Promise<Result> {
  let retryMs = FIRST_RETRY_MS;
  for (;;) {
    try {
      return await commit();
    } catch (error) {
      log.warn({ ...fields, err: error, retry_in_ms: retryMs }, 'Outcome not recorded yet, holding it');
      await sleep(retryMs);
      retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS);
    }
  }
}

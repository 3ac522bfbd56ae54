/**
 * Starting beside a database that is still coming up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.ts';

const FIRST_RETRY_MS = 100;
const SLOWEST_RETRY_MS = 2000;

/**
 * Tries until the database answers. What no waiting can mend is thrown: a wrong password, a missing right or schema, and what
 * `isHopeless` says.
 */
export async function untilTheDatabaseAnswers<Result>(
  log: Logger,
  isHopeless: (error: unknown) => boolean,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (isHopeless(error) || isForGood(error)) throw error;
      log.warn({ err: error, retry_in_ms: retryMs }, 'The database is not ready for this process yet');
      await sleep(retryMs);
    }
  }
}

/** Wrong password, missing right, missing schema: SQLSTATEs that no waiting mends. */
function isForGood(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(28|42501|42P01|42883|3D)/.test(code);
}

/**
 * Whether anything moves. A process can live, hold its beacon, and do nothing: then work that may run waits, and nothing is recorded, for
 * longer than any attempt may take. That is a defect of ours, and whoever balances load or restarts processes should hear of it.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';
import type { Log } from '../application/context.ts';

export interface StallWatch {
  /** Whether, at the last look, work had waited and nothing had been recorded for so long. */
  isStalled(): boolean;
  stop(): void;
}

export interface StallWatchSettings {
  readonly pool: pg.Pool;
  /** How long everything may stand still; longer than an attempt may take. */
  readonly longestMs: number;
  readonly log: Log;
  readonly everyMs?: number;
}

const LOOK_EVERY_MS = 5000;

/** Due for so long, and nothing placed in the log for so long; false when there is nothing to do. */
const STALLED = `
  SELECT coalesce((SELECT min(j.start_after) FROM queued_jobs() j WHERE j.state <> 'active') < limits.instant, false)
     AND coalesce((SELECT p.placed_at FROM event_positions p ORDER BY p.position DESC LIMIT 1) < limits.instant, true) AS stalled
  FROM (SELECT clock_timestamp() - make_interval(secs => $1 / 1000.0) AS instant) limits`;

export function watchForStall({ pool, longestMs, log, everyMs = LOOK_EVERY_MS }: StallWatchSettings): StallWatch {
  let stalled = false;
  let looking = false;

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      const { rows } = await query<{ stalled: boolean }>(pool, { name: 'stalled', text: STALLED, values: [longestMs] });
      const now = rows[0]?.stalled ?? false;
      if (now && !stalled) log.error({ longest_ms: longestMs }, 'Work waits and nothing moves');
      if (!now && stalled) log.info({}, 'Work moves again');
      stalled = now;
    } catch (error) {
      // While the database is away nobody can tell, and other signs say so.
      log.debug({ err: error }, 'Could not look whether work moves');
    } finally {
      looking = false;
    }
  }

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return { isStalled: () => stalled, stop: () => clearInterval(timer) };
}

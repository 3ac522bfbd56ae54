/**
 * Which deliveries are forgotten: what ended long ago, and what waits for an endpoint that was given up. A replay brings them back,
 * for the events stay in the log.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';

const FORGET = ([status, age]: readonly [string, string]): string => `
  DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM webhook_deliveries WHERE status = '${status}' AND last_attempt_at < statement_timestamp() - interval '${age}' LIMIT $1))`;
// Nobody looks at what an endpoint that was given up is missing; it can be replayed.
const FORGET_ABANDONED = `
  DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
    SELECT d.ctid FROM webhook_endpoints w JOIN webhook_deliveries d ON d.endpoint_id = w.id AND d.status IN ('waiting', 'sending')
    WHERE w.disabled_at < statement_timestamp() - interval '30 days' LIMIT $1))`;
const FORGETTING = [...([['delivered', '7 days'], ['failed', '30 days']] as const).map(FORGET), FORGET_ABANDONED];
const FORGOTTEN_AT_A_TIME = 5000;

/** Forgets them, some at a time, until `signal` aborts. May be called by several processes at once. */
export async function forgetOldDeliveries(pool: pg.Pool, signal: AbortSignal): Promise<void> {
  for (const text of FORGETTING) {
    while (!signal.aborted && ((await query(pool, { text, values: [FORGOTTEN_AT_A_TIME] })).rowCount ?? 0) === FORGOTTEN_AT_A_TIME);
  }
}

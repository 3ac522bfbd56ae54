/**
 * What is forgotten of webhooks: deliveries that ended long ago or wait for an endpoint that was given up (a replay brings them back,
 * for the events stay in the log), and secrets that nothing is signed with any more.
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
const FORGET_SECRETS = 'UPDATE webhook_endpoints SET previous_secret = NULL, previous_secret_until = NULL WHERE previous_secret_until <= statement_timestamp()';

/** Forgets it, some at a time, until `signal` aborts. May be called by several processes at once. */
export async function forgetWhatIsOver(pool: pg.Pool, signal: AbortSignal): Promise<void> {
  await query(pool, { text: FORGET_SECRETS });
  for (const text of FORGETTING) {
    while (!signal.aborted && ((await query(pool, { text, values: [FORGOTTEN_AT_A_TIME] })).rowCount ?? 0) === FORGOTTEN_AT_A_TIME);
  }
}

/**
 * What is to be sent, and what became of it: the tables `webhook_endpoints` and `webhook_deliveries`.
 *
 * What an attempt came to is judged by the endpoint as it stands when that is known, never as it stood when the attempt began: an
 * attempt may take long, and others end meanwhile.
 */
import type pg from 'pg';
import { inTransaction, query } from '@coursewright/events';
import type { SentEvent } from './message.ts';
import { afterFailure, FAILURES_THAT_OPEN } from './retry-schedule.ts';

/** A delivery that this process has claimed, with all that it takes to send it. */
export interface ClaimedDelivery {
  readonly endpointId: string;
  /** Of the endpoint: what is known of another one says nothing of this address. */
  readonly revision: number;
  readonly url: string;
  readonly secrets: readonly string[];
  readonly event: SentEvent;
  /** How many there are with this one. With the number of replays, it fences what is recorded of it. */
  readonly attempts: number;
  readonly replays: number;
}

/** What became of an attempt. `pauseMs` undefined: it was the last one. */
export interface FailedAttempt {
  readonly status: number | undefined;
  readonly error: string;
  readonly pauseMs: number | undefined;
}

export interface DeliveryTable {
  /**
   * Claims what is due, the oldest of each endpoint first, and only so many of each that few are under way at a time, in this
   * process and others together; one alone for an endpoint whose circuit has just closed. (Two that claim in the same moment may
   * each take some.) It is due again after `leaseMs` unless something is recorded by then.
   */
  claim(limit: number, perEndpoint: number, leaseMs: number): Promise<readonly ClaimedDelivery[]>;
  /** May be called by an attempt that was given up: what was delivered is delivered. A replay that began since is not ended by it. */
  recordDelivered(delivery: ClaimedDelivery, status: number): Promise<void>;
  /**
   * Nothing is recorded of an attempt that was given up for another one meanwhile.
   *
   * @returns why the endpoint is disabled by this, if it is
   */
  recordFailed(delivery: ClaimedDelivery, failed: FailedAttempt): Promise<string | undefined>;
  /** An attempt that was not made, or broken off by our own stop, is none: the delivery is due at once. */
  release(delivery: ClaimedDelivery): Promise<void>;
}

// Chosen without locks, for most of what is looked at is not taken; then locked, and looked at again.
const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT d.endpoint_id, d.position
    FROM webhook_endpoints w
    CROSS JOIN LATERAL (
      SELECT count(*) AS deliveries FROM webhook_deliveries s
      WHERE s.endpoint_id = w.id AND s.status = 'sending' AND s.next_at > statement_timestamp()
    ) under_way
    CROSS JOIN LATERAL (
      SELECT d.endpoint_id, d.position, d.next_at FROM webhook_deliveries d
      WHERE d.endpoint_id = w.id AND d.status IN ('waiting', 'sending') AND d.next_at <= statement_timestamp()
      ORDER BY d.next_at, d.position
      LIMIT greatest(0, CASE WHEN w.failures_in_a_row >= $4 THEN 1 ELSE $2::integer END - under_way.deliveries)
    ) d
    WHERE w.disabled_at IS NULL AND (w.open_until IS NULL OR w.open_until <= statement_timestamp())
    ORDER BY d.next_at, d.position LIMIT $1
  ), chosen AS (
    SELECT d.endpoint_id, d.position
    FROM due JOIN webhook_deliveries d USING (endpoint_id, position)
    WHERE d.status IN ('waiting', 'sending') AND d.next_at <= statement_timestamp()
    FOR UPDATE OF d SKIP LOCKED
  ), claimed AS (
    UPDATE webhook_deliveries d
    SET status = 'sending', attempts = d.attempts + 1, last_attempt_at = clock_timestamp(),
        next_at = clock_timestamp() + make_interval(secs => $3::integer / 1000.0)
    FROM chosen WHERE d.endpoint_id = chosen.endpoint_id AND d.position = chosen.position
    RETURNING d.endpoint_id, d.position, d.attempts, d.replays
  )
  SELECT c.endpoint_id, c.attempts, c.replays, w.revision, w.url,
         ARRAY[w.secret] || CASE WHEN w.previous_secret_until > clock_timestamp() THEN ARRAY[w.previous_secret] ELSE '{}' END AS secrets,
         jsonb_build_object('position', e.position, 'stream', e.stream, 'version', e.version, 'type', e.type, 'schema_version', e.schema_version,
                            'data', e.data, 'recorded_at', to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS event
  FROM claimed c
  JOIN webhook_endpoints w ON w.id = c.endpoint_id
  CROSS JOIN LATERAL (SELECT * FROM events v WHERE v.position = c.position OFFSET 0) e
  ORDER BY c.position`;

// Whichever attempt delivered it, it is delivered. Only a replay that was asked for meanwhile begins anew.
const DELIVERED = `
  WITH done AS (
    UPDATE webhook_deliveries SET status = 'delivered', response_status = $3, error = NULL
    WHERE endpoint_id = $1 AND position = $2 AND replays = $4
  )
  UPDATE webhook_endpoints SET failures_in_a_row = 0, failing_since = NULL, open_until = NULL, last_error = NULL
  WHERE id = $1 AND revision = $5 AND failures_in_a_row > 0`;

const FAILED = `
  UPDATE webhook_deliveries
  SET status = CASE WHEN $6::integer IS NULL THEN 'failed' ELSE 'waiting' END, response_status = $4, error = $5,
      next_at = clock_timestamp() + make_interval(secs => coalesce($6::integer, 0) / 1000.0)
  WHERE endpoint_id = $1 AND position = $2 AND status = 'sending' AND attempts = $3 AND replays = $7`;
const HEALTH = `
  SELECT failures_in_a_row, coalesce(extract(epoch FROM clock_timestamp() - failing_since) * 1000, 0)::float AS failing_for_ms,
         coalesce(open_until > clock_timestamp(), false) AS is_open
  FROM webhook_endpoints WHERE id = $1 AND revision = $2 FOR NO KEY UPDATE`;
// An open circuit is never closed by a failure, nor earlier.
const ENDPOINT_FAILED = `
  UPDATE webhook_endpoints
  SET failures_in_a_row = failures_in_a_row + $5, failing_since = coalesce(failing_since, clock_timestamp()), last_error = $2,
      open_until = greatest(open_until, CASE WHEN $3::integer > 0 THEN clock_timestamp() + make_interval(secs => $3::integer / 1000.0) END),
      disabled_at = coalesce(disabled_at, CASE WHEN $4::text IS NOT NULL THEN clock_timestamp() END),
      disabled_reason = coalesce(disabled_reason, $4::text)
  WHERE id = $1`;

const RELEASE = `
  UPDATE webhook_deliveries SET status = 'waiting', attempts = attempts - 1, next_at = clock_timestamp()
  WHERE endpoint_id = $1 AND position = $2 AND status = 'sending' AND attempts = $3 AND replays = $4`;

interface ClaimedRow {
  endpoint_id: string;
  attempts: number;
  replays: number;
  revision: number;
  url: string;
  secrets: string[];
  event: SentEvent;
}

export function createDeliveryTable(pool: pg.Pool): DeliveryTable {
  return {
    async claim(limit, perEndpoint, leaseMs) {
      const values = [limit, perEndpoint, leaseMs, FAILURES_THAT_OPEN];
      const { rows } = await query<ClaimedRow>(pool, { name: 'deliveries-claim', text: CLAIM, values });
      return rows.map(({ endpoint_id: endpointId, ...row }) => ({ endpointId, ...row }));
    },

    async recordDelivered({ endpointId, event, replays, revision }, status) {
      await query(pool, { name: 'deliveries-delivered', text: DELIVERED, values: [endpointId, event.position, status, replays, revision] });
    },

    async recordFailed({ endpointId, event, attempts, replays, revision }, { status, error, pauseMs }) {
      return inTransaction(pool, async (transaction) => {
        // The endpoint first, as whoever delivers does: so nobody waits for the other.
        const { rows } = await transaction.query<{ failures_in_a_row: number; failing_for_ms: number; is_open: boolean }>({
          name: 'deliveries-health', text: HEALTH, values: [endpointId, revision],
        });
        const [row] = rows;
        if (row === undefined) {
          // The address is another one by now, and has had no attempt.
          await transaction.query({ name: 'deliveries-release', text: RELEASE, values: [endpointId, event.position, attempts, replays] });
          return undefined;
        }
        const { rowCount } = await transaction.query({
          name: 'deliveries-failed', text: FAILED, values: [endpointId, event.position, attempts, status ?? null, error, pauseMs ?? null, replays],
        });
        if (rowCount === 0) return undefined;
        const health = { failuresInARow: row.failures_in_a_row, failingForMs: row.failing_for_ms, isOpen: row.is_open };
        const { openMs, counts, disable } = afterFailure(health, status);
        await transaction.query({ name: 'deliveries-endpoint-failed', text: ENDPOINT_FAILED, values: [endpointId, error, openMs, disable ?? null, counts ? 1 : 0] });
        return disable;
      });
    },

    async release({ endpointId, event, attempts, replays }) {
      await query(pool, { name: 'deliveries-release', text: RELEASE, values: [endpointId, event.position, attempts, replays] });
    },
  };
}

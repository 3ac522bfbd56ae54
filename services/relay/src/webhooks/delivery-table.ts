/**
 * What is to be sent, and what became of it: the tables `webhook_endpoints` and `webhook_deliveries`.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';
import type { SentEvent } from './message.ts';
import { FAILURES_THAT_OPEN } from './retry-schedule.ts';

/** A delivery that this process has claimed, with all that it takes to send it. */
export interface ClaimedDelivery {
  readonly endpointId: string;
  readonly url: string;
  readonly secret: string;
  readonly event: SentEvent;
  /** How many there are with this one. */
  readonly attempts: number;
  /** Of the endpoint, before this attempt. */
  readonly failuresInARow: number;
  /** For how long the endpoint has been failing, in milliseconds. */
  readonly failingForMs: number;
}

/** What became of an attempt. `pauseMs` undefined: it was the last one. */
export interface FailedAttempt {
  readonly status: number | undefined;
  readonly error: string;
  readonly pauseMs: number | undefined;
  /** For how long nothing is sent to the endpoint. */
  readonly openMs: number;
  /** Why the endpoint is disabled by this, if it is. */
  readonly disable: string | undefined;
}

export interface DeliveryTable {
  /**
   * Claims what is due, the oldest of each endpoint first, and at most so many of each; it is due again after `leaseMs` unless
   * something is recorded by then. One at a time for an endpoint whose circuit has just closed.
   *
   * @param busy how many are under way here, by endpoint
   */
  claim(limit: number, perEndpoint: number, busy: ReadonlyMap<string, number>, leaseMs: number): Promise<readonly ClaimedDelivery[]>;
  recordDelivered(delivery: ClaimedDelivery, status: number): Promise<void>;
  recordFailed(delivery: ClaimedDelivery, failed: FailedAttempt): Promise<void>;
  /** Forgets what ended long ago. */
  forgetOld(): Promise<void>;
}

const CLAIM = `
  WITH due AS (
    SELECT d.endpoint_id, d.position
    FROM webhook_endpoints w
    LEFT JOIN jsonb_each_text($3) AS busy ON busy.key = w.id::text
    CROSS JOIN LATERAL (
      SELECT d.endpoint_id, d.position, d.next_at FROM webhook_deliveries d
      WHERE d.endpoint_id = w.id AND d.status = 'waiting' AND d.next_at <= clock_timestamp()
      ORDER BY d.next_at, d.position
      LIMIT greatest(0, CASE WHEN w.failures_in_a_row >= $5 THEN 1 ELSE $2::integer END - coalesce(busy.value::integer, 0))
      FOR UPDATE SKIP LOCKED
    ) d
    WHERE w.disabled_at IS NULL AND (w.open_until IS NULL OR w.open_until <= clock_timestamp())
    ORDER BY d.next_at, d.position LIMIT $1
  ), claimed AS (
    UPDATE webhook_deliveries d
    SET attempts = d.attempts + 1, last_attempt_at = clock_timestamp(), next_at = clock_timestamp() + make_interval(secs => $4::integer / 1000.0)
    FROM due WHERE d.endpoint_id = due.endpoint_id AND d.position = due.position
    RETURNING d.endpoint_id, d.position, d.attempts
  )
  SELECT c.endpoint_id, c.attempts, w.url, w.secret, w.failures_in_a_row,
         coalesce(extract(epoch FROM clock_timestamp() - w.failing_since) * 1000, 0)::float AS failing_for_ms,
         jsonb_build_object('position', e.position, 'stream', e.stream, 'version', e.version, 'type', e.type, 'schema_version', e.schema_version,
                            'data', e.data, 'recorded_at', to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS event
  FROM claimed c
  JOIN webhook_endpoints w ON w.id = c.endpoint_id
  CROSS JOIN LATERAL (SELECT * FROM events v WHERE v.position = c.position OFFSET 0) e
  ORDER BY c.position`;

const DELIVERED = `
  WITH done AS (
    UPDATE webhook_deliveries SET status = 'delivered', response_status = $3, error = NULL WHERE endpoint_id = $1 AND position = $2
  )
  UPDATE webhook_endpoints SET failures_in_a_row = 0, failing_since = NULL, open_until = NULL WHERE id = $1 AND failures_in_a_row > 0`;

// What was delivered after all, by another process whose lease had run out, stays delivered.
const FAILED = `
  WITH failed AS (
    UPDATE webhook_deliveries
    SET status = CASE WHEN $5::integer IS NULL THEN 'failed' ELSE 'waiting' END, response_status = $3, error = $4,
        next_at = clock_timestamp() + make_interval(secs => coalesce($5::integer, 0) / 1000.0)
    WHERE endpoint_id = $1 AND position = $2 AND status = 'waiting'
  )
  UPDATE webhook_endpoints
  SET failures_in_a_row = failures_in_a_row + 1, failing_since = coalesce(failing_since, clock_timestamp()),
      open_until = CASE WHEN $6::integer > 0 THEN clock_timestamp() + make_interval(secs => $6::integer / 1000.0) END,
      disabled_at = coalesce(disabled_at, CASE WHEN $7::text IS NOT NULL THEN clock_timestamp() END),
      disabled_reason = coalesce(disabled_reason, $7::text)
  WHERE id = $1`;

const FORGET = `
  DELETE FROM webhook_deliveries
  WHERE status = 'delivered' AND last_attempt_at < clock_timestamp() - interval '7 days'
     OR status = 'failed' AND last_attempt_at < clock_timestamp() - interval '30 days'`;

interface ClaimedRow {
  endpoint_id: string;
  attempts: number;
  url: string;
  secret: string;
  failures_in_a_row: number;
  failing_for_ms: number;
  event: SentEvent;
}

export function createDeliveryTable(pool: pg.Pool): DeliveryTable {
  return {
    async claim(limit, perEndpoint, busy, leaseMs) {
      const values = [limit, perEndpoint, JSON.stringify(Object.fromEntries(busy)), leaseMs, FAILURES_THAT_OPEN];
      const { rows } = await query<ClaimedRow>(pool, { name: 'deliveries-claim', text: CLAIM, values });
      return rows.map((row) => ({
        endpointId: row.endpoint_id, url: row.url, secret: row.secret, event: row.event, attempts: row.attempts,
        failuresInARow: row.failures_in_a_row, failingForMs: row.failing_for_ms,
      }));
    },

    async recordDelivered({ endpointId, event }, status) {
      await query(pool, { name: 'deliveries-delivered', text: DELIVERED, values: [endpointId, event.position, status] });
    },

    async recordFailed({ endpointId, event }, { status, error, pauseMs, openMs, disable }) {
      const values = [endpointId, event.position, status ?? null, error, pauseMs ?? null, openMs, disable ?? null];
      await query(pool, { name: 'deliveries-failed', text: FAILED, values });
    },

    async forgetOld() {
      await query(pool, { text: FORGET });
    },
  };
}

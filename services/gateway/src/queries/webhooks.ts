/**
 * Webhook endpoints and what was sent to them, as administrators see and change them. Sending is the relay's business.
 */
import type pg from 'pg';
import { query, type Transaction } from '@coursewright/events';

/** An endpoint, without its secret. Instants are ISO 8601. */
export interface WebhookRow {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly types: readonly string[] | null;
  readonly created_at: string;
  readonly disabled_at: string | null;
  readonly disabled_reason: string | null;
  readonly failures_in_a_row: number;
  readonly failing_since: string | null;
  readonly circuit_open_until: string | null;
  readonly last_error: string | null;
  /** Until when what is sent is signed with the secret before, too. */
  readonly previous_secret_until: string | null;
  /** Each counted up to 10,000; what is being sent is among the waiting. */
  readonly deliveries: { readonly waiting: number; readonly delivered: number; readonly failed: number };
}

export interface DeliveryRow {
  readonly position: number;
  readonly type: string;
  readonly status: 'waiting' | 'sending' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly last_attempt_at: string | null;
  readonly response_status: number | null;
  readonly error: string | null;
}

export interface NewWebhook {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly types: readonly string[] | null;
  readonly secret: string;
}

/** What is to be changed; what is absent stays. */
export interface WebhookChange {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly types?: readonly string[] | null | undefined;
  readonly enabled?: boolean | undefined;
}

const COLUMNS = `
  w.id, w.url, w.description, w.types, w.created_at, w.disabled_at, w.disabled_reason, w.failures_in_a_row, w.failing_since,
  CASE WHEN w.open_until > clock_timestamp() THEN w.open_until END AS circuit_open_until,
  w.last_error, CASE WHEN w.previous_secret_until > clock_timestamp() THEN w.previous_secret_until END AS previous_secret_until,
  jsonb_build_object('waiting', count_deliveries(w.id, 'waiting', 'sending'), 'delivered', count_deliveries(w.id, 'delivered'),
                     'failed', count_deliveries(w.id, 'failed')) AS deliveries`;

// Two that are made at once are made one after the other, so that there are never more than may be.
const ONE_AT_A_TIME = 'SELECT pg_advisory_xact_lock(7000, 4)';
// No event is dealt out to the endpoints while the subscription's row is held: whoever deals out what is recorded from now on sees
// the new one.
const HOLD = "SELECT FROM subscriptions WHERE name = 'webhooks' FOR NO KEY UPDATE";
// From now on: what was recorded before it was made is for a replay.
const CREATE = `
  INSERT INTO webhook_endpoints (id, url, description, types, secret, from_position)
  SELECT $1, $2, $3, $4, $5, (SELECT coalesce(max(p.position), 0) FROM event_positions p)
  WHERE (SELECT count(*) FROM webhook_endpoints) < $6`;
const LIST = `SELECT ${COLUMNS} FROM webhook_endpoints w ORDER BY w.created_at, w.id`;
const FIND = `SELECT ${COLUMNS} FROM webhook_endpoints w WHERE w.id = $1`;
const EXISTS = 'SELECT FROM webhook_endpoints WHERE id = $1';
// Whoever enables an endpoint, or gives it another address, believes that it works now: what failed is tried again at once.
const CHANGE = `
  WITH hurried AS (
    UPDATE webhook_deliveries SET next_at = clock_timestamp()
    WHERE endpoint_id = $1 AND status = 'waiting' AND next_at > clock_timestamp() AND ($6::boolean OR $2::text IS NOT NULL)
  )
  UPDATE webhook_endpoints SET
    url = coalesce($2, url), description = coalesce($3, description), types = CASE WHEN $4 THEN $5::text[] ELSE types END,
    disabled_at = CASE WHEN $6::boolean IS NULL THEN disabled_at WHEN $6 THEN NULL ELSE coalesce(disabled_at, clock_timestamp()) END,
    disabled_reason = CASE WHEN $6::boolean IS NULL THEN disabled_reason WHEN $6 THEN NULL ELSE coalesce(disabled_reason, 'by an administrator') END,
    revision = revision + CASE WHEN $6 OR $2 IS NOT NULL THEN 1 ELSE 0 END,
    failures_in_a_row = CASE WHEN $6 OR $2 IS NOT NULL THEN 0 ELSE failures_in_a_row END,
    failing_since = CASE WHEN $6 OR $2 IS NOT NULL THEN NULL ELSE failing_since END,
    last_error = CASE WHEN $6 OR $2 IS NOT NULL THEN NULL ELSE last_error END,
    open_until = CASE WHEN $6 OR $2 IS NOT NULL THEN NULL ELSE open_until END
  WHERE id = $1`;
const CHANGE_SECRET = `
  UPDATE webhook_endpoints SET previous_secret = secret, previous_secret_until = clock_timestamp() + make_interval(hours => $3), secret = $2
  WHERE id = $1`;
const WAKE = "SELECT pg_notify('deliveries', '')";
const DELETE = 'DELETE FROM webhook_endpoints WHERE id = $1';
const DELIVERIES = `
  SELECT d.position::float, e.type, d.status, d.attempts, CASE WHEN d.status IN ('waiting', 'sending') THEN d.next_at END AS next_attempt_at,
         d.last_attempt_at, d.response_status, d.error
  FROM webhook_deliveries d
  CROSS JOIN LATERAL (SELECT v.type FROM events v WHERE v.position = d.position OFFSET 0) e
  WHERE d.endpoint_id = $1 AND ($2::text IS NULL OR d.status = $2) AND ($3::bigint IS NULL OR d.position < $3)
  ORDER BY d.position DESC LIMIT $4`;
const REPLAY = `
  WITH asked AS (
    INSERT INTO webhook_deliveries AS d (endpoint_id, position)
    SELECT w.id, p.position
    FROM webhook_endpoints w
    CROSS JOIN event_positions p
    CROSS JOIN LATERAL (SELECT k.type FROM kept_events k WHERE k.id = p.event_id OFFSET 0) e
    WHERE w.id = $1 AND p.position BETWEEN $2 AND $3 AND (w.types IS NULL OR e.type = ANY (w.types))
    ORDER BY p.position -- Two replays lock the rows in one order.
    ON CONFLICT (endpoint_id, position) DO UPDATE SET status = 'waiting', attempts = 0, replays = d.replays + 1, next_at = clock_timestamp(), error = NULL, response_status = NULL
    RETURNING 1
  )
  SELECT count(*)::integer AS replayed, EXISTS (SELECT FROM webhook_endpoints WHERE id = $1) AS is_there, pg_notify('deliveries', '') FROM asked`;

/** @returns whether there was room for one more */
export async function createWebhook(transaction: Transaction, { id, url, description, types, secret }: NewWebhook, most: number): Promise<boolean> {
  await transaction.query(ONE_AT_A_TIME);
  await transaction.query({ name: 'webhook-hold', text: HOLD });
  const { rowCount } = await transaction.query({ name: 'webhook-create', text: CREATE, values: [id, url, description, types, secret, most] });
  return rowCount === 1;
}

export async function listWebhooks(pool: pg.Pool): Promise<readonly WebhookRow[]> {
  return (await query<WebhookRow & pg.QueryResultRow>(pool, { name: 'webhook-list', text: LIST })).rows;
}

export async function findWebhook(pool: pg.Pool, id: string): Promise<WebhookRow | undefined> {
  return (await query<WebhookRow & pg.QueryResultRow>(pool, { name: 'webhook-find', text: FIND, values: [id] })).rows[0];
}

/** Whether there is such an endpoint, without counting its deliveries. */
export async function isWebhook(pool: pg.Pool, id: string): Promise<boolean> {
  return (await query(pool, { name: 'webhook-exists', text: EXISTS, values: [id] })).rowCount === 1;
}

/** @returns whether there is such an endpoint */
export async function changeWebhook(pool: pg.Pool, id: string, { url, description, types, enabled }: WebhookChange): Promise<boolean> {
  const values = [id, url ?? null, description ?? null, types !== undefined, types ?? null, enabled ?? null];
  const { rowCount } = await query(pool, { name: 'webhook-change', text: CHANGE, values });
  await query(pool, { name: 'webhook-wake', text: WAKE });
  return rowCount === 1;
}

/** What is sent from now on is signed with this secret, and for some hours with the one before. @returns whether there is such an endpoint */
export async function changeSecret(transaction: Transaction, id: string, secret: string, overlapHours: number): Promise<boolean> {
  return (await transaction.query({ name: 'webhook-change-secret', text: CHANGE_SECRET, values: [id, secret, overlapHours] })).rowCount === 1;
}

/** Deletes it with its deliveries. @returns whether there was such an endpoint */
export async function deleteWebhook(pool: pg.Pool, id: string): Promise<boolean> {
  return (await query(pool, { name: 'webhook-delete', text: DELETE, values: [id] })).rowCount === 1;
}

/** The newest first, of one status where one is asked for, and older than a position where one is given. */
export async function listDeliveries(
  pool: pg.Pool,
  id: string,
  { status, before, limit }: { readonly status: string | undefined; readonly before: number | undefined; readonly limit: number },
): Promise<readonly DeliveryRow[]> {
  const values = [id, status ?? null, before ?? null, limit];
  return (await query<DeliveryRow & pg.QueryResultRow>(pool, { name: 'webhook-deliveries', text: DELIVERIES, values })).rows;
}

/**
 * Has every event of these positions that is for the endpoint sent, once more if it was sent.
 * @returns how many there are; undefined when there is no such endpoint
 */
export async function replay(transaction: Transaction, id: string, from: number, to: number): Promise<number | undefined> {
  const { rows } = await transaction.query<{ replayed: number; is_there: boolean }>({ name: 'webhook-replay', text: REPLAY, values: [id, from, to] });
  return rows[0]?.is_there === true ? rows[0].replayed : undefined;
}

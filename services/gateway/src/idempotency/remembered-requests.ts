/**
 * The table of requests that came with a key.
 */
import { inTransaction, query, type Transaction } from '@coursewright/events';
import type pg from 'pg';

/** A request as it is told apart from others. */
export interface KeyedRequest {
  /** Whose key it is. */
  readonly client: string;
  readonly key: string;
  /** The same for the same request, and for no other. */
  readonly fingerprint: Buffer;
}

export interface RememberedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null when there is none. */
  readonly body: string | null;
}

export interface Remembered {
  /** What its effect gave. */
  readonly result: unknown;
  readonly isSame: boolean;
  /** Whether somebody else is answering it. */
  readonly isHeld: boolean;
  readonly answer: RememberedAnswer | undefined;
}

export interface RememberingTimes {
  /** How long one that answers is believed to be alive, in milliseconds. */
  readonly leaseMs: number;
  /** How long a request is remembered. */
  readonly keptMs: number;
}

export interface RememberedRequests {
  /**
   * What is known of a request. One that nobody is answering is held by `holder` from here on.
   */
  take(request: KeyedRequest, holder: string): Promise<Remembered | undefined>;
  /** Locks the key while the transaction lasts; false when somebody else has it, or the request is remembered already. */
  begin(transaction: Transaction, request: KeyedRequest): Promise<boolean>;
  /** Remembers what the effect gave, and that `holder` is answering. Needs the lock of {@link RememberedRequests.begin}. */
  remember(transaction: Transaction, request: KeyedRequest, holder: string, result: unknown): Promise<void>;
  /** Holds it for longer. */
  hold(request: KeyedRequest, holder: string): Promise<void>;
  /** Whoever sends it again may answer it at once. */
  release(request: KeyedRequest, holder: string): Promise<void>;
  /** @returns false when `holder` does not hold it any more: then another answers */
  answer(request: KeyedRequest, holder: string, answer: RememberedAnswer): Promise<boolean>;
}

const IN = (parameter: string): string => `clock_timestamp() + make_interval(secs => ${parameter}::float8 / 1000)`;

const FIND = `
  SELECT r.result, r.fingerprint = $3 AS is_same, r.held_until > clock_timestamp() AS is_held, r.status, r.headers, r.body
  FROM idempotent_requests r
  WHERE r.client = $1 AND r.key = $2 AND r.expires_at > clock_timestamp()
  FOR UPDATE`;
const TAKE_OVER = `UPDATE idempotent_requests SET holder = $3, held_until = ${IN('$4')} WHERE client = $1 AND key = $2`;
const LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency-key ' || $1 || ' ' || $2, 0)) AS is_ours";
// In a statement of its own: one that locks has looked before it has the lock.
const IS_THERE = 'SELECT FROM idempotent_requests r WHERE r.client = $1 AND r.key = $2 AND r.expires_at > clock_timestamp()';
// Each that comes clears away two that are over, so that nobody has to come by for that.
const REMEMBER = `
  WITH over AS (
    SELECT r.client, r.key FROM idempotent_requests r
    WHERE r.expires_at < clock_timestamp() AND (r.client, r.key) <> ($1, $2)
    ORDER BY r.expires_at LIMIT 2
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM idempotent_requests r USING over o WHERE (r.client, r.key) = (o.client, o.key)
  )
  INSERT INTO idempotent_requests (client, key, fingerprint, holder, result, held_until, expires_at)
  VALUES ($1, $2, $3, $4, $5::jsonb, ${IN('$6')}, ${IN('$7')})
  ON CONFLICT (client, key) DO UPDATE SET
    fingerprint = EXCLUDED.fingerprint, holder = EXCLUDED.holder, result = EXCLUDED.result, held_until = EXCLUDED.held_until,
    expires_at = EXCLUDED.expires_at, status = NULL, headers = NULL, body = NULL
  WHERE idempotent_requests.expires_at <= clock_timestamp()`;
const HOLD = `UPDATE idempotent_requests SET held_until = ${IN('$4')} WHERE client = $1 AND key = $2 AND holder = $3 AND status IS NULL`;
const ANSWER = `
  UPDATE idempotent_requests SET status = $4, headers = $5::jsonb, body = $6
  WHERE client = $1 AND key = $2 AND holder = $3 AND status IS NULL`;

interface Row {
  readonly result: unknown;
  readonly is_same: boolean;
  readonly is_held: boolean;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: string | null;
}

export function createRememberedRequests(pool: pg.Pool, { leaseMs, keptMs }: RememberingTimes): RememberedRequests {
  const keyOf = ({ client, key }: KeyedRequest): [string, string] => [client, key];
  return {
    take: (request, holder) =>
      inTransaction(pool, async (transaction) => {
        const { rows } = await transaction.query<Row>({ name: 'idempotency-find', text: FIND, values: [...keyOf(request), request.fingerprint] });
        const [row] = rows;
        if (row === undefined) return undefined;
        const { result, is_same: isSame, is_held: isHeld, status, headers, body } = row;
        const answer = status === null || headers === null ? undefined : { status, headers, body };
        const isFree = isSame && !isHeld && answer === undefined;
        if (isFree) await transaction.query({ name: 'idempotency-take-over', text: TAKE_OVER, values: [...keyOf(request), holder, leaseMs] });
        return { result, isSame, isHeld, answer };
      }),

    async begin(transaction, request) {
      const { rows } = await transaction.query<{ is_ours: boolean }>({ name: 'idempotency-lock', text: LOCK, values: keyOf(request) });
      if (rows[0]?.is_ours !== true) return false;
      return (await transaction.query({ name: 'idempotency-is-there', text: IS_THERE, values: keyOf(request) })).rowCount === 0;
    },

    async remember(transaction, request, holder, result) {
      const values = [...keyOf(request), request.fingerprint, holder, JSON.stringify(result ?? null), leaseMs, keptMs];
      await transaction.query({ name: 'idempotency-remember', text: REMEMBER, values });
    },

    async hold(request, holder) {
      await query(pool, { name: 'idempotency-hold', text: HOLD, values: [...keyOf(request), holder, leaseMs] });
    },

    async release(request, holder) {
      await query(pool, { name: 'idempotency-hold', text: HOLD, values: [...keyOf(request), holder, 0] });
    },

    async answer(request, holder, { status, headers, body }) {
      const values = [...keyOf(request), holder, status, JSON.stringify(headers), body];
      return (await query(pool, { name: 'idempotency-answer', text: ANSWER, values })).rowCount === 1;
    },
  };
}

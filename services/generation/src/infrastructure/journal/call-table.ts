/**
 * The journal's rows, as `db/migrations/0010_journal.sql` keeps them. Each function here may be repeated when nobody knows whether it went
 * through. An intent that was committed may be gone again when its call is over (a failover to a standby that lagged behind loses the tail
 * of what was committed); what came of the call is written down all the same, with the intent.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';

/** A call that is about to be made. */
export interface Intent {
  readonly id: string;
  readonly requestKey: string;
  /** Kept for whoever asks later what was asked. */
  readonly request: string;
  readonly stream: string;
  readonly startedVersion: number;
  readonly workerId: string;
  readonly correlationId: string;
  readonly model: string;
  /** The most that can be billed. */
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  /** For a million tokens; undefined where nobody said. */
  readonly inputPrice: number | undefined;
  readonly outputPrice: number | undefined;
  readonly expiresInMs: number;
}

export interface KeptAnswer {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly body: string;
}

export type Beginning =
  | { readonly outcome: 'begun' }
  | { readonly outcome: 'answered'; readonly callId: string; readonly answer: string }
  | { readonly outcome: 'waiting' }
  | { readonly outcome: 'taken_away' };

export interface CallTable {
  /** Writes the intent, or says why there is no call to make; see `begin_llm_call`. */
  begin(intent: Intent): Promise<Beginning>;
  /** Writes the answer: also of a call that was given up as in doubt meanwhile, and of one whose intent was lost. */
  answer(intent: Intent, answer: KeptAnswer): Promise<void>;
  /** The call ended without an answer. */
  end(intent: Intent, status: 'refused' | 'in_doubt', errorCode: string): Promise<void>;
  /** The call was never made. */
  withdraw(id: string): Promise<void>;
  /** These answers are no answers to their requests any more. */
  reject(ids: readonly string[]): Promise<void>;
}

const BEGIN = 'SELECT outcome, call_id, answer FROM begin_llm_call($1::jsonb)';

const ANSWER = `
  WITH answered AS (
    UPDATE llm_calls SET status = 'answered', error_code = NULL, ended_at = clock_timestamp(),
           model = $2, input_tokens = $3, output_tokens = $4
    WHERE id = $1 AND status <> 'answered'
    RETURNING id
  )
  INSERT INTO llm_call_bodies (call_id, part, body) SELECT id, 'answer', $5 FROM answered`;

const END = `
  UPDATE llm_calls SET status = $2, error_code = $3, ended_at = clock_timestamp() WHERE id = $1 AND status = 'in_flight'`;

// For the rows that the two above have not found.
const KEEP_WITHOUT_INTENT = `
  WITH lost AS (
    INSERT INTO llm_calls (id, request_key, status, stream, started_version, worker_id, correlation_id, model, max_input_tokens, max_output_tokens,
                           input_price, output_price, expires_at, ended_at, input_tokens, output_tokens, error_code)
    SELECT i.id, i.request_key, $2, i.stream, i.started_version, i.worker_id, i.correlation_id, coalesce($3, i.model), i.max_input_tokens, i.max_output_tokens,
           i.input_price, i.output_price, clock_timestamp(), clock_timestamp(), $4::integer, $5::integer, $6
    FROM jsonb_to_record($1::jsonb) AS i (id uuid, request_key text, stream text, started_version integer, worker_id text, correlation_id text, model text,
      max_input_tokens integer, max_output_tokens integer, input_price numeric, output_price numeric)
    ON CONFLICT (id) DO NOTHING
    RETURNING id
  )
  INSERT INTO llm_call_bodies (call_id, part, body)
  SELECT l.id, b.part, b.body FROM lost l
  CROSS JOIN LATERAL (VALUES ('request', $1::jsonb ->> 'request'), ('answer', $7)) AS b (part, body) WHERE b.body IS NOT NULL`;

const WITHDRAW = "DELETE FROM llm_calls WHERE id = $1 AND status = 'in_flight'";

const REJECT = 'UPDATE llm_calls SET rejected_at = clock_timestamp() WHERE id = ANY ($1::uuid[]) AND rejected_at IS NULL';

export function createCallTable(pool: pg.Pool): CallTable {
  /** Does nothing where there is a row: what stands there was written first. */
  async function keepWithoutIntent(intent: Intent, outcome: readonly unknown[]): Promise<void> {
    await query(pool, { name: 'llm-call-without-intent', text: KEEP_WITHOUT_INTENT, values: [JSON.stringify(rowOf(intent)), ...outcome] });
  }

  return {
    async begin(intent) {
      const { rows } = await query<{ outcome: Beginning['outcome']; call_id: string; answer: string }>(pool, {
        name: 'llm-call-begin',
        text: BEGIN,
        values: [JSON.stringify(rowOf(intent))],
      });
      const [row] = rows;
      if (row?.outcome === 'answered') return { outcome: 'answered', callId: row.call_id, answer: row.answer };
      return { outcome: row?.outcome ?? 'waiting' };
    },
    async answer(intent, { model, inputTokens, outputTokens, body }) {
      const { rowCount } = await query(pool, { name: 'llm-call-answer', text: ANSWER, values: [intent.id, model, inputTokens, outputTokens, body] });
      if (rowCount === 0) await keepWithoutIntent(intent, ['answered', model, inputTokens, outputTokens, null, body]);
    },
    async end(intent, status, errorCode) {
      const { rowCount } = await query(pool, { name: 'llm-call-end', text: END, values: [intent.id, status, errorCode] });
      if (rowCount === 0) await keepWithoutIntent(intent, [status, null, null, null, errorCode, null]);
    },
    async withdraw(id) {
      await query(pool, { name: 'llm-call-withdraw', text: WITHDRAW, values: [id] });
    },
    async reject(ids) {
      await query(pool, { name: 'llm-call-reject', text: REJECT, values: [ids] });
    },
  };
}

function rowOf(intent: Intent) {
  return {
    id: intent.id,
    request_key: intent.requestKey,
    request: intent.request,
    stream: intent.stream,
    started_version: intent.startedVersion,
    worker_id: intent.workerId,
    correlation_id: intent.correlationId,
    model: intent.model,
    max_input_tokens: intent.maxInputTokens,
    max_output_tokens: intent.maxOutputTokens,
    input_price: intent.inputPrice,
    output_price: intent.outputPrice,
    expires_in_ms: intent.expiresInMs,
  };
}

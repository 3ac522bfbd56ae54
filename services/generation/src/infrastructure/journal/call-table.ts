/**
 * The journal's rows, as `db/migrations/0010_journal.sql` keeps them. Each function here is one statement, and may be
 * repeated when nobody knows whether it went through.
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
  /** Writes the answer: also of a call that was given up as in doubt meanwhile. */
  answer(id: string, answer: KeptAnswer): Promise<void>;
  /** The call ended without an answer. */
  end(id: string, status: 'refused' | 'in_doubt', errorCode: string): Promise<void>;
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

const WITHDRAW = "DELETE FROM llm_calls WHERE id = $1 AND status = 'in_flight'";

const REJECT = 'UPDATE llm_calls SET rejected_at = clock_timestamp() WHERE id = ANY ($1::uuid[]) AND rejected_at IS NULL';

export function createCallTable(pool: pg.Pool): CallTable {
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
    async answer(id, { model, inputTokens, outputTokens, body }) {
      await query(pool, { name: 'llm-call-answer', text: ANSWER, values: [id, model, inputTokens, outputTokens, body] });
    },
    async end(id, status, errorCode) {
      await query(pool, { name: 'llm-call-end', text: END, values: [id, status, errorCode] });
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

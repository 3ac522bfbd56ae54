/**
 * What was paid for, by the journal (I9), and what may have been: calls whose answer was lost, with the most that they can
 * have cost.
 */
import type { Findings } from '../findings.ts';
import type { Snapshot } from '../snapshot.ts';

/** A call for a request whose answer had been kept by then, and was not rejected before. */
const PAID_AGAIN = `
  SELECT again.request_key, again.id, count(*) OVER () AS found
  FROM llm_calls again
  WHERE EXISTS (
    SELECT FROM llm_calls kept
    WHERE kept.request_key = again.request_key AND kept.id <> again.id AND kept.status = 'answered'
      AND kept.ended_at < again.asked_at AND (kept.rejected_at IS NULL OR kept.rejected_at > again.asked_at))
  LIMIT 10`;

/** Two calls of one attempt in flight for the same request. */
const SAME_ATTEMPT = `
  SELECT c.stream, c.started_version, count(*) AS calls, count(*) OVER () AS found
  FROM llm_calls c
  WHERE c.status <> 'refused' AND c.rejected_at IS NULL
  GROUP BY c.stream, c.started_version, c.request_key
  HAVING count(*) > 1
  LIMIT 10`;

const UNKEPT = `
  SELECT c.id, count(*) OVER () AS found FROM llm_calls c
  WHERE c.status = 'answered' AND NOT EXISTS (SELECT FROM llm_call_bodies b WHERE b.call_id = c.id AND b.part = 'answer') LIMIT 10`;

const SUMS = `
  SELECT count(*) AS calls, count(*) FILTER (WHERE status = 'answered') AS answered,
         count(*) FILTER (WHERE status = 'in_doubt') AS in_doubt, sum(cost) AS cost,
         sum(greatest_cost) FILTER (WHERE status = 'in_doubt') AS greatest_cost,
         sum(max_input_tokens) FILTER (WHERE status = 'in_doubt') AS input_tokens,
         sum(max_output_tokens) FILTER (WHERE status = 'in_doubt') AS output_tokens
  FROM ops.llm_calls`;

interface Sums {
  readonly calls: string;
  readonly answered: string;
  readonly in_doubt: string;
  readonly cost: string | null;
  readonly greatest_cost: string | null;
  readonly input_tokens: string | null;
  readonly output_tokens: string | null;
}

export interface CallsInDoubt {
  readonly calls: number;
  readonly max_input_tokens: number;
  readonly max_output_tokens: number;
  /** In the currency of the configured prices; null where nobody said what a token costs. */
  readonly greatest_cost: number | null;
}

export async function checkJournal(snapshot: Snapshot, findings: Findings): Promise<CallsInDoubt> {
  report(findings, await snapshot.query<{ id: string; request_key: string; found: string }>(PAID_AGAIN), ({ id, request_key: key }) => [
    `call ${id}`, `asks ${key.slice(0, 12)}… again, which had an answer`]);
  report(findings, await snapshot.query<{ stream: string; started_version: number; calls: string; found: string }>(SAME_ATTEMPT), ({ stream, started_version: version, calls }) => [
    stream, `${calls} calls for one request of the attempt that started at version ${version}`]);
  report(findings, await snapshot.query<{ id: string; found: string }>(UNKEPT), ({ id }) => [`call ${id}`, 'is answered, and its answer was not kept']);
  const [sums] = await snapshot.query<Sums & Record<string, unknown>>(SUMS);
  const doubt = Number(sums?.in_doubt ?? 0);
  if (Number(sums?.calls ?? 0) === 0) findings.note('I9', 'no paid call was made');
  else findings.note('I9', `${Number(sums?.calls ?? 0).toLocaleString('en')} calls, ${Number(sums?.answered ?? 0).toLocaleString('en')} answered, ${doubt.toLocaleString('en')} in doubt`);
  return {
    calls: doubt,
    max_input_tokens: Number(sums?.input_tokens ?? 0),
    max_output_tokens: Number(sums?.output_tokens ?? 0),
    greatest_cost: sums?.greatest_cost === null || sums?.greatest_cost === undefined ? null : Number(sums.greatest_cost),
  };
}

/** A few examples, and the number of all: `found`, in each row. */
function report<Row extends { readonly found: string }>(
  findings: Findings,
  rows: readonly Row[],
  tell: (row: Row) => readonly [subject: string, problem: string],
): void {
  for (const row of rows) findings.violation('I9', ...tell(row));
  findings.furtherViolations('I9', Number(rows[0]?.found ?? 0) - rows.length);
}

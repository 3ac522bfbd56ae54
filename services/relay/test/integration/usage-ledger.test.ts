/**
 * The usage ledger: what the journal says of each course, set once an attempt is over, never added to, and kept when the journal
 * has forgotten it.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { courseMapStream, nodeStream, type DomainEvent, type StreamName } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { openTestLog, startRelay } from '../fixtures/relay.ts';

const { url, owner, store } = await openTestLog(t);
await startRelay(t, url);
const metadata = { correlation_id: 'c-1', causation_id: null, actor: 'a test', via: 'generation' };
const request = { topic: 'Bread', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 } as const;
const job = { job_id: randomUUID(), deadline: '2030-01-01T00:00:00.000Z' };

async function append(stream: StreamName, expectedVersion: number, ...events: DomainEvent[]): Promise<void> {
  await store.appendToStream({ stream, expectedVersion, events, metadata });
}

/** A planning that is under way. @returns the course's stream */
async function planning(): Promise<{ id: string; stream: StreamName }> {
  const id = randomUUID();
  const stream = courseMapStream(id);
  await append(stream, 0, { type: 'CourseMapRequested', data: { request } }, { type: 'CourseMapPlanningStarted', data: { attempt: 1, worker_id: 'w', ...job } });
  return { id, stream };
}

const interrupted: DomainEvent = { type: 'CourseMapPlanningInterrupted', data: { attempt: 1, cause: 'worker_lost', worker_id: 'w', detected_after_ms: 1 } };

async function call(stream: StreamName, status: string, fields: { input?: number; output?: number; day?: string } = {}): Promise<string> {
  const id = randomUUID();
  const { input = null, output = null, day = '2026-03-01' } = fields;
  await owner.query(
    `INSERT INTO llm_calls (id, request_key, status, stream, started_version, worker_id, correlation_id, model, max_input_tokens, max_output_tokens,
                            input_tokens, output_tokens, input_price, output_price, asked_at, expires_at, ended_at)
     VALUES ($1, encode(sha256($1::uuid::text::bytea), 'hex'), $2, $3, 2, 'w', 'c', 'm', 1000, 2000, $4, $5, 2, 10, $6::date + interval '12 h', now(), now())`,
    [id, status, stream, input, output, day],
  );
  return id;
}

async function ledgerOf(id: string): Promise<Record<string, unknown>[]> {
  return (await owner.query<Record<string, unknown>>('SELECT u.*, u.day::text AS day FROM ops.usage u WHERE u.course_map_id = $1 ORDER BY u.day', [id])).rows;
}

async function handled(): Promise<void> {
  const head = await store.head();
  await until('the ledger is up to date', async () => {
    const { rows } = await owner.query("SELECT FROM subscriptions WHERE name = 'usage-ledger' AND position >= $1", [head]);
    return rows.length === 1;
  });
}

t.test('calls, tokens and cost of a course, by day; what was refused is no call, what is in doubt counts with its most', async (t) => {
  const { id, stream } = await planning();
  await call(stream, 'answered', { input: 100, output: 50 });
  await call(stream, 'answered', { input: 10, output: 5, day: '2026-03-02' });
  await call(stream, 'in_doubt');
  await call(stream, 'refused');
  await append(stream, 2, interrupted);
  await until('it is in the ledger', async () => (await ledgerOf(id)).length === 2);
  t.match(await ledgerOf(id), [
    { day: '2026-03-01', model: 'm', calls: '2', answered: '1', in_doubt: '1', input_tokens: '100', output_tokens: '50' },
    { day: '2026-03-02', calls: '1', answered: '1', in_doubt: '0', input_tokens: '10', output_tokens: '5' },
  ]);
  const [first] = await ledgerOf(id);
  t.equal(Number(first!['cost']), (100 * 2 + 50 * 10) / 1e6);
  t.equal(Number(first!['greatest_cost_in_doubt']), (1000 * 2 + 2000 * 10) / 1e6);
});

t.test('a node is counted for its course', async (t) => {
  const { id } = await planning();
  const stream = nodeStream({ courseMapId: id, nodeId: 'n1' });
  const node = { id: 'n1', title: 'T', description: 'D', type: 'learn', layer: 1, pre_requisites: [] as string[], estimated_minutes: 10, reward_multiplier: 1 } as const;
  const meta = { course_name: 'C', strategy_rationale: 'S', mode: 'Light', time_budget_minutes: 60, time_sum_minutes: 10, time_delta_minutes: 50 } as const;
  const usage = { input_tokens: 1, output_tokens: 1 };
  await append(courseMapStream(id), 2, { type: 'CourseMapPlanned', data: { attempt: 1, map_meta: meta, nodes: [node], model: 'm', usage } });
  await call(stream, 'answered', { input: 7, output: 3 });
  await append(stream, 0, { type: 'GenerationScheduled', data: { attempt: 1, reason: 'planned', job_id: job.job_id, delay_ms: 0 } },
    { type: 'GenerationStarted', data: { attempt: 1, worker_id: 'w', ...job } },
    { type: 'GenerationFailed', data: { attempt: 1, error: { code: 'x', message: 'y' }, retryable: false, final: true, counts: true, outage_since: null } });
  await until('it is in the ledger', async () => (await ledgerOf(id)).length === 1);
  t.match(await ledgerOf(id), [{ calls: '1', input_tokens: '7', output_tokens: '3' }]);
});

t.test('set back and read again it says the same; a call that was in doubt and was answered after all is counted as that', async (t) => {
  const { id, stream } = await planning();
  const doubtful = await call(stream, 'in_doubt');
  await append(stream, 2, interrupted);
  await handled();
  const before = await ledgerOf(id);
  await owner.query("SELECT ops.rewind_subscription('usage-ledger', 0, 'a test')");
  await handled();
  t.same(await ledgerOf(id), before);
  await owner.query("UPDATE llm_calls SET status = 'answered', input_tokens = 5, output_tokens = 5 WHERE id = $1", [doubtful]);
  await append(stream, 3, { type: 'CourseMapPlanningStarted', data: { attempt: 2, worker_id: 'w', ...job } }, { type: 'CourseMapPlanningInterrupted', data: { attempt: 2, cause: 'shutdown', worker_id: 'w', detected_after_ms: null } });
  await handled();
  t.match(await ledgerOf(id), [{ calls: '1', answered: '1', in_doubt: '0', input_tokens: '5' }]);
});

t.test('a call that was in doubt and turns out refused is no call any more, though another was answered', async (t) => {
  const { id, stream } = await planning();
  const doubtful = await call(stream, 'in_doubt');
  await append(stream, 2, interrupted);
  await handled();
  t.match(await ledgerOf(id), [{ calls: '1', in_doubt: '1' }]);
  await owner.query("UPDATE llm_calls SET status = 'refused' WHERE id = $1", [doubtful]);
  await call(stream, 'answered', { input: 5, output: 5 });
  await append(stream, 3, { type: 'CourseMapPlanningStarted', data: { attempt: 2, worker_id: 'w', ...job } }, { type: 'CourseMapPlanningInterrupted', data: { attempt: 2, cause: 'shutdown', worker_id: 'w', detected_after_ms: null } });
  await handled();
  t.match(await ledgerOf(id), [{ calls: '1', answered: '1', in_doubt: '0', input_tokens: '5', greatest_cost_in_doubt: null }]);
});

t.test('what the journal has forgotten stays in the ledger, whatever is read again', async (t) => {
  const { id, stream } = await planning();
  await call(stream, 'answered', { input: 100, output: 50 });
  await call(stream, 'answered', { input: 1, output: 1 });
  await append(stream, 2, interrupted);
  await handled();
  const before = await ledgerOf(id);
  t.match(before, [{ calls: '2' }]);
  await owner.query('DELETE FROM llm_calls WHERE stream = $1 AND input_tokens = 100', [stream]);
  await owner.query("SELECT ops.rewind_subscription('usage-ledger', 0, 'a test')");
  await handled();
  t.same(await ledgerOf(id), before);
});

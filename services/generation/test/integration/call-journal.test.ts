/** The journal: what was answered is never paid for again, and what is in doubt is on record. */
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { createPool, DatabaseUnavailableError, nodeStream } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { AuthorError, type AuthorCall } from '../../src/application/author.ts';
import { createCallJournal, type CallJournalSettings, type JournalRequest } from '../../src/infrastructure/journal/call-journal.ts';
import { createCallTable } from '../../src/infrastructure/journal/call-table.ts';
import { canonicalRequest } from '../../src/infrastructure/journal/request-key.ts';
import { silentLog } from '../fixtures/silent-log.ts';

const REQUEST: JournalRequest = {
  ...canonicalRequest({ model: 'm', prompt: 'Write about bread' }),
  model: 'm', maxInputTokens: 1000, maxOutputTokens: 2000, timeoutMs: 5000,
};
const ANSWER = { text: 'Bread\u0000 \ud800', model: 'm-1', usage: { inputTokens: 10, outputTokens: 20 } };

async function setUp(t: TestContext) {
  const { url } = await testDatabase(t);
  const owner = new pg.Pool({ connectionString: url, max: 2 });
  const pool = createPool({ databaseUrl: url, applicationName: 'test', maxConnections: 4, onConnectionLost: () => undefined });
  const beacons = new Set<pg.Client>();
  t.teardown(async () => {
    await Promise.all([owner.end(), pool.end(), ...[...beacons].map((beacon) => beacon.end())]);
  });

  /** A worker that holds its beacon until it is ended. */
  async function worker(id: string, settings: Partial<CallJournalSettings> = {}) {
    const { rows } = await owner.query<{ lock_key: number }>(
      'INSERT INTO workers (id, host, pid, db_epoch) VALUES ($1, $2, 1, database_epoch()) RETURNING lock_key', [id, 'here']);
    const beacon = new pg.Client({ connectionString: url });
    beacons.add(beacon);
    await beacon.connect();
    await beacon.query('SELECT pg_advisory_lock(7001, $1)', [rows[0]!.lock_key]);
    const journal = createCallJournal({
      calls: createCallTable(pool), workerId: id, leaseTerm: () => 1, inputPrice: 2, outputPrice: 10, log: silentLog(), ...settings });
    const dies = (): Promise<void> => {
      beacons.delete(beacon);
      return beacon.end();
    };
    return { ...journal, dies };
  }
  /** The log says that the call's attempt has ended. */
  async function takeAway({ stream, startedVersion }: AuthorCall) {
    await owner.query('ALTER TABLE recorded_events DISABLE TRIGGER USER');
    await owner.query(
      "INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata) VALUES ($1, $2, 'GenerationInterrupted', 1, '{}', '{}')",
      [stream, startedVersion + 1]);
    await owner.query('ALTER TABLE recorded_events ENABLE TRIGGER USER');
  }
  const calls = async () => (await owner.query('SELECT * FROM ops.llm_calls ORDER BY asked_at')).rows;
  return { worker, takeAway, calls, owner, pool };
}

function attempt(signal = new AbortController().signal): AuthorCall {
  return { signal, correlationId: 'c', stream: nodeStream({ courseMapId: randomUUID(), nodeId: 'n1' }), startedVersion: 2 };
}

/** A provider that answers when it is told to. */
function provider() {
  let asked = 0;
  const { promise, resolve, reject } = Promise.withResolvers<typeof ANSWER>();
  return {
    ask: async () => { asked += 1; return promise; },
    asked: () => asked,
    answers: () => resolve(ANSWER),
    fails: (error: AuthorError) => reject(error),
  };
}

t.test('what was answered once is answered from the journal: another worker, another course, no call', async (t) => {
  const { worker, calls } = await setUp(t);
  const [one, other] = [await worker('one'), await worker('other')];
  const first = await one.answerOnce(REQUEST, attempt(), async () => ANSWER);
  t.equal(first.fromJournal, false);
  const second = await other.answerOnce(REQUEST, attempt(), () => { throw new Error('asked again'); });
  t.same(second, { answer: ANSWER, callId: first.callId, fromJournal: true }, 'to the last odd character');
  t.match(await calls(), [{ status: 'answered', input_tokens: 10, output_tokens: 20, cost: '0.00022000000000000000', greatest_cost: null, error_code: null }]);
});

t.test('the same is asked twice at once: one call, and both have its answer', async (t) => {
  const { worker, calls } = await setUp(t);
  const { ask, asked, answers } = provider();
  const journals = await Promise.all(['a', 'b', 'c', 'd'].map((id) => worker(id)));
  const all = journals.flatMap((journal) => [1, 2, 3].map(() => journal.answerOnce(REQUEST, attempt(), ask)));
  await until('somebody asks', () => asked() > 0);
  t.match(await calls(), [{ status: 'in_flight', max_input_tokens: 1000, max_output_tokens: 2000, greatest_cost: '0.02200000000000000000' }]);
  answers();
  const answered = await Promise.all(all);
  t.equal(asked(), 1);
  t.equal(answered.filter(({ fromJournal }) => !fromJournal).length, 1);
  for (const { answer } of answered) t.same(answer, ANSWER);
});

t.test('an answer whose intent is gone, lost with the tail of the log in a failover, is on record and paid for once', async (t) => {
  const { worker, calls, owner } = await setUp(t);
  const journal = await worker('one');
  const loseIntent = async () => void (await owner.query('DELETE FROM llm_calls'));
  const first = await journal.answerOnce(REQUEST, attempt(), async () => {
    await loseIntent();
    return ANSWER;
  });
  t.match(await calls(), [{ id: first.callId, status: 'answered', model: 'm-1', input_tokens: 10, output_tokens: 20, cost: '0.00022000000000000000', worker_id: 'one' }]);
  const again = await journal.answerOnce(REQUEST, attempt(), () => { throw new Error('asked again'); });
  t.same(again.answer, ANSWER);
  t.match((await owner.query("SELECT body FROM llm_call_bodies WHERE part = 'request'")).rows, [{ body: REQUEST.body }]);

  await owner.query('DELETE FROM llm_calls');
  const timedOut = new AuthorError('model_timeout', 'no answer', { retryable: true });
  await t.rejects(journal.answerOnce(REQUEST, attempt(), async () => {
    await loseIntent();
    throw timedOut;
  }), timedOut);
  t.match(await calls(), [{ status: 'in_doubt', error_code: 'model_timeout', greatest_cost: '0.02200000000000000000' }]);
});

t.test('while the database is read-only an answer is held, and is on record when it can be written', async (t) => {
  const { worker, calls, owner, pool } = await setUp(t);
  const journal = await worker('one');
  const { ask, asked, answers } = provider();
  const answering = journal.answerOnce(REQUEST, attempt(), ask);
  await until('it asks', () => asked() === 1);
  const { rows: [database] } = await owner.query<{ name: string }>('SELECT current_database() AS name');
  const readOnly = async (on: boolean): Promise<void> => {
    await owner.query('SET default_transaction_read_only = off');
    await owner.query(`ALTER DATABASE ${pg.escapeIdentifier(database!.name)} SET default_transaction_read_only = ${on ? 'on' : 'off'}`);
    // A session has the setting from its beginning.
    await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test' AND datname = current_database()");
    await until('the sessions are gone', () => pool.totalCount === 0);
  };
  await readOnly(true);
  let tried = 0;
  pool.on('acquire', () => { tried += 1; });
  answers();
  await until('it has tried to write the answer more than once', () => tried > 2);
  t.match(await calls(), [{ status: 'in_flight' }]);
  await readOnly(false);
  t.same((await answering).answer, ANSWER);
  t.match(await calls(), [{ status: 'answered' }]);
});

t.test('a call that died with its worker is in doubt, with its greatest cost, and is made again once the log has its end', async (t) => {
  const { worker, takeAway, calls } = await setUp(t);
  const [dead, living] = [await worker('dead'), await worker('living')];
  const lost = attempt();
  const never = provider();
  void dead.answerOnce(REQUEST, lost, never.ask);
  await until('it asks', () => never.asked() === 1);
  await dead.dies();
  await until('its beacon is gone', async () => (await calls())[0].status === 'in_doubt');

  const { ask, asked, answers } = provider();
  answers();
  const waiting = living.answerOnce(REQUEST, attempt(), ask);
  await sleep(300); // Long enough for several looks: silence alone is no proof.
  t.equal(asked(), 0);
  await takeAway(lost);
  t.equal((await waiting).fromJournal, false);
  t.equal(asked(), 1);
  t.match(await calls(), [
    { worker_id: 'dead', status: 'in_doubt', error_code: 'worker_lost', greatest_cost: '0.02200000000000000000' },
    { worker_id: 'living', status: 'answered' },
  ]);
});

t.test('a worker that was taken for dead keeps the answer that it gets after all', async (t) => {
  const { worker, takeAway, calls } = await setUp(t);
  const [frozen, other] = [await worker('frozen'), await worker('other')];
  const late = provider();
  const call = attempt();
  const answered = frozen.answerOnce(REQUEST, call, late.ask);
  await until('it asks', () => late.asked() === 1);
  await frozen.dies();
  await takeAway(call);
  const second = provider();
  const waiting = other.answerOnce(REQUEST, attempt(), second.ask);
  await until('the other asks', () => second.asked() === 1);
  late.answers();
  t.same((await answered).answer, ANSWER);
  second.answers();
  await waiting;
  t.same((await calls()).map(({ status }) => status), ['answered', 'answered']);
});

t.test('an attempt that the log gave to somebody else makes no call', async (t) => {
  const { worker, takeAway, calls } = await setUp(t);
  const one = await worker('one');
  const call = attempt();
  await takeAway(call);
  await t.rejects(one.answerOnce(REQUEST, call, async () => ANSWER), { code: 'call_aborted' });
  t.same(await calls(), []);
});

t.test('without a lease no call is begun; one whose lease is lost between intent and call withdraws it and asks the log again', async (t) => {
  const { worker, calls, takeAway } = await setUp(t);
  let leased = false;
  const terms: (number | undefined)[] = [];
  const one = await worker('one', { leaseTerm: () => (terms.length > 0 ? terms.shift() : leased ? 1 : undefined) });
  const { ask, asked, answers } = provider();
  answers();
  const waiting = one.answerOnce(REQUEST, attempt(), ask);
  await sleep(200); // There is nothing to wait for when nothing happens.
  t.equal(asked(), 0);
  t.same(await calls(), [], 'not even an intent');
  leased = true;
  await waiting;
  t.equal(asked(), 1);

  // Leased when it writes the intent, and again when it would call, but not in between; and the attempt is gone by then.
  leased = false;
  terms.push(1, 1, 2);
  const call = attempt();
  const request = { ...REQUEST, ...canonicalRequest({ other: true }) };
  const second = one.answerOnce(request, call, ask);
  await until('the intent is withdrawn', async () => terms.length === 0 && (await calls()).length === 1);
  await takeAway(call);
  leased = true;
  await t.rejects(second, { code: 'call_aborted' });
  t.equal(asked(), 1);
});

t.test('an intent whose answer was lost does not stay when its attempt is abandoned: others would wait for its call', async (t) => {
  const { worker, calls, owner, pool } = await setUp(t);
  const table = createCallTable(pool);
  const abort = new AbortController();
  const one = await worker('one', {
    calls: {
      ...table,
      async begin(intent) {
        await table.begin(intent);
        setTimeout(() => abort.abort(), 10);
        throw new DatabaseUnavailableError(new Error('the answer was lost'));
      },
    },
  });
  await t.rejects(one.answerOnce(REQUEST, attempt(abort.signal), async () => ANSWER), { name: 'AbortError' });
  await until('the intent is withdrawn', async () => (await owner.query('SELECT FROM llm_calls')).rowCount === 0);
  t.same(await calls(), []);
});

t.test('whoever waits for somebody else\'s answer gives up after as long as a call may take, for nothing', async (t) => {
  const { worker, calls } = await setUp(t);
  const [one, other] = [await worker('one'), await worker('other')];
  const never = provider();
  void one.answerOnce(REQUEST, attempt(), never.ask);
  await until('it asks', () => never.asked() === 1);
  await t.rejects(other.answerOnce({ ...REQUEST, timeoutMs: 200 }, attempt(), never.ask), { code: 'model_unavailable', retryable: true, mayBeBilled: false });
  t.equal(never.asked(), 1);
  t.equal((await calls()).length, 1);
});

t.test('a call that the provider refused costs nothing; one that ended without a word may have', async (t) => {
  const { worker, calls } = await setUp(t);
  const one = await worker('one');
  for (const mayBeBilled of [false, true]) {
    const error = new AuthorError('model_unavailable', 'no', { retryable: true, mayBeBilled });
    await t.rejects(one.answerOnce(REQUEST, attempt(), async () => { throw error; }), error);
  }
  await one.answerOnce(REQUEST, attempt(), async () => ANSWER);
  t.match(await calls(), [
    { status: 'refused', error_code: 'model_unavailable', greatest_cost: null },
    { status: 'in_doubt', error_code: 'model_unavailable', greatest_cost: '0.02200000000000000000' },
    { status: 'answered' },
  ]);
});

t.test('a rejected answer is no answer: the request is asked again', async (t) => {
  const { worker, calls } = await setUp(t);
  const one = await worker('one');
  const { callId } = await one.answerOnce(REQUEST, attempt(), async () => ANSWER);
  await one.reject([callId]);
  t.equal((await one.answerOnce(REQUEST, attempt(), async () => ANSWER)).fromJournal, false);
  t.match(await calls(), [{ status: 'answered', rejected: true }, { status: 'answered', rejected: false }]);
});

t.test('an aborted wait ends at once and leaves nothing behind', async (t) => {
  const { worker, calls } = await setUp(t);
  const one = await worker('one');
  const never = provider();
  void one.answerOnce(REQUEST, attempt(), never.ask);
  await until('it asks', () => never.asked() === 1);
  const abort = new AbortController();
  const waiting = one.answerOnce(REQUEST, attempt(abort.signal), never.ask);
  abort.abort();
  await t.rejects(waiting, { name: 'AbortError' });
  t.equal((await calls()).length, 1);
});

t.test('long bodies are kept apart and compressed', async (t) => {
  const { worker, owner } = await setUp(t);
  const one = await worker('one');
  const text = 'A sentence about bread. '.repeat(2000);
  await one.answerOnce({ ...REQUEST, ...canonicalRequest({ text }) }, attempt(), async () => ({ ...ANSWER, text }));
  const { rows } = await owner.query("SELECT part, length(body) AS characters, pg_column_size(body) AS bytes FROM llm_call_bodies ORDER BY part");
  t.same(rows.map(({ part }) => part), ['answer', 'request']);
  for (const { characters, bytes } of rows) t.ok(bytes < characters / 10, `${characters} characters in ${bytes} bytes`);
});

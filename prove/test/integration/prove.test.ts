/**
 * A proof is worth what it finds: a healthy database passes, and each kind of damage is found under its own invariant.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { prove, type InvariantId, type Proof } from '../../src/index.ts';
import { proofStage, type ProofStage } from '../fixtures/finished-course.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const broken = ({ verdicts }: Proof): InvariantId[] => verdicts.filter(({ holds }) => !holds).map(({ id }) => id);

t.test('a database with courses that are finished, running, queued and failed has every invariant', async (t) => {
  const stage = await proofStage(t);
  await stage.course();
  await stage.finishAll();
  await stage.course();
  t.equal((await stage.claimAll()).length, 1);
  await stage.course();
  const proof = await prove({ databaseUrl: stage.url });
  t.same(broken(proof), [], JSON.stringify(proof.verdicts.filter(({ holds }) => !holds)));
  t.ok(proof.events > 10);
});

t.test('an empty database has every invariant', async (t) => {
  const { url } = await testDatabase(t);
  t.same(broken(await prove({ databaseUrl: url })), []);
});

t.test('asked whether all is finished, what is still to do breaks it', async (t) => {
  const stage = await proofStage(t);
  await stage.course();
  await stage.finishAll();
  t.same(broken(await prove({ databaseUrl: stage.url, finished: true })), []);
  await stage.course();
  t.same(broken(await prove({ databaseUrl: stage.url, finished: true })), ['I1']);
});

/** Damage, and the invariants that it breaks. Each is done to a course that is finished, beside one that is queued. */
const DAMAGE: readonly [what: string, sql: string, breaks: readonly InvariantId[]][] = [
  ['a node is completed twice',
    `WITH again AS (
       INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
       SELECT stream, version + 1, type, schema_version, data, metadata FROM recorded_events WHERE type = 'GenerationCompleted' AND stream LIKE '%+c' RETURNING id)
     INSERT INTO event_positions SELECT (SELECT max(position) FROM event_positions) + 1, id, clock_timestamp() FROM again`, ['I2', 'I4', 'I6']],
  ['a version is missing', "DELETE FROM recorded_events WHERE type = 'GenerationStarted' AND stream LIKE '%+a'", ['I3', 'I4', 'I6']],
  ['a position is missing', 'UPDATE event_positions SET position = position + 1 WHERE position = (SELECT max(position) FROM event_positions)', ['I3']],
  ['an event has no position', "DELETE FROM event_positions WHERE position = (SELECT max(position) FROM event_positions)", ['I3']],
  ['two events changed places', `
     UPDATE event_positions SET event_id = CASE event_id WHEN swap.one THEN -swap.other ELSE -swap.one END
     FROM (SELECT min(id) AS one, max(id) AS other FROM recorded_events WHERE stream LIKE '%+b' AND version IN (1, 2)) swap
     WHERE event_id IN (swap.one, swap.other)`, ['I3', 'I4']],
  ['an event is of no known type', "UPDATE recorded_events SET type = 'GenerationImagined' WHERE type = 'GenerationCompleted' AND stream LIKE '%+c'", ['I4', 'I6']],
  ['an attempt is skipped', `UPDATE recorded_events SET data = data || '{"attempt": 7}' WHERE type = 'GenerationScheduled' AND stream LIKE '%+c'`, ['I5', 'I6']],
  ['a row says what the log does not', "UPDATE node_states SET failures = 2 WHERE node_id = 'a'", ['I6']],
  ['a card is gone', "DELETE FROM artifacts WHERE hash IN (SELECT content_hash FROM node_states WHERE node_id = 'b')", ['I6']],
  ['a node has the card of another', `
     UPDATE node_states SET content_hash = (SELECT content_hash FROM node_states WHERE node_id = 'a' LIMIT 1) WHERE node_id = 'b'`, ['I6']],
  ['a map is not the one that was planned', `
     UPDATE course_map_states SET nodes = jsonb_set(nodes, '{0,title}', '"Another"') WHERE status = 'completed'`, ['I6']],
  ['a trigger fires for replicas only', 'ALTER TABLE recorded_events ENABLE REPLICA TRIGGER recorded_events_append_only', ['I11']],
  ['a row is gone', "DELETE FROM node_states WHERE node_id = 'c' AND status = 'completed'", ['I6']],
  ['a course is in the log alone', "DELETE FROM course_map_states WHERE status = 'completed'", ['I6']],
  ['a node came before what it builds on', `
     UPDATE event_positions p SET position = -p.position FROM recorded_events e WHERE e.id = p.event_id AND e.stream LIKE '%+a' AND e.version = 3`, ['I3', 'I4', 'I7']],
  ['a checkpoint lies beyond the log', "INSERT INTO subscriptions (name, position) VALUES ('reader', 1000000)", ['I10']],
  ['the log may be changed', 'GRANT UPDATE ON recorded_events TO coursewright_service', ['I11']],
  ['a queued node lost its job', 'DELETE FROM pgboss.job', ['I1']],
  ['a finished node has a job', `
     INSERT INTO pgboss.job (name, singleton_key, policy) SELECT 'generate-node', stream, 'exclusive' FROM recorded_events WHERE type = 'GenerationCompleted' LIMIT 1`, ['I8']],
  ['a request was paid for again', twoCalls({ status: 'answered', endedAgo: '1 hour' }), ['I9']],
  ['the log takes no event', 'DROP FUNCTION draw_positions() CASCADE', ['I13']],
  ['a beacon is held for a worker that has stopped', "UPDATE workers SET stopped_at = clock_timestamp() - interval '1 hour'", ['I12']],
];

for (const [what, sql, breaks] of DAMAGE) {
  t.test(`damage is found: ${what}`, async (t) => {
    const stage = await damaged(t);
    if (/^(GRANT|ALTER)/.test(sql)) await stage.owner.query(sql);
    else if (what === 'two events changed places') await swap(stage, sql);
    else await stage.tamper(sql);
    t.teardown(() => stage.owner.query('REVOKE UPDATE ON recorded_events FROM coursewright_service'));
    const proof = await prove({ databaseUrl: stage.url, secondLookMs: 10 });
    t.same(broken(proof).filter((id) => breaks.includes(id)), breaks, JSON.stringify(proof.verdicts.filter(({ holds }) => !holds)));
    t.same(broken(proof).filter((id) => !breaks.includes(id) && !ALONG.has(id)), [], 'and nothing else is blamed');
  });
}

t.test('a rejected answer may be asked for again, and a call that was given up as lost may have been answered after all', async (t) => {
  const stage = await proofStage(t);
  await stage.tamper(twoCalls({ status: 'answered', endedAgo: '1 hour', rejectedAgo: '30 minutes' }));
  await stage.tamper(twoCalls({ status: 'answered', endedAgo: '10 seconds' }));
  t.same(broken(await prove({ databaseUrl: stage.url })), []);
});

t.test('all requests that were paid for again are counted, and a few of them told', async (t) => {
  const stage = await proofStage(t);
  for (let count = 0; count < 15; count += 1) await stage.tamper(twoCalls({ status: 'answered', endedAgo: '1 hour' }));
  const verdict = (await prove({ databaseUrl: stage.url })).verdicts.find(({ id }) => id === 'I9')!;
  t.equal(verdict.violations, 15);
  t.equal(verdict.examples.length, 10);
});

t.test('calls in doubt are told with the most that they can have cost', async (t) => {
  const stage = await proofStage(t);
  await stage.tamper(twoCalls({ status: 'in_doubt', endedAgo: '1 hour' }));
  t.match((await prove({ databaseUrl: stage.url })).calls_in_doubt, { calls: 1, max_input_tokens: 1000, max_output_tokens: 2000, greatest_cost: 0.022 });
});

t.test('the command prints a table, or JSON, and says with its exit code what came of it', async (t) => {
  const stage = await damaged(t);
  const run = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { env: { ...process.env, DATABASE_URL: stage.url }, encoding: 'utf8' });
  const well = run();
  t.equal(well.status, 0, well.stderr);
  t.match(well.stdout, /✓ I12/);
  t.match(well.stdout, /Everything holds: \d+ events in/);
  await stage.tamper("UPDATE node_states SET failures = 2 WHERE node_id = 'a'");
  const badly = run('--json');
  t.equal(badly.status, 1);
  t.match(JSON.parse(badly.stdout), { holds: false });
  t.equal(run('--fast').status, 2);
  t.equal(spawnSync(process.execPath, [MAIN], { env: { PATH: process.env['PATH'] }, encoding: 'utf8' }).status, 2);
});

/** Found along with what is looked for: a node whose events are damaged is often not where its row says. */
const ALONG: ReadonlySet<InvariantId> = new Set(['I6']);

async function damaged(t: Parameters<typeof proofStage>[0]): Promise<ProofStage> {
  const stage = await proofStage(t);
  await stage.course();
  await stage.finishAll();
  await stage.plannedCourse([{ id: 'x' }]);
  return stage;
}

/** Unique on both sides, so the two events change places by way of numbers that nobody has. */
async function swap(stage: ProofStage, sql: string): Promise<void> {
  await stage.tamper(sql);
  await stage.tamper('UPDATE event_positions SET event_id = -event_id WHERE event_id < 0');
}

/** Two calls for one request of its own: the second is asked a minute ago, two hours after the first. */
function twoCalls({ status, endedAgo, rejectedAgo }: { status: string; endedAgo: string; rejectedAgo?: string }): string {
  const key = randomBytes(32).toString('hex');
  const ago = (interval: string): string => `clock_timestamp() - interval '${interval}'`;
  const call = (its: string, askedAgo: string, ended: string, rejected: string): string =>
    `(gen_random_uuid(), '${key}', '${its}', ${rejected}, 'node-' || gen_random_uuid() || '+n1', 2,
      'generation-a', 'c', 'm', 1000, 2000, 1, 1, 2, 10, ${ago(askedAgo)}, clock_timestamp(), ${ended})`;
  return `
    WITH calls AS (
      INSERT INTO llm_calls (id, request_key, status, rejected_at, stream, started_version, worker_id, correlation_id, model, max_input_tokens,
        max_output_tokens, input_tokens, output_tokens, input_price, output_price, asked_at, expires_at, ended_at)
      VALUES ${call(status, '2 hours', ago(endedAgo), rejectedAgo === undefined ? 'NULL' : ago(rejectedAgo))},
        ${call('answered', '1 minute', 'clock_timestamp()', 'NULL')} RETURNING id)
    INSERT INTO llm_call_bodies SELECT id, 'answer', '{}' FROM calls`;
}

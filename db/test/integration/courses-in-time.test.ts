/**
 * How a course stood at any moment, told from the log, is how the projections had it at that moment.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { append, HASH, type Event } from '../fixtures/recorded-course.ts';

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);
await owner.query("INSERT INTO artifacts (hash, content, key_ideas) VALUES ($1, '{}', '{}')", [HASH]);

const PROJECTED = `
  SELECT NULL AS node_id, status, version, attempt, failures, worker_id, error_code, error, 0 AS place FROM course_map_states WHERE id = $1
  UNION ALL
  SELECT node_id::text, status, version, attempt, failures, worker_id, error_code, error, place FROM node_states WHERE course_map_id = $1
  ORDER BY place`;
const TOLD = 'SELECT node_id, status, version, attempt, failures, worker_id, error_code, error, place FROM course_at($1, $2)';

const job_id = randomUUID();
const usage = { input_tokens: 1, output_tokens: 1 };
const deadline = '2099-01-01T00:00:00Z';
const scheduled = (attempt: number): Event => ({ type: 'GenerationScheduled', data: { attempt, reason: 'planned', job_id, delay_ms: 0 } });
const started = (attempt: number): Event => ({ type: 'GenerationStarted', data: { attempt, worker_id: `generation-${attempt}`, job_id, deadline } });
const failed = (attempt: number, final: boolean): Event => ({
  type: 'GenerationFailed', data: { attempt, error: { code: 'model_refused', message: `no ${attempt}` }, retryable: !final, final },
});
const interrupted = (attempt: number): Event => ({
  type: 'GenerationInterrupted', data: { attempt, cause: 'worker_lost', worker_id: `generation-${attempt}`, detected_after_ms: 300 },
});
const completed = (attempt: number): Event => ({ type: 'GenerationCompleted', data: { attempt, content_hash: HASH, model: 'm', usage, from_journal: false } });
const late = (attempt: number): Event => ({ type: 'LateResultReceived', data: { attempt, worker_id: `generation-${attempt}`, content_hash: HASH, model: 'm', usage } });
const retry: Event = { type: 'RetryRequested', data: { reason: 'operator' } };
const planningStarted = (attempt: number): Event => ({ type: 'CourseMapPlanningStarted', data: { attempt, worker_id: `generation-${attempt}`, job_id, deadline } });
const planningFailed = (attempt: number, final: boolean): Event => ({
  type: 'CourseMapPlanningFailed', data: { attempt, error: { code: 'model_refused', message: `no ${attempt}` }, retryable: !final, final },
});
const nodes = [{ id: 'a', type: 'learn' }, { id: 'b', type: 'learn' }, { id: 'c', type: 'learn' }, { id: 'q', type: 'quiz' }].map((node) => ({ ...node, pre_requisites: [] }));
const planned: Event = { type: 'CourseMapPlanned', data: { attempt: 3, map_meta: {}, nodes, model: 'm', usage } };

t.test('an instant is a place in the log, however long the transactions took', async (t) => {
  const placedAt = async (stream: string): Promise<string> =>
    (await owner.query<{ at: string }>('SELECT placed_at::text AS at FROM events WHERE stream = $1', [stream])).rows[0]!.at;
  const positionOf = async (stream: string): Promise<string> =>
    (await owner.query<{ position: string }>('SELECT position FROM events WHERE stream = $1', [stream])).rows[0]!.position;
  const positionAt = async (at: string): Promise<string> => (await owner.query<{ position: string }>('SELECT position_at($1) AS position', [at])).rows[0]!.position;
  const requested: Event = { type: 'CourseMapRequested', data: { request: { topic: 'Bread', level: 'Novice', mode: 'Light' } } };
  const [slow, quick] = [`course_map-${randomUUID()}`, `course_map-${randomUUID()}`];
  const { client } = await loginAs(t, url, 'coursewright_service');
  await client.query('BEGIN');
  await append(client, slow, 0, [requested]);
  await append(owner, quick, 0, [requested]);
  await client.query('COMMIT');

  const { rows } = await owner.query('SELECT placed_at > recorded_at AS behind, lag(recorded_at) OVER (ORDER BY position) > recorded_at AS older FROM events ORDER BY position DESC LIMIT 1');
  t.same(rows, [{ behind: true, older: true }], 'what is behind was written down before what it is behind');
  t.equal(await positionAt(await placedAt(quick)), await positionOf(quick));
  t.equal(await positionAt(await placedAt(slow)), await positionOf(slow));
  t.equal((await owner.query('SELECT FROM events e JOIN events b ON b.position = e.position - 1 WHERE b.placed_at > e.placed_at')).rowCount, 0, 'sorted');
  t.equal(await positionAt('-infinity'), '0');
});

t.test('what is appended in one transaction has one instant', async (t) => {
  const { client } = await loginAs(t, url, 'coursewright_service');
  const streams = [1, 2, 3].map(() => `course_map-${randomUUID()}`);
  await client.query('BEGIN');
  for (const stream of streams) await append(client, stream, 0, [{ type: 'CourseMapRequested', data: { request: { topic: 'Bread', level: 'Novice', mode: 'Light' } } }]);
  await client.query('COMMIT');
  const { rows } = await owner.query('SELECT count(DISTINCT placed_at)::integer AS instants, count(*)::integer AS events FROM events WHERE stream = ANY ($1)', [streams]);
  t.same(rows, [{ instants: 1, events: 3 }]);
});

type Step = readonly [where: 'course' | 'a' | 'b' | 'c', event: Event];
const LIVES: Readonly<Record<string, readonly Step[]>> = {
  'a course with failures, interruptions, retries and late results': [
    ['course', planningStarted(1)], ['course', planningFailed(1, false)], ['course', planningStarted(2)], ['course', planningFailed(2, true)],
    ['course', { type: 'CourseMapRetryRequested', data: { reason: 'client' } }], ['course', planningStarted(3)], ['course', planned],
    ['a', scheduled(1)], ['b', scheduled(1)], ['a', started(1)], ['b', started(1)], ['a', interrupted(1)], ['a', scheduled(2)], ['a', late(1)],
    ['b', failed(1, false)], ['b', scheduled(2)], ['b', started(2)], ['b', failed(2, true)], ['a', started(2)], ['a', late(1)], ['a', completed(2)],
    ['b', retry], ['b', scheduled(3)], ['b', started(3)], ['b', completed(3)], ['c', scheduled(1)], ['c', started(1)], ['c', failed(1, true)],
    ['course', { type: 'CourseMapCompleted', data: { completed_nodes: 2, failed_nodes: 1 } }], ['c', retry],
    ['course', { type: 'CourseMapReopened', data: {} }], ['c', scheduled(2)],
  ],
  'a course that is cancelled while one node runs and another is done': [
    ['course', planningStarted(3)], ['course', planned],
    ['a', scheduled(1)], ['a', started(1)], ['a', completed(1)], ['b', scheduled(1)], ['b', started(1)], ['c', scheduled(1)],
    ['course', { type: 'CourseMapCancelled', data: { reason: 'a test' } }], ['b', interrupted(1)],
  ],
  'a course whose planning is interrupted': [
    ['course', planningStarted(1)],
    ['course', { type: 'CourseMapPlanningInterrupted', data: { attempt: 1, cause: 'worker_lost', worker_id: 'generation-1', detected_after_ms: 1 } }],
    ['course', planningStarted(2)],
  ],
};

for (const [what, steps] of Object.entries(LIVES)) {
  t.test(`${what}, after each event`, async (t) => {
    const id = randomUUID();
    const stream = (where: string): string => (where === 'course' ? `course_map-${id}` : `node-${id}+${where}`);
    const versions = new Map<string, number>();
    const snapshots: { readonly position: string; readonly at: string; readonly stood: unknown[]; readonly after: string }[] = [];
    const life: readonly Step[] = [['course', { type: 'CourseMapRequested', data: { request: { topic: 'Bread' } } }], ...steps];
    for (const [where, event] of life) {
      const version = versions.get(where) ?? 0;
      await append(owner, stream(where), version, [event]);
      versions.set(where, version + 1);
      const { rows } = await owner.query<{ position: string; at: string }>('SELECT max(position) AS position, clock_timestamp()::text AS at FROM event_positions');
      snapshots.push({ ...rows[0]!, stood: (await owner.query(PROJECTED, [id])).rows, after: `${where} ${event.type}` });
    }
    for (const { position, at, stood, after } of snapshots) {
      t.same((await owner.query(TOLD, [id, position])).rows, stood, after);
      const { rows } = await owner.query<{ node_id: string; status: string }>('SELECT node_id, status FROM ops.course_at($1, $2)', [id, at]);
      t.same(rows, (stood as typeof rows).map(({ node_id, status }) => ({ node_id, status })), `${after}, by the clock`);
    }
    t.same((await owner.query(TOLD, [id, Number(snapshots[0]!.position) - 1])).rows, [], 'nothing before it was asked for');

    const history = await owner.query<{ stream: string; type: string }>('SELECT stream, type FROM course_history($1, 0, 1000)', [id]);
    t.same(history.rows, life.map(([where, { type }]) => ({ stream: stream(where), type })), 'its history is its life');
    const page = await owner.query<{ type: string }>('SELECT type FROM course_history($1, $2, 2)', [id, snapshots[1]!.position]);
    t.same(page.rows, life.slice(2, 4).map(([, { type }]) => ({ type })), 'by pages');
  });
}

t.test('services and operators may ask, for it shows them nothing that they do not see anyway', async (t) => {
  for (const role of ['coursewright_service', 'coursewright_operator'] as const) {
    const { client } = await loginAs(t, url, role);
    await t.resolves(client.query('SELECT * FROM course_at($1, 1)', [randomUUID()]));
    await t.resolves(client.query('SELECT * FROM course_history($1, 0, 1)', [randomUUID()]));
  }
});

/**
 * An outage of the provider fails nothing for good: real processes, and a model that is out until the test says otherwise. Every node
 * may fail once and no more, so that one failure that counts is seen.
 */
import t from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { startGatedModelServer, type GatedModelServer } from '../fixtures/gated-model-server.ts';
import { createStack, type Stack } from '../fixtures/stack.ts';

async function setUp(t: TestContext & { name: string }, env: Record<string, string> = {}): Promise<{ model: GatedModelServer; stack: Stack }> {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', LLM_API_KEY: 'sk-very-secret', GENERATION_MAX_ATTEMPTS: '1', ...env });
  t.teardown(() => model.close());
  await stack.startGateway();
  return { model, stack };
}

/** Failures so far, by kind of event and code. */
async function failures({ db }: Stack, type: string, code: string): Promise<{ counts: boolean; final: boolean }[]> {
  const { rows } = await db.query<{ counts: boolean; final: boolean }>(
    "SELECT (data ->> 'counts')::boolean AS counts, (data ->> 'final')::boolean AS final FROM events WHERE type = $1 AND data -> 'error' ->> 'code' = $2", [type, code]);
  return rows;
}

const OUT = { status: 500, body: '{"error":{"message":"we are looking into it"}}' };
const EXPIRED = { status: 401, body: '{"error":{"message":"the key has expired"}}' };
const EMPTY = { status: 429, body: '{"error":{"message":"you exceeded your quota","code":"insufficient_quota"}}' };

t.test('courses in the middle of which the provider is out, the key expires and the account is empty complete without a failed node', async (t) => {
  const { model, stack } = await setUp(t);
  await stack.startGeneration();
  model.hold('card');
  const ids = [await stack.requestCourse('Outage 1', 'Fast'), await stack.requestCourse('Outage 2', 'Fast')];
  await until('cards of both are asked for', () => model.waiting('card') >= 2);
  for (const [bad, code] of [[OUT, 'model_unavailable'], [EXPIRED, 'model_account_refused'], [EMPTY, 'model_account_refused']] as const) {
    const before = (await failures(stack, 'GenerationFailed', code)).length;
    model.answerInstead('card', bad);
    model.release('card');
    await until(`attempts have failed with ${bad.status}`, async () => (await failures(stack, 'GenerationFailed', code)).length >= before + 3);
  }
  const { rows } = await stack.db.query<{ events: string | null }>(`
    SELECT n.version AS events FROM node_states n WHERE n.pre_requisites <> '{}' AND n.node_type = 'learn' AND EXISTS (
      SELECT FROM node_states p WHERE p.course_map_id = n.course_map_id AND p.node_id = ANY (n.pre_requisites) AND p.node_type = 'learn' AND p.status <> 'completed')`);
  t.ok(rows.length > 0);
  t.same(new Set(rows.map(({ events }) => events)), new Set([0]), 'what comes after such a node waits for it');
  const { rows: why } = await stack.db.query<{ why: string }>("SELECT why FROM ops.why_waiting WHERE cause IN ('backoff', 'held', 'prerequisites')");
  t.ok(why.some(({ why: said }) => /has (met an outage of|been refused by) the provider for .+ \(model_/.test(said)), `and SQL says why: ${JSON.stringify(why)}`);

  model.answerInstead('card', undefined);
  for (const id of ids) await stack.completed(id);
  const all = [...(await failures(stack, 'GenerationFailed', 'model_unavailable')), ...(await failures(stack, 'GenerationFailed', 'model_account_refused'))];
  t.ok(all.length >= 9);
  t.ok(all.every(({ counts, final }) => !counts && !final), 'not one counted');
});

t.test('a course whose planning is refused for the key says so, without the key, and is planned once the key is good', async (t) => {
  const { model, stack } = await setUp(t);
  const generation = await stack.startGeneration();
  model.answerInstead('plan', EXPIRED);
  const id = await stack.requestCourse('A key');
  await until('a second attempt has failed', async () => (await failures(stack, 'CourseMapPlanningFailed', 'model_account_refused')).length >= 2);
  const { body } = await stack.request(`/api/v1/course-map/${id}/progress`);
  t.match(body, { overall_status: 'initializing', error: /401: the key has expired/ });
  model.answerInstead('plan', undefined);
  await stack.completed(id);
  const { rows } = await stack.db.query("SELECT string_agg(data::text, chr(10)) AS log FROM events");
  t.notMatch(`${String(rows[0].log)}${JSON.stringify(generation.log)}${JSON.stringify(body)}`, 'sk-very-secret');
});

t.test('a request that the provider refuses for its own sake fails as ever', async (t) => {
  const { model, stack } = await setUp(t);
  await stack.startGeneration();
  model.answerInstead('plan', { status: 400, body: '{"error":{"message":"no such model"}}' });
  const asked = { topic: 'T', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 };
  t.match(await stack.request('/api/v1/course-map/generate', asked), { status: 502, body: { code: 'planning_failed' } });
  t.same(await failures(stack, 'CourseMapPlanningFailed', 'model_refused'), [{ counts: true, final: true }]);
});

t.test('an outage that outlasts GENERATION_OUTAGE_MS counts', async (t) => {
  const { model, stack } = await setUp(t, { GENERATION_OUTAGE_MS: '1' });
  await stack.startGeneration();
  model.answerInstead('plan', OUT);
  const id = await stack.requestCourse('Too long');
  await until('the course has failed', async () => (await stack.statusOf(id)) === 'failed');
  t.same(await failures(stack, 'CourseMapPlanningFailed', 'model_unavailable'), [{ counts: false, final: false }, { counts: true, final: true }]);
});

/**
 * What nobody alive works on is listed with the reason; a dry recovery says what would be taken back, what that can cost, and changes nothing.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { nodeStream } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const STUCK = '/api/v1/admin/stuck-nodes';
const RECOVER = '/api/v1/course-map/admin/recover-tasks';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const dry = async (query = '') => (await gateway.send('POST', `${RECOVER}?dry_run=true${query}`)).json;

t.test('where nothing is stuck, nothing is listed and nothing would be taken', async (t) => {
  t.strictSame((await gateway.send('GET', STUCK)).json, { stuck_nodes: [] });
  t.strictSame(await dry(), { dry_run: true, nodes: [], greatest_cost: 0 });
});

t.test('a node of a worker that died is listed, and would be taken, with what its call can have cost', async (t) => {
  const die = await generation.holdBeacon();
  let isAlive = true;
  t.teardown(() => (isAlive ? die() : undefined));
  const { rows: [worker] } = await generation.pool.query<{ id: string }>('SELECT id FROM workers ORDER BY started_at DESC LIMIT 1');
  const id = await generation.requestCourse();
  await generation.plan(id);
  const stream = nodeStream({ courseMapId: id, nodeId: 'start' });
  const deadline = new Date(Date.now() + 60_000).toISOString();
  const jobId = randomUUID();
  await generation.append(stream,
    { type: 'GenerationScheduled', data: { attempt: 1, reason: 'planned', job_id: jobId, delay_ms: 0 } },
    { type: 'GenerationStarted', data: { attempt: 1, worker_id: worker!.id, job_id: jobId, deadline } });
  await generation.pool.query(
    `INSERT INTO llm_calls (id, stream, started_version, worker_id, correlation_id, model, request_key, max_input_tokens, max_output_tokens, input_price, output_price, expires_at)
     VALUES (gen_random_uuid(), $1, 2, $2, 'c', 'm', repeat('a', 64), 1000, 2000, 2, 10, clock_timestamp() + interval '1 minute')`,
    [stream, worker!.id]);
  t.strictSame((await gateway.send('GET', STUCK)).json, { stuck_nodes: [] }, 'while its worker is alive it is not stuck');
  t.strictSame((await dry()).nodes, []);
  t.match(await dry('&force=true'), { nodes: [{ course_map_id: id, node_id: 'start', attempt: 1, why: /alive/, greatest_cost: 0.022 }], greatest_cost: 0.022 });

  isAlive = false;
  await die();
  const stuck = await until('it is stuck', async () => {
    const { json } = await gateway.send('GET', STUCK);
    return json.stuck_nodes.length > 0 ? json.stuck_nodes : undefined;
  });
  t.match(stuck, [{ course_map_id: id, node_id: 'start', attempt: 1, why: /^attempt 1 is with worker .*, which is silent; recovery takes it back/ }]);
  const head = await generation.store.head();
  t.match(await dry(), { dry_run: true, nodes: [{ course_map_id: id, node_id: 'start', why: 'its worker is silent', greatest_cost: 0.022 }], greatest_cost: 0.022 });
  t.equal(await generation.store.head(), head, 'nothing was changed');
});

t.test('a course whose planner died would be taken back, too', async (t) => {
  const id = await generation.requestCourse();
  await generation.startPlanning(id);
  const { nodes } = await dry();
  t.match((nodes as { course_map_id: string }[]).find((node) => node.course_map_id === id), { node_id: null, attempt: 1, why: 'its worker is silent', greatest_cost: null });
});

t.test('what is asked wrongly is refused', async (t) => {
  claimProblem(t, await gateway.send('GET', `${STUCK}?limit=0`), 400, 'invalid_request');
  claimProblem(t, await gateway.send('POST', `${RECOVER}?dry_run=maybe`), 400, 'invalid_request');
});

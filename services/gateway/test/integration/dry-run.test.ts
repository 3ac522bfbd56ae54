/**
 * What a course would be and cost, before it is asked for.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway, type Answer } from '../fixtures/running-gateway.ts';
import { courseRequest, NODES } from '../fixtures/sample-course.ts';

const database = await testDatabase(t);
const { pool, ...generation } = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const dryRun = (mode: 'Light' | 'Fast' | 'Deep' = 'Light', query = 'dry_run=true'): Promise<Answer> => gateway.send('POST', `/api/v1/course-map/generate?${query}`, { json: courseRequest({ mode }) });

const CALL = `
  INSERT INTO llm_calls (id, request_key, status, stream, started_version, worker_id, correlation_id, model, max_input_tokens, max_output_tokens,
                         input_tokens, output_tokens, input_price, output_price, expires_at, ended_at)
  VALUES (gen_random_uuid(), md5(random()::text) || md5(random()::text), 'answered', $1, 1, 'w', 'c', 'm', 1, 1, $2, $3, $4, $5, now(), now())`;

t.test('without any course or call to go by: what the mode says, and nothing that nobody knows', async (t) => {
  t.strictSame((await dryRun()).json, {
    dry_run: true, nodes: { least: 5, most: 8 }, learn_nodes: { least: 1, most: 8 }, calls: { least: 2, most: 9 },
    input_tokens: null, output_tokens: null, cost: null, basis: { courses: 0, calls: 0 },
  });
  t.match((await dryRun('Deep')).json, { nodes: { least: 16, most: 20 }, calls: { least: 2, most: 21 } });
});

t.test('from the courses of the mode, and from what calls took: tokens and cost, from and to', async (t) => {
  await generation.plan(await generation.requestCourse());
  const id = await generation.requestCourse();
  await generation.plan(id, NODES.slice(0, 2));
  for (const tokens of [100, 200]) await pool.query(CALL, [`course_map-${id}`, tokens, 2 * tokens, 1_000_000, 2_000_000]);
  for (const tokens of [10, 20]) await pool.query(CALL, [`node-${id}+start`, tokens, 3 * tokens, 1_000_000, 2_000_000]);
  // A course of two learn nodes, and one of four: so many calls, and the one for the map.
  t.strictSame((await dryRun()).json, {
    dry_run: true, nodes: { least: 5, most: 8 }, learn_nodes: { least: 2, most: 4 }, calls: { least: 3, most: 5 },
    input_tokens: { least: 100 + 2 * 10, most: 200 + 4 * 20 }, output_tokens: { least: 200 + 2 * 30, most: 400 + 4 * 60 },
    cost: { least: 120 + 2 * 260, most: 280 + 2 * 640 }, basis: { courses: 2, calls: 4 },
  });
  t.match((await dryRun('Fast')).json, { learn_nodes: { least: 1, most: 14 }, basis: { courses: 0, calls: 4 } }, 'courses of another mode say nothing');
});

t.test('it asks for nothing, and refuses what would be refused', async (t) => {
  const head = await generation.store.head();
  await dryRun();
  t.equal(await generation.store.head(), head);
  claimProblem(t, await gateway.send('POST', '/api/v1/course-map/generate?dry_run=true', { json: { ...courseRequest(), mode: 'Endless' } }), 400, 'invalid_request');
  claimProblem(t, await dryRun('Light', 'dry_run=yes'), 400, 'invalid_request');
  claimProblem(t, await gateway.send('POST', '/api/v1/course-map/generate?dryrun=true', { json: courseRequest() }), 400, 'invalid_request');
});

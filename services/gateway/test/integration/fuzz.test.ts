/**
 * Twenty thousand requests that are made up from the OpenAPI document, right and wrong: none is answered with an error of ours, none is left
 * without an answer, and each answer is as documented, to the last field (which the fixture holds every answer against).
 */
import fc from 'fast-check';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { madeUpRequests, type MadeUpRequest } from '../fixtures/requests-by-document.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const TOGETHER = 20;
const RUNS = 1000;
const LONGEST_MS = 10_000;

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url, PLAN_WAIT_MS: '0', RECOVERY_WAIT_MS: '100' });

const [asked, planned, done, failed] = [await generation.requestCourse(), await generation.requestCourse(), await generation.requestCourse(), await generation.requestCourse()];
await generation.plan(planned);
await generation.failNode(planned, 'start', 'no answer');
await generation.plan(done);
await generation.completeNode(done, 'start');
await generation.failPlanning(failed, 'no map');
const webhook: string = (await gateway.send('POST', '/api/v1/admin/webhooks', { json: { url: 'https://example.com/hook' } })).json?.id ?? '0198f3a1-0bef-7290-a2ae-90cf883dcf46';

/** Streams do not end; what they refuse is tested elsewhere. */
const STREAMS = ['watchCourseMap', 'watchEverything'];
const ids = { course_map_id: [asked, planned, done, failed], node_id: ['start', 'left', 'check', 'end'], webhook_id: [webhook], code: ['node_not_found'], name: ['swagger-ui.css'] };
/** Nobody is there to recover, and that is the documented answer. */
const mayBe503 = (operation: string): boolean => operation === 'recoverTasks';

const counted = new Map<string, number>();
async function ask({ operation, method, path, headers, body }: MadeUpRequest): Promise<void> {
  const startedAt = performance.now();
  const answer = await gateway.send(method, path, { headers, ...(body === undefined ? {} : { body }) });
  const what = `${method} ${path.slice(0, 200)} ${JSON.stringify(headers)} ${body?.slice(0, 300) ?? ''}`;
  if (answer.status >= 500 && !(answer.status === 503 && mayBe503(operation))) throw new Error(`${answer.status} ${answer.text.slice(0, 300)} for ${what}`);
  if (performance.now() - startedAt > LONGEST_MS) throw new Error(`no answer for ${LONGEST_MS} ms for ${what}`);
  counted.set(operation, (counted.get(operation) ?? 0) + 1);
  counted.set(`${Math.floor(answer.status / 100)}xx`, (counted.get(`${Math.floor(answer.status / 100)}xx`) ?? 0) + 1);
}

t.test('twenty thousand made-up requests', async (t) => {
  const requests = madeUpRequests(ids, (operation) => !STREAMS.includes(operation));
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: TOGETHER, maxLength: TOGETHER }), async (together) => {
      await Promise.all(together.map(ask));
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  t.comment(JSON.stringify(Object.fromEntries([...counted].sort())));
  t.equal([...counted].filter(([name]) => /^\dxx$/.test(name)).reduce((sum, [, count]) => sum + count, 0), TOGETHER * RUNS);
  for (const class_ of ['2xx', '4xx']) t.ok((counted.get(class_) ?? 0) > 2000, `${counted.get(class_)} answers are ${class_}`);
  t.same(gateway.logged.filter(({ level }) => Number(level) >= 50), [], 'and nothing was logged as a defect');
});

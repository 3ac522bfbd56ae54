/** Asking again for a course whose planning failed. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream } from '@coursewright/events';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

const retry = (id: string) => gateway.send('POST', `/api/v1/course-map/${id}/retry`, {});

t.test('a course whose planning failed is asked for again, and is as one that was just requested', async (t) => {
  const id = await generation.requestCourse();
  await generation.failPlanning(id, 'no map');
  t.match((await gateway.send('GET', `/api/v1/course-map/${id}/progress`)).json, { overall_status: 'failed' });
  const answer = await retry(id);
  t.equal(answer.status, 202);
  t.strictSame(answer.json, { course_map_id: id, overall_status: 'initializing' });
  t.match((await gateway.send('GET', `/api/v1/course-map/${id}/progress`)).json, { overall_status: 'initializing' });
  const events = await generation.store.readStream(courseMapStream(id));
  t.match(events.at(-1), { type: 'CourseMapRetryRequested', data: { reason: 'client' }, metadata: { actor: 'gateway', via: 'http' } });
});

t.test('asked five times at once, it is asked for once', async (t) => {
  const id = await generation.requestCourse();
  await generation.failPlanning(id, 'no map');
  const answers = await Promise.all(Array.from({ length: 5 }, () => retry(id)));
  t.same(answers.map(({ status }) => status).sort(), [202, 409, 409, 409, 409]);
  const events = await generation.store.readStream(courseMapStream(id));
  t.equal(events.filter(({ type }) => type === 'CourseMapRetryRequested').length, 1);
});

t.test('a course that has not failed, or does not exist, is refused', async (t) => {
  claimProblem(t, await retry(await generation.requestCourse()), 409, 'course_map_not_failed');
  claimProblem(t, await retry('00000000-0000-4000-8000-000000000000'), 404, 'course_map_not_found');
  claimProblem(t, await retry('no-id'), 400, 'invalid_request');
});

/** A node's card, and asking for a failed node again. */
import t from 'tap';
import { archive } from '@coursewright/db';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, nodeStream } from '@coursewright/events';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

const path = (id: string, nodeId: string): string => `/api/v1/course-map/${id}/nodes/${nodeId}`;
const retry = (id: string, nodeId: string, headers = {}) =>
  gateway.send('POST', `${path(id, nodeId)}/retry`, { headers });

/** A planned course. */
async function plannedId(): Promise<string> {
  const id = await generation.requestCourse();
  await generation.plan(id);
  return id;
}

t.test('the card of a completed node is served as it was written', async (t) => {
  const id = await plannedId();
  const card = await generation.completeNode(id, 'start');
  const answer = await gateway.send('GET', path(id, 'start'));
  t.equal(answer.status, 200);
  t.match(answer.headers.get('content-type'), /^application\/json/);
  t.strictSame(answer.json, card);
});

t.test('a node without a card says so, and how it stands', async (t) => {
  const id = await plannedId();
  await generation.startNode(id, 'left');
  await generation.failNode(id, 'right', 'the model gave up');
  for (const [nodeId, status] of [
    ['start', 'pending'],
    ['left', 'generating'],
    ['right', 'failed'],
  ] as const) {
    const answer = await gateway.send('GET', path(id, nodeId));
    claimProblem(t, answer, 404, 'card_not_ready');
    t.equal(answer.json.node_status, status);
  }
  claimProblem(t, await gateway.send('GET', path(id, 'check')), 404, 'quiz_has_no_card');
});

t.test('a node that the map does not have is not found, nor is any node before the plan', async (t) => {
  const planned = await plannedId();
  const requested = await generation.requestCourse();
  claimProblem(t, await gateway.send('GET', path(planned, 'START')), 404, 'node_not_found');
  claimProblem(t, await gateway.send('GET', path(requested, 'start')), 404, 'node_not_found');
  claimProblem(t, await retry(planned, 'nobody'), 404, 'node_not_found');
});

t.test('a failed node is asked for again, on record', async (t) => {
  const id = await plannedId();
  await generation.failNode(id, 'start', 'the model gave up');
  const answer = await retry(id, 'start', { 'x-request-id': 'try-again' });
  t.equal(answer.status, 202);
  t.strictSame(answer.json, { course_map_id: id, node_id: 'start', status: 'pending' });

  const event = (await generation.store.readStream(nodeStream({ courseMapId: id, nodeId: 'start' }))).at(-1);
  t.match(event, {
    type: 'RetryRequested',
    data: { reason: 'client' },
    metadata: { correlation_id: 'try-again', actor: 'gateway', via: 'http' },
  });
  const { json } = await gateway.send('GET', `/api/v1/course-map/${id}/progress`);
  t.strictSame(json.nodes_status[0], { node_id: 'start', type: 'learn', status: 'pending', error: null });
});

t.test('a failed node of an archived course is not asked for again, and is said to be archived', async (t) => {
  const id = await plannedId();
  await generation.failNode(id, 'start', 'the model gave up');
  await generation.completeCourse(id);
  t.ok((await archive(database.url, new Date(Date.now() + 60_000))).courses >= 1);
  claimProblem(t, await retry(id, 'start'), 409, 'course_map_archived');
});

t.test('a node that has not failed is not asked for again', async (t) => {
  const id = await plannedId();
  await generation.completeNode(id, 'start');
  await generation.startNode(id, 'left');
  const head = await generation.store.head();
  for (const [nodeId, status] of [
    ['start', 'completed'],
    ['left', 'generating'],
    ['right', 'pending'],
  ] as const) {
    const answer = await retry(id, nodeId);
    claimProblem(t, answer, 409, 'node_not_failed');
    t.equal(answer.json.node_status, status);
  }
  t.equal(await generation.store.head(), head);
});

t.test('of several who ask at once one is answered 202, and it is recorded once', async (t) => {
  const id = await plannedId();
  await generation.failNode(id, 'start', 'the model gave up');
  const answers = await Promise.all(Array.from({ length: 6 }, () => retry(id, 'start')));
  t.strictSame(answers.map(({ status }) => status).sort(), [202, 409, 409, 409, 409, 409]);
  for (const answer of answers.filter(({ status }) => status === 409)) claimProblem(t, answer, 409, 'node_not_failed');
  const events = await generation.store.readStream(nodeStream({ courseMapId: id, nodeId: 'start' }));
  t.equal(events.filter(({ type }) => type === 'RetryRequested').length, 1);
});

t.test('a failed node of a course that is completed may be asked for again', async (t) => {
  const id = await plannedId();
  for (const nodeId of ['start', 'left', 'right']) await generation.completeNode(id, nodeId);
  await generation.failNode(id, 'end', 'the model gave up');
  await generation.completeCourse(id);
  t.equal((await retry(id, 'end')).status, 202);
});

t.test('a failed node of a cancelled course is not asked for again: nobody would come for it', async (t) => {
  const id = await plannedId();
  await generation.failNode(id, 'start', 'the model gave up');
  await generation.append(courseMapStream(id), { type: 'CourseMapCancelled', data: { reason: 'enough' } });
  const head = await generation.store.head();
  claimProblem(t, await retry(id, 'start'), 409, 'course_map_over');
  t.equal(await generation.store.head(), head);
});

t.test('a cancelled node is not asked for again', async (t) => {
  const id = await plannedId();
  await generation.append(courseMapStream(id), { type: 'CourseMapCancelled', data: { reason: 'enough' } });
  t.equal((await retry(id, 'start')).status, 409);
});

/** Who prefers to wait for news is answered as soon as there is any, and takes no more than a place meanwhile. */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway, type RunningGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

const ask = (id: string, etag: string, prefer: string, from: RunningGateway = gateway) =>
  from.send('GET', `/api/v1/course-map/${id}/progress`, { headers: { 'if-none-match': etag, prefer } });
const etagOf = async (id: string): Promise<string> => (await gateway.send('GET', `/api/v1/course-map/${id}/progress`)).headers.get('etag') ?? '';

/** Somebody waits at this gateway. */
const placeIsTaken = (at: Pick<typeof gateway, 'send'>) =>
  until('a place is taken', async () => /^coursewright_streams_open\S* 1$/m.test((await at.send('GET', '/metrics')).text));

t.test('news is answered when it comes, not when the time is up', async (t) => {
  const id = await generation.requestCourse();
  const waiting = ask(id, await etagOf(id), 'wait=60');
  await placeIsTaken(gateway);
  await generation.requestCourse(); // Which is no news of this one.
  await generation.startPlanning(id);
  const { status, headers } = await waiting;
  t.equal(status, 200);
  t.equal(headers.get('preference-applied'), 'wait=60');
  t.equal(headers.get('etag'), await etagOf(id));
});

t.test('without news the answer is 304 when the time is up', async (t) => {
  const id = await generation.requestCourse();
  const etag = await etagOf(id);
  const begun = performance.now();
  const { status, headers } = await ask(id, etag, 'respond-async, wait=1; x');
  t.match([status, headers.get('etag'), headers.get('preference-applied')], [304, etag, 'wait=1']);
  t.ok(performance.now() - begun >= 990);
});

t.test('who has not the newest, or says nothing of waiting, does not wait', async (t) => {
  const id = await generation.requestCourse();
  const etag = await etagOf(id);
  for (const [known, prefer, expected] of [['"0"', 'wait=60', 200], [etag, '', 304], [etag, 'wait=0', 304], [etag, 'await=60', 304], [etag, 'wait=-1', 304]] as const) {
    const { status, headers } = await ask(id, known, prefer);
    t.equal(status, expected, prefer);
    t.equal(headers.get('preference-applied'), null);
  }
  claimProblem(t, await ask(randomUUID(), etag, 'wait=60'), 404, 'course_map_not_found');
});

t.test('what happens between the look and the wait is no less news', async (t) => {
  for (let round = 0; round < 20; round += 1) {
    const id = await generation.requestCourse();
    const etag = await etagOf(id);
    const [answer] = await Promise.all([ask(id, etag, 'wait=60'), generation.startPlanning(id)]);
    t.equal(answer.status, 200);
  }
});

t.test('places are limited, and given back', async (t) => {
  const small = await startGateway(t, { DATABASE_URL: database.url, EVENT_STREAMS_PER_CLIENT: '1' });
  const id = await generation.requestCourse();
  const etag = await etagOf(id);
  const waiting = ask(id, etag, 'wait=60', small);
  await placeIsTaken(small);
  t.equal((await ask(id, etag, 'wait=60', small)).status, 429);
  await generation.startPlanning(id);
  t.equal((await waiting).status, 200);
  t.equal((await ask(id, await etagOf(id), 'wait=1', small)).status, 304);
});

t.test('a gateway that stops answers those who wait', async (t) => {
  const leaving = await startGateway(t, { DATABASE_URL: database.url });
  const id = await generation.requestCourse();
  const waiting = ask(id, await etagOf(id), 'wait=60', leaving);
  await placeIsTaken(leaving);
  leaving.stopWaiting();
  t.equal((await waiting).status, 304);
});

/** An operator's request for a recovery: on record always, answered by whoever lives. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import type { RecordedEvent } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const RECOVER = '/api/v1/course-map/admin/recover-tasks';
const STATS = { courses_found: 3, nodes_reset: 2, tasks_restarted: 1 };

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const patient = await startGateway(t, { DATABASE_URL: database.url, RECOVERY_WAIT_MS: '60000' });
const hasty = await startGateway(t, { DATABASE_URL: database.url, RECOVERY_WAIT_MS: '100' });

/** The request with this correlation id, as soon as it is on record. */
function requested(correlationId: string): Promise<RecordedEvent> {
  return until(`a recovery asked for by ${correlationId}`, async () => {
    const requests = (await generation.log()).filter(({ type }) => type === 'RecoveryRequested');
    return requests.find(({ metadata }) => metadata.correlation_id === correlationId);
  });
}

function answer({ stream }: RecordedEvent, stats = STATS): Promise<void> {
  return generation.append(stream, { type: 'RecoveryCompleted', data: { stats, worker_id: 'w-test' } });
}

t.test('with no generation process alive the answer is 503 at once, and the request is on record', async (t) => {
  const refused = await patient.send('POST', RECOVER, { headers: { 'x-request-id': 'nobody' } });
  claimProblem(t, refused, 503, 'no_generation_process');
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  t.match(await requested('nobody'), {
    stream: /^recovery-/,
    version: 1,
    data: { force: false },
    metadata: { actor: 'gateway', via: 'http' },
  });
});

t.test('a worker that registered and lost its beacon does not count as alive', async (t) => {
  const die = await generation.holdBeacon();
  await die();
  await until('the lock to be free', async () => {
    const { rows } = await generation.pool.query('SELECT FROM held_beacons');
    return rows.length === 0 ? true : undefined;
  });
  claimProblem(t, await patient.send('POST', RECOVER), 503, 'no_generation_process');
});

t.test('with a generation process alive its stats are the answer', async (t) => {
  t.teardown(await generation.holdBeacon());
  const answering = patient.send('POST', RECOVER, { headers: { 'x-request-id': 'somebody' } });
  await answer(await requested('somebody'));
  const answered = await answering;
  t.equal(answered.status, 200);
  t.match(answered.json.message, /./);
  t.strictSame(answered.json.stats, STATS);
});

t.test('two who ask at once are given the answers to their own questions', async (t) => {
  t.teardown(await generation.holdBeacon());
  const ids = ['one', 'other'];
  const answering = ids.map((id) => patient.send('POST', RECOVER, { headers: { 'x-request-id': id } }));
  for (const [index, id] of ids.entries()) await answer(await requested(id), { ...STATS, nodes_reset: index });
  const answered = await Promise.all(answering);
  t.strictSame(
    answered.map(({ json }) => json.stats.nodes_reset),
    [0, 1],
  );
});

t.test('force is passed on', async (t) => {
  for (const [query, force] of [
    ['?force=true', true],
    ['?force=false', false],
    ['', false],
  ] as const) {
    const id = `force-${query.slice(1).replace('=', '-')}`;
    await patient.send('POST', RECOVER + query, { headers: { 'x-request-id': id } });
    t.strictSame((await requested(id)).data, { force });
  }
});

t.test('a generation process that does not answer in time is not waited for any longer', async (t) => {
  t.teardown(await generation.holdBeacon());
  const refused = await hasty.send('POST', RECOVER, { headers: { 'x-request-id': 'silence' } });
  t.equal(refused.status, 503);
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  t.ok(await requested('silence'), 'and the request stays on record');
});

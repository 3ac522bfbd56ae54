/** Progress that did not change is not sent again, and progress that did is never held back. */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream } from '@coursewright/events';
import { createProgressQueries, type ProgressQueries } from '../../src/queries/progress.ts';
import { createReaders } from '../../src/queries/reader.ts';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

const ask = (id: string, etag?: string) =>
  gateway.send('GET', `/api/v1/course-map/${id}/progress`, { headers: etag === undefined ? {} : { 'if-none-match': etag } });

t.test('who has the newest progress is answered 304, without a body', async (t) => {
  const id = await generation.requestCourse();
  const first = await ask(id);
  const etag = first.headers.get('etag') ?? '';
  t.match(etag, /^"1-\d+"$/);
  t.match(first.headers.get('cache-control'), 'no-cache', 'whoever keeps it asks again');
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await ask(id, known);
    t.match([again.status, again.text, again.headers.get('etag')], [304, '', etag]);
  }
  t.same((await ask(id, '"0"')).json, first.json, 'another one has the whole answer');
});

t.test('every event of the course and of its nodes makes another revision, and the answer is the newest', async (t) => {
  const id = await generation.requestCourse();
  const steps: readonly (() => Promise<unknown>)[] = [
    () => generation.startPlanning(id),
    () => generation.append(courseMapStream(id), { type: 'CourseMapPlanningInterrupted', data: { attempt: 1, cause: 'worker_lost', worker_id: 'w', detected_after_ms: 1 } }),
    () => generation.plan(id),
    () => generation.startNode(id, 'start'),
    () => generation.completeNode(id, 'left'),
    () => generation.failNode(id, 'right', 'no'),
    () => generation.append(courseMapStream(id), { type: 'CourseMapCancelled', data: { reason: 'enough' } }),
  ];
  const etags = [(await ask(id)).headers.get('etag')];
  const statuses: unknown[] = [];
  for (const step of steps) {
    await step();
    const { headers, json, status } = await ask(id, etags.at(-1) ?? '');
    t.equal(status, 200);
    etags.push(headers.get('etag'));
    statuses.push([json.overall_status, json.nodes_status.map((node: { status: string }) => node.status).join(' ')]);
  }
  t.equal(new Set(etags).size, etags.length);
  t.same(statuses, [
    ['initializing', ''],
    ['initializing', ''],
    ['generating', 'pending pending pending quiz_pending pending'],
    ['generating', 'generating pending pending quiz_pending pending'],
    ['generating', 'generating completed pending quiz_pending pending'],
    ['generating', 'generating completed failed quiz_pending pending'],
    ['cancelled', 'cancelled completed failed quiz_pending cancelled'],
  ]);
});

t.test('many courses asked for in turns are each answered with their own progress', async (t) => {
  const ids = await Promise.all(Array.from({ length: 30 }, () => generation.requestCourse()));
  for (let round = 0; round < 2; round += 1) {
    const answers = await Promise.all(ids.map((id) => ask(id)));
    t.same(answers.map(({ json }) => json.course_map_id), ids);
  }
});

t.test('a document is kept until it is too old, or others are newer; and is never older than its revision', async (t) => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  t.teardown(() => pool.end());
  const reader = createReaders(pool).of(undefined);
  const ids = await Promise.all([generation.requestCourse(), generation.requestCourse(), generation.requestCourse()]);
  const [a, b, c] = ids;
  /** What no event has said, as a database that was set back may hold it: the revision stays. */
  const setBack = (error: string) => pool.query('UPDATE course_map_states SET error = $1', [error]);
  const errorOf = async (progress: ProgressQueries, id: string) =>
    (JSON.parse((await progress.find(reader, id))?.document ?? '{}') as { error?: string | null }).error;

  const two = createProgressQueries({ most: 2, forMs: 60_000 });
  for (const id of [a, b]) t.equal(await errorOf(two, id), null);
  await setBack('set back');
  t.equal(await errorOf(two, a), null, 'kept');
  t.equal(await errorOf(two, c), 'set back', 'the third takes the place of the oldest');
  t.same([await errorOf(two, b), await errorOf(two, a)], [null, 'set back'], 'and of nobody else');

  const brief = createProgressQueries({ most: 2, forMs: 0 });
  await errorOf(brief, a);
  await setBack('again');
  t.equal(await errorOf(brief, a), 'again', 'too old');
});

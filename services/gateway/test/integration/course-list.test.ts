/** The list of courses, and the promise of its pages: every course exactly once, whatever is added meanwhile. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { NODES } from '../fixtures/sample-course.ts';

const LIST = '/api/v1/course-map/list';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

interface Page {
  readonly course_maps: readonly { readonly course_map_id: string }[];
  readonly next_cursor: string | null;
}

async function page(limit: number, cursor: string | null): Promise<Page> {
  const query = new URLSearchParams({ limit: String(limit), ...(cursor === null ? {} : { cursor }) });
  return (await gateway.send('GET', `${LIST}?${query.toString()}`)).json as Page;
}

/** Every page from the first to the last; `between` runs after each. */
async function readAll(limit: number, between: () => Promise<unknown> = async () => undefined): Promise<Page[]> {
  const pages: Page[] = [];
  do {
    pages.push(await page(limit, pages.at(-1)?.next_cursor ?? null));
    await between();
  } while (pages.at(-1)?.next_cursor !== null);
  return pages;
}

const idsOf = (pages: readonly Page[]): string[] =>
  pages.flatMap(({ course_maps: courses }) => courses.map(({ course_map_id: id }) => id));

t.test('with no course there is one empty page', async (t) => {
  const answer = await gateway.send('GET', LIST);
  t.equal(answer.status, 200);
  t.strictSame(answer.json, { course_maps: [], next_cursor: null });
});

/** Oldest first. */
const existing: string[] = [];

t.test('courses come newest first, twenty a page when nothing is said', async (t) => {
  for (let count = 0; count < 25; count += 1) existing.push(await generation.requestCourse());
  const { json } = await gateway.send('GET', LIST);
  t.strictSame(idsOf([json]), [...existing].reverse().slice(0, 20));
  t.type(json.next_cursor, 'string');
});

t.test('the pages together have every course exactly once, whatever their size', async (t) => {
  for (const limit of [1, 2, 5, 7, 24, 25, 26, 100]) {
    const pages = await readAll(limit);
    t.strictSame(idsOf(pages), [...existing].reverse(), `${limit} a page`);
    t.equal(pages.length, Math.ceil(existing.length / limit), 'no page too many');
  }
});

t.test('courses that are added meanwhile shift nothing', async (t) => {
  const added: string[] = [];
  const pages = await readAll(4, async () => added.push(await generation.requestCourse()));
  t.strictSame(idsOf(pages), [...existing].reverse());
  t.ok(added.length > 5, 'there were some');
  existing.push(...added);
});

t.test('courses of the same instant are told apart', async (t) => {
  // As if a burst of requests had been recorded within one microsecond, and another within the same millisecond.
  await generation.pool.query("UPDATE course_map_states SET created_at = '2026-01-01T00:00:00.123456Z'");
  await generation.pool.query(
    `UPDATE course_map_states SET created_at = created_at + interval '1 microsecond'
     WHERE id IN (SELECT id FROM course_map_states ORDER BY id LIMIT 9)`,
  );
  for (const limit of [1, 3, 9, 10]) {
    const ids = idsOf(await readAll(limit));
    t.equal(ids.length, existing.length, `${limit} a page`);
    t.strictSame(new Set(ids), new Set(existing));
  }
});

t.test('a course is listed with what it is about and how far it is', async (t) => {
  const id = await generation.requestCourse();
  const first = async () => (await gateway.send('GET', `${LIST}?limit=1`)).json.course_maps[0];
  t.match(await first(), {
    course_map_id: id,
    topic: 'Event sourcing',
    level: 'Beginner',
    mode: 'Light',
    overall_status: 'initializing',
    course_name: null,
    learn_progress: 0,
    learn_nodes: 0,
  });

  await generation.plan(id);
  await generation.completeNode(id, 'start');
  await generation.failNode(id, 'left', 'no answer');
  const listed = await first();
  t.strictSame(listed, {
    course_map_id: id,
    topic: 'Event sourcing',
    level: 'Beginner',
    mode: 'Light',
    overall_status: 'generating',
    learn_progress: 0.25,
    learn_nodes: NODES.filter(({ type }) => type === 'learn').length,
    learn_completed: 1,
    learn_failed: 1,
    course_name: 'Event sourcing, lightly',
    created_at: listed.created_at,
  });
  t.equal(new Date(listed.created_at).toISOString(), listed.created_at);
});

t.test('a cursor goes on where it was made, also after its course is gone from the first page', async (t) => {
  const { next_cursor: cursor } = await page(3, null);
  const before = await page(3, cursor);
  for (let count = 0; count < 4; count += 1) await generation.requestCourse();
  t.strictSame(idsOf([await page(3, cursor)]), idsOf([before]));
});

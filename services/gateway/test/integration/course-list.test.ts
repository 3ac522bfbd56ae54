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
    tenant: null,
  });
  t.equal(new Date(listed.created_at).toISOString(), listed.created_at);
});

t.test('a cursor goes on where it was made, also after its course is gone from the first page', async (t) => {
  const { next_cursor: cursor } = await page(3, null);
  const before = await page(3, cursor);
  for (let count = 0; count < 4; count += 1) await generation.requestCourse();
  t.strictSame(idsOf([await page(3, cursor)]), idsOf([before]));
});

t.test('courses of one status, or of a time, are listed alone, page by page', async (t) => {
  const planned = async (): Promise<string> => {
    const id = await generation.requestCourse();
    await generation.plan(id);
    return id;
  };
  const states = {
    initializing: [await generation.requestCourse()],
    generating: [await planned(), await planned(), await planned()],
    completed: [await planned()],
    partial_failed: [await planned()],
    failed: [await generation.requestCourse(), await generation.requestCourse()],
    cancelled: [await planned()],
  };
  const learn = NODES.filter(({ type }) => type === 'learn');
  for (const { id } of learn) await generation.completeNode(states.completed[0]!, id);
  await generation.completeCourse(states.completed[0]!);
  for (const { id } of learn.slice(1)) await generation.completeNode(states.partial_failed[0]!, id);
  await generation.failNode(states.partial_failed[0]!, learn[0]!.id, 'no');
  for (const id of states.failed) await generation.failPlanning(id, 'no');
  await gateway.send('POST', `/api/v1/course-map/${states.cancelled[0]}/cancel`);

  for (const [status, ids] of Object.entries(states)) {
    const found: string[] = [];
    for (let path: string | undefined = `${LIST}?status=${status}&limit=2`; path !== undefined;) {
      const answer = await gateway.send('GET', path);
      t.ok(answer.json.course_maps.every((course: { overall_status: string }) => course.overall_status === status), status);
      found.push(...idsOf([answer.json]));
      const link = answer.headers.get('link');
      t.equal(link === null, answer.json.next_cursor === null, 'a link where there is a next page');
      path = /^<(.+)>; rel="next"$/.exec(link ?? '')?.[1];
      if (path !== undefined) t.match(path, `status=${status}&limit=2`, 'with what was asked for');
    }
    t.strictSame(found.filter((id) => ids.includes(id)), [...ids].reverse(), `all that are ${status}, newest first`);
    t.equal(new Set(found).size, found.length);
    const { rows } = await generation.pool.query<{ id: string }>('SELECT id FROM course_maps WHERE overall_status = $1 ORDER BY created_at DESC, id DESC', [status]);
    t.strictSame(found, rows.map(({ id }) => id), 'as the view has it, and no others');
  }

  const { json: all } = await gateway.send('GET', `${LIST}?limit=100`);
  const middle = all.course_maps[5] as { created_at: string };
  const from = new Date(Date.parse(middle.created_at) + 1).toISOString();
  const later = idsOf([(await gateway.send('GET', `${LIST}?limit=100&created_from=${from}`)).json]);
  const earlier = idsOf([(await gateway.send('GET', `${LIST}?limit=100&created_before=${from}`)).json]);
  t.strictSame([...later, ...earlier], idsOf([all]), 'an instant parts them');
  t.ok(later.length > 0 && earlier.length > 0);
  t.strictSame(idsOf([(await gateway.send('GET', `${LIST}?created_from=${from}&created_before=${from}`)).json]), []);
});

t.test('a filter that is none is refused', async (t) => {
  for (const [query, field] of [['status=done', 'status'], ['created_from=yesterday', 'created_from'], ['created_before=2026-02-30T00:00:00Z', 'created_before']] as const) {
    const answer = await gateway.send('GET', `${LIST}?${query}`);
    t.equal(answer.status, 400);
    t.equal(answer.json.errors[0].field, field);
  }
});

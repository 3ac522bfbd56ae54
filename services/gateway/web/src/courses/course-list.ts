/**
 * The list of courses, as far as it was looked at, and kept as it is: what happens to a course makes its page be asked for again, never
 * more than one request at a time.
 */
import type { components } from '@coursewright/client';
import { everything } from '../live/everything.ts';
import { courseOf } from '../live/event-facts.ts';
import { createStore } from '../live/store.ts';
import { session } from '../session/session.ts';

export type ListedCourse = components['schemas']['ListedCourseMap'];
export type OverallStatus = components['schemas']['OverallStatus'];

export interface CourseList {
  /** The newest first. */
  readonly courses: readonly ListedCourse[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
}

interface Page {
  readonly cursor: string | undefined;
  readonly ids: readonly string[];
}

const PAGE = 100;
/** Between two looks at what has changed. */
const LOOK_EVERY_MS = 700;
/** Where events may not be read, or the connection is lost, the list is asked for again so often. */
const ASK_EVERY_MS = 5000;

export function createCourseList(status: OverallStatus | undefined) {
  const store = createStore<CourseList>({ courses: [], hasMore: false, isLoading: true, error: undefined });
  const courses = new Map<string, ListedCourse>();
  let pages: Page[] = [];
  let next: string | undefined;
  let seen = everything.get().seen;
  let askedAt = 0;
  let isBusy = false;
  let isGone = false;

  async function ask(cursor: string | undefined): Promise<string | undefined> {
    const { client } = session.get();
    const query = { limit: PAGE, ...(status === undefined ? {} : { status }), ...(cursor === undefined ? {} : { cursor }) };
    const answer = await client.ask(client.api.GET('/api/v1/course-map/list', { params: { query } }));
    const ids = answer.course_maps.map(({ course_map_id: id }) => id);
    const before = pages.find((page) => page.cursor === cursor);
    // What stood on this page and does not any more is of another status now, or has moved to the next one.
    for (const id of before?.ids ?? []) if (!ids.includes(id) && !(cursor === undefined && status === undefined)) courses.delete(id);
    for (const course of answer.course_maps) courses.set(course.course_map_id, course);
    pages = [...pages.filter((page) => page.cursor !== cursor), { cursor, ids }];
    askedAt = Date.now();
    return answer.next_cursor ?? undefined;
  }

  async function busily(work: () => Promise<void>): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    let error: unknown;
    try {
      await work();
    } catch (problem) {
      error = problem;
    }
    isBusy = false;
    if (!isGone) store.set({ courses: newestFirst(courses), hasMore: next !== undefined, isLoading: false, error });
  }

  const more = (): Promise<void> => busily(async () => void (next = await ask(pages.length === 0 ? undefined : next)));

  async function look(): Promise<void> {
    const { events, seen: seenNow, connection } = everything.get();
    const isDue = Date.now() - askedAt > ASK_EVERY_MS && connection.kind !== 'live';
    if (pages.length === 0 || (seenNow === seen && !isDue)) return;
    const news = events.slice(-(seenNow - seen) || events.length);
    seen = seenNow;
    const changed = new Set(news.map((event) => courseOf(event)));
    const isNew = [...changed].some((id) => id !== undefined && !courses.has(id));
    const stale = pages.filter(({ cursor, ids }) => (cursor === undefined && (isNew || isDue)) || ids.some((id) => changed.has(id)));
    await busily(async () => {
      for (const { cursor } of stale) await ask(cursor);
    });
  }

  const timer = setInterval(() => document.visibilityState === 'visible' && void look(), LOOK_EVERY_MS);
  void more();
  return {
    ...store,
    more: () => void more(),
    end() {
      isGone = true;
      clearInterval(timer);
    },
  };
}

function newestFirst(courses: ReadonlyMap<string, ListedCourse>): ListedCourse[] {
  return [...courses.values()].sort((one, other) => (one.created_at < other.created_at ? 1 : one.created_at > other.created_at ? -1 : one.course_map_id < other.course_map_id ? 1 : -1));
}

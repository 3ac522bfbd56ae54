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

/** Nothing is asked for before it has begun. */
export function createCourseList(status: OverallStatus | undefined) {
  const store = createStore<CourseList>({ courses: [], hasMore: false, isLoading: true, error: undefined });
  const courses = new Map<string, ListedCourse>();
  let pages: Page[] = [];
  let next: string | undefined;
  let seen = 0;
  let askedAt = 0;
  let isBusy = false;
  /** Somebody has come to the end of the list while something else was asked for. */
  let isMoreWanted = false;
  let isGone = false;

  async function ask(cursor: string | undefined) {
    const { client } = session.get();
    askedAt = Date.now();
    const query = { limit: PAGE, ...(status === undefined ? {} : { status }), ...(cursor === undefined ? {} : { cursor }) };
    const answer = await client.ask(client.api.GET('/api/v1/course-map/list', { params: { query } }));
    const ids = answer.course_maps.map(({ course_map_id: id }) => id);
    const last = answer.course_maps.at(-1);
    for (const id of pages.find((page) => page.cursor === cursor)?.ids ?? []) {
      // Of another status now. What is older than the page's last has only moved on, to where no page begins.
      const course = courses.get(id);
      const isWithin = answer.next_cursor === null || (course !== undefined && last !== undefined && course.created_at >= last.created_at);
      if (isWithin && !ids.includes(id)) courses.delete(id);
    }
    const isAllNew = ids.length > 0 && ids.every((id) => !courses.has(id));
    for (const course of answer.course_maps) courses.set(course.course_map_id, course);
    pages = [...pages.filter((page) => page.cursor !== cursor), { cursor, ids }];
    return { next: answer.next_cursor ?? undefined, isAllNew };
  }

  /** From the newest on, until there is one that is known. */
  async function askForNew(): Promise<void> {
    let answer = await ask(undefined);
    while (answer.isAllNew && answer.next !== undefined) answer = await ask(answer.next);
  }

  async function busily(work: () => Promise<void>): Promise<void> {
    isBusy = true;
    let error: unknown;
    try {
      await work();
    } catch (problem) {
      error = problem;
    }
    isBusy = false;
    if (isGone) return;
    store.set({ courses: newestFirst(courses), hasMore: next !== undefined, isLoading: false, error });
    if (isMoreWanted) more();
  }

  function more(): void {
    isMoreWanted = isBusy;
    if (isBusy || (pages.length > 0 && next === undefined)) return;
    void busily(async () => void (next = (await ask(next)).next));
  }

  function look(): void {
    const { events, seen: seenNow, connection } = everything.get();
    const isDue = connection.kind !== 'live' && Date.now() - askedAt > ASK_EVERY_MS;
    // Not even the first could be asked for.
    if (pages.length === 0 && Date.now() - askedAt > ASK_EVERY_MS) more();
    if (isBusy || pages.length === 0 || (seenNow === seen && !isDue)) return;
    // More than are kept: whatever is shown may have changed.
    const isTooMuch = seenNow < seen || seenNow - seen > events.length;
    const changed = new Set((seenNow === seen ? [] : events.slice(seen - seenNow)).map((event) => courseOf(event)));
    const isNew = [...changed].some((id) => id !== undefined && !courses.has(id));
    const stale = pages.filter(({ cursor, ids }) => cursor !== undefined && (isTooMuch || ids.some((id) => changed.has(id))));
    const isFirstStale = isTooMuch || isNew || isDue || pages.some(({ cursor, ids }) => cursor === undefined && ids.some((id) => changed.has(id)));
    void busily(async () => {
      if (isFirstStale) await askForNew();
      for (const { cursor } of stale) await ask(cursor);
      // What could not be asked for is asked for the next time.
      seen = seenNow;
    });
  }

  return {
    ...store,
    more,
    /** Asks, and goes on asking; returns what ends that. */
    begin(): () => void {
      isGone = false;
      seen = everything.get().seen;
      if (pages.length === 0) more();
      const timer = setInterval(() => document.visibilityState === 'visible' && look(), LOOK_EVERY_MS);
      return () => {
        isGone = true;
        clearInterval(timer);
      };
    },
  };
}

function newestFirst(courses: ReadonlyMap<string, ListedCourse>): ListedCourse[] {
  return [...courses.values()].sort((one, other) => (one.created_at < other.created_at ? 1 : one.created_at > other.created_at ? -1 : one.course_map_id < other.course_map_id ? 1 : -1));
}

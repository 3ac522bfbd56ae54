/**
 * Watches a course until it is over, and shows it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CoursewrightError, type Client, type Progress } from '@coursewright/client';
import { COURSE_LOOKS, courseTable, nodeLine } from './course-table.ts';
import { afterNews, isEndUntold, isOver, newsOfEntry, newsOfEvent, viewOf, type Attempt, type CourseView } from './course-view.ts';
import type { Screen } from './screen.ts';

/** How often a live screen is drawn, for the seconds to run. */
const DRAW_MS = 200;
/** Between two questions to a gateway that is away. */
const AGAIN_MS = 500;

/**
 * @returns how the course ended; undefined when `signal` ended the watch before
 * @throws CoursewrightError what the API refused with, and whatever `fetch` throws when there is nobody
 */
export async function watchInTerminal(client: Client, courseMapId: string, screen: Screen, signal: AbortSignal): Promise<CourseView['status'] | undefined> {
  const { api, ask } = client;
  const params = { path: { course_map_id: courseMapId } };
  let { name, titles } = await lookAtMap(client, courseMapId);
  let attempts = await lookAtStory(client, courseMapId);
  let view = viewOf(name, titles, await ask(api.GET('/api/v1/course-map/{course_map_id}/progress', { params })), attempts);
  let lost = false;

  const draw = (): void => {
    if (!screen.isLive) return;
    const lines = courseTable(view, { width: screen.width, isColoured: true, now: Date.now() });
    screen.draw(lost ? [...lines, '', 'the connection is lost; trying again …'] : lines);
  };
  const show = (next: CourseView): void => {
    if (!screen.isLive) for (const line of changes(view, next)) screen.print(line);
    view = next;
    draw();
  };
  /** Once it is watched, a gateway that goes away between an event and a question is waited for, as the stream waits for it. Undefined when the watch ends before. */
  const whenItAnswers = async <Answer>(look: () => Promise<Answer>): Promise<Answer | undefined> => {
    while (!signal.aborted) {
      try {
        return await look();
      } catch (error) {
        if (error instanceof CoursewrightError && error.status < 500) throw error;
        lost = true;
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  };
  const timer = setInterval(draw, DRAW_MS);
  const over = new AbortController();
  try {
    if (!screen.isLive) for (const line of courseTable(view, { width: screen.width, isColoured: false, now: Date.now() })) screen.print(line);
    draw();
    const options = { signal: AbortSignal.any([signal, over.signal]), onLost: () => (lost = true) };
    for await (const news of client.watchCourse(courseMapId, options)) {
      lost = false;
      let progress: Progress | undefined;
      if (news.kind === 'snapshot') progress = news.snapshot;
      else {
        const nodeNews = newsOfEvent(news.event);
        if (nodeNews !== undefined) attempts = afterNews(attempts, nodeNews);
        progress = await whenItAnswers(async () => {
          if (news.event.type === 'CourseMapPlanned') ({ name, titles } = await lookAtMap(client, courseMapId));
          // The API tells what an event makes of a course; a client that folded events itself would tell another story one day.
          return ask(api.GET('/api/v1/course-map/{course_map_id}/progress', { params }));
        });
      }
      if (progress === undefined) return undefined;
      // It may be ahead of the events that have come.
      if (viewOf(name, titles, progress, attempts).nodes.some(isEndUntold)) attempts = (await whenItAnswers(() => lookAtStory(client, courseMapId))) ?? attempts;
      show(viewOf(name, titles, progress, attempts));
      if (isOver(view.status)) return view.status;
    }
    return undefined;
  } finally {
    over.abort();
    clearInterval(timer);
    if (screen.isLive) screen.print('');
    else screen.print(`${view.name}: ${COURSE_LOOKS[view.status].word}`);
  }
}

async function lookAtMap({ api, ask }: Client, courseMapId: string): Promise<{ name: string; titles: ReadonlyMap<string, string> }> {
  const course = await ask(api.GET('/api/v1/course-map/{course_map_id}', { params: { path: { course_map_id: courseMapId } } }));
  return { name: course.map_meta?.course_name ?? course.request.topic, titles: new Map(course.nodes.map(({ id, title }) => [id, title])) };
}

/** What happened so far. */
async function lookAtStory({ api, ask }: Client, courseMapId: string): Promise<ReadonlyMap<string, Attempt>> {
  let attempts: ReadonlyMap<string, Attempt> = new Map();
  for (let after: number | null = 0; after !== null;) {
    const params: { path: { course_map_id: string }; query: { after: number; limit: number } } = { path: { course_map_id: courseMapId }, query: { after, limit: 500 } };
    const page: { entries: Parameters<typeof newsOfEntry>[0][]; next: number | null } = await ask(api.GET('/api/v1/course-map/{course_map_id}/history', { params }));
    for (const entry of page.entries) {
      const news = newsOfEntry(entry);
      if (news !== undefined) attempts = afterNews(attempts, news);
    }
    after = page.next;
  }
  return attempts;
}

function changes(before: CourseView, now: CourseView): string[] {
  const known = new Map(before.nodes.map((node) => [node.id, node]));
  const changed = now.nodes.filter((node) => known.get(node.id)?.status !== node.status || known.get(node.id)?.attempt !== node.attempt);
  return changed.map((node) => nodeLine(node, Date.now()));
}

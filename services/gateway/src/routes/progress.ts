/**
 * How far a course is.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import type { Progress } from '../queries/progress.ts';
import { preferredWaitSeconds, readCourseMapId, readQuery } from '../requests.ts';
import { waitForChange } from '../streaming/wait-for-change.ts';

/** Of the document: another one makes every ETag another, so that a release which changes it is seen. */
const FORMAT = 1;

const progressQuery = z.strictObject({
  at: z.iso
    .datetime({ offset: true, error: 'must be an instant like 2026-11-23T10:00:00Z (in a URL, the + of an offset is written %2B)' })
    .refine(isOfOurEra, { error: 'must be an instant of the years 1 to 9999' })
    .transform(inUtc)
    .optional(),
});

function isOfOurEra(instant: string): boolean {
  const year = new Date(instant).getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** In UTC, with its microseconds, which a Date does not hold. */
function inUtc(instant: string): string {
  const fraction = /\.(\d+)/.exec(instant)?.[1] ?? '';
  return new Date(instant).toISOString().replace('Z', `${fraction.padEnd(6, '0').slice(3, 6)}Z`);
}

export function progressRoutes(router: Router<RequestState>, gateway: Gateway): void {
  const { inTime } = gateway;
  router.get('/api/v1/course-map/:course_map_id/progress', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    const { at } = readQuery(ctx as Context, progressQuery);
    if (at !== undefined) {
      const document = await inTime.progressAt(id, at);
      if (document === undefined) throw new Problem('course_map_not_found', { detail: `${id} was not there at ${at}` });
      ctx.set('cache-control', 'private, no-cache');
      ctx.type = 'application/json';
      ctx.body = document;
      return;
    }
    const found = await findNews(gateway, ctx, id);
    const etag = etagOf(found);
    ctx.set({ etag, 'cache-control': 'private, no-cache' });
    if (hasAlready(ctx, etag)) {
      ctx.body = null;
      ctx.status = 304;
      return;
    }
    ctx.type = 'application/json';
    ctx.body = found.document;
  });
}

/** The course's progress now; or, when the client has that and prefers to wait for news, as soon as there is any. */
async function findNews({ progress, tail, eventStreams }: Gateway, ctx: Context, id: string): Promise<Progress> {
  const look = async (): Promise<Progress> => {
    const found = await progress.find(id);
    if (found === undefined) throw new Problem('course_map_not_found', { detail: id });
    return found;
  };
  const isNews = (found: Progress): boolean => !hasAlready(ctx, etagOf(found));
  const found = await look();
  const seconds = preferredWaitSeconds(ctx);
  if (seconds === 0 || isNews(found)) return found;

  const giveBack = eventStreams.takePlace(ctx.ip);
  const left = new AbortController();
  ctx.res.once('close', () => left.abort());
  try {
    ctx.set('preference-applied', `wait=${seconds}`);
    const signal = AbortSignal.any([left.signal, eventStreams.stopping]);
    return await waitForChange(tail, id, { look, isNews, limitMs: seconds * 1000, signal });
  } finally {
    giveBack();
  }
}

function etagOf({ revision }: Progress): string {
  return `"${FORMAT}-${revision}"`;
}

/**
 * Whether the client says (If-None-Match) that it has what this ETag names. Koa's own `ctx.fresh` says no whenever the
 * request has `Cache-Control: no-cache`, as each of `fetch` has; that header is for caches on the way, not for us.
 */
function hasAlready(ctx: Pick<Context, 'get'>, etag: string): boolean {
  return ctx.get('if-none-match').split(',').some((known) => known.trim().replace(/^W\//, '') === etag || known.trim() === '*');
}

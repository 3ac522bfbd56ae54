/**
 * A course's story: who did what, when, and why.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { readCourseMapId, readQuery } from '../requests.ts';

const MOST_ENTRIES = 500;

const historyQuery = z.strictObject({
  after: z.string().regex(/^\d{1,15}$/, 'must be a position: the "next" of the page before').default('0'),
  limit: z.coerce.number('must be a whole number').int('must be a whole number').min(1, 'must be 1 at least').max(MOST_ENTRIES, `must be ${MOST_ENTRIES} at most`).default(100),
});

export function historyRoutes(router: Router<RequestState>, { inTime }: Gateway): void {
  router.get('/api/v1/course-map/:course_map_id/history', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    const { after, limit } = readQuery(ctx as Context, historyQuery);
    const page = await inTime.history(id, BigInt(after), limit);
    if (page === undefined) throw new Problem('course_map_not_found', { detail: id });
    ctx.set('cache-control', 'private, no-cache');
    ctx.body = { course_map_id: id, entries: page.entries, next: page.next };
  });
}

/**
 * How far a course is.
 */
import type Router from '@koa/router';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { hasAlready, readCourseMapId } from '../requests.ts';

export function progressRoutes(router: Router<RequestState>, { progress }: Gateway): void {
  router.get('/api/v1/course-map/:course_map_id/progress', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    const found = await progress.find(id);
    if (found === undefined) throw new Problem('course_map_not_found', { detail: id });
    const etag = `"${found.revision}"`;
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

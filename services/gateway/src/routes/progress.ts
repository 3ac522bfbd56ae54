/**
 * How far a course is.
 */
import type Router from '@koa/router';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { findProgress } from '../queries/progress.ts';
import { readCourseMapId } from '../requests.ts';

export function progressRoutes(router: Router<RequestState>, { pool }: Gateway): void {
  router.get('/api/v1/course-map/:course_map_id/progress', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    const progress = await findProgress(pool, id);
    if (progress === undefined) throw new Problem('course_map_not_found', { detail: id });
    ctx.type = 'application/json';
    ctx.body = progress;
  });
}

/**
 * Asking again for a course whose planning failed for good.
 */
import type Router from '@koa/router';
import { courseMapStream } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import { metadataOfRequest, type Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { lockCourseMap } from '../queries/lock-course-map.ts';
import { readCourseMapId } from '../requests.ts';
import { unlessHeld } from '../unless-held.ts';

export function retryPlanningRoutes(router: Router<RequestState>, gateway: Gateway): void {
  router.post('/api/v1/course-map/:course_map_id/retry', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    await requestRetry(gateway, id, ctx.state.requestId);
    ctx.status = 202;
    ctx.body = { course_map_id: id, overall_status: 'initializing' };
  });
}

/** Only asks: what follows is decided where plannings are decided. */
async function requestRetry({ pool, store }: Gateway, id: string, requestId: string): Promise<void> {
  await unlessHeld(pool, async (transaction) => {
    const course = await lockCourseMap(transaction, id);
    if (course === undefined) throw new Problem('course_map_not_found', { detail: id });
    if (course.status !== 'failed') throw new Problem('course_map_not_failed', { detail: `the course map is ${course.status}` });
    const retryRequested = {
      stream: courseMapStream(id),
      expectedVersion: course.version,
      events: [{ type: 'CourseMapRetryRequested' as const, data: { reason: 'client' as const } }],
      metadata: metadataOfRequest(requestId),
    };
    await store.appendToStreams([retryRequested], transaction);
  });
}

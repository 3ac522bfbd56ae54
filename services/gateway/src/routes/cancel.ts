/**
 * Stopping a course. What is finished stays; what is not, is not done any more.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { courseMapStream, text } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import { metadataOfRequest, type Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { lockCourseMap } from '../queries/lock-course-map.ts';
import { readCourseMapId, readOptionalBody } from '../requests.ts';
import { unlessHeld } from '../unless-held.ts';

const cancelBody = z.strictObject({ reason: text(500).optional() });

export function cancelRoutes(router: Router<RequestState>, gateway: Gateway): void {
  router.post('/api/v1/course-map/:course_map_id/cancel', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    const body = readOptionalBody(ctx as Context, cancelBody);
    await cancel(gateway, id, body?.reason ?? 'asked for by a client', ctx.state.requestId);
    ctx.body = { course_map_id: id, overall_status: 'cancelled' };
  });
}

/** Cancelling what is cancelled already changes nothing and is no mistake. */
async function cancel({ pool, store }: Gateway, id: string, reason: string, requestId: string): Promise<void> {
  await unlessHeld(pool, async (transaction) => {
    const course = await lockCourseMap(transaction, id);
    if (course === undefined) throw new Problem('course_map_not_found', { detail: id });
    if (course.status === 'cancelled') return;
    if (course.status === 'completed') throw new Problem('course_map_over', { detail: 'Every node is completed or failed.' });
    if (course.status === 'failed') throw new Problem('course_map_over', { detail: 'No map could be planned.' });
    const cancelled = {
      stream: courseMapStream(id),
      expectedVersion: course.version,
      events: [{ type: 'CourseMapCancelled' as const, data: { reason } }],
      metadata: metadataOfRequest(requestId),
    };
    await store.appendToStreams([cancelled], transaction);
  });
}

/**
 * Stopping a course. What is finished stays; what is not, is not done any more.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { courseMapStream, text, WrongExpectedVersionError } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import { appendUnlessHeld } from '../append-unless-held.ts';
import { metadataOfRequest, type Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { readCourseMapId, readOptionalBody } from '../requests.ts';

const cancelBody = z.strictObject({ reason: text(500).optional() });

/** The planner moves a course's version too; more often than this it does not do so within one request. */
const ATTEMPTS = 5;

export function cancelRoutes(router: Router<RequestState>, gateway: Gateway): void {
  router.post('/api/v1/course-map/:course_map_id/cancel', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    const body = readOptionalBody(ctx as Context, cancelBody);
    await cancel(gateway, id, body?.reason ?? 'asked for by a client', ctx.state.requestId);
    ctx.body = { course_map_id: id, overall_status: 'cancelled' };
  });
}

/** Cancelling what is cancelled already changes nothing and is no mistake. */
async function cancel(gateway: Gateway, id: string, reason: string, requestId: string): Promise<void> {
  const { courseMaps } = gateway;
  for (let attempt = 1; ; attempt += 1) {
    const course = await courseMaps.find(id);
    if (course === undefined) throw new Problem('course_map_not_found', { detail: id });
    if (course.status === 'cancelled') return;
    if (course.status === 'completed' || course.status === 'failed') {
      throw new Problem('course_map_over', { detail: course.status === 'failed' ? 'No map could be planned.' : 'Every node is completed or failed.' });
    }
    try {
      await appendUnlessHeld(gateway, {
        stream: courseMapStream(id),
        expectedVersion: course.version,
        events: [{ type: 'CourseMapCancelled', data: { reason } }],
        metadata: metadataOfRequest(requestId),
      });
      return;
    } catch (error) {
      if (!(error instanceof WrongExpectedVersionError) || attempt === ATTEMPTS) throw error;
    }
  }
}

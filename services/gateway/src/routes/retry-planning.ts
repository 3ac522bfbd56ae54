/**
 * Asking again for a course whose planning failed for good.
 */
import { z } from 'zod';
import { courseMapStream, type EventMetadata } from '@coursewright/events';
import { courseMapId } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { courseParams } from '../api/parameters.ts';
import { reasonBody } from '../api/reason.ts';
import { metadataOf } from '../cause.ts';
import type { Gateway } from '../gateway.ts';
import type { Once } from '../idempotency/once.ts';
import { Problem } from '../problem.ts';
import { lockCourseMap } from '../queries/lock-course-map.ts';
import { unlessHeld } from '../unless-held.ts';

export function retryPlanningOperations(gateway: Gateway): Operation[] {
  return [
    operation({
      id: 'retryPlanning',
      method: 'post',
      path: '/api/v1/course-map/{course_map_id}/retry',
      tag: 'Courses',
      scope: 'courses:write',
      summary: 'Ask again for a course whose planning failed',
      description: 'The counts of failures and interruptions start at zero.',
      params: courseParams,
      body: reasonBody,
      answers: { 202: { description: 'It will be planned.', body: z.strictObject({ course_map_id: courseMapId, overall_status: z.literal('initializing') }) } },
      problems: ['course_map_not_found', 'course_map_not_failed', 'course_map_archived', 'held_by_somebody'],
      async handle({ ctx, cause, params: { course_map_id: id }, body, once }) {
        await requestRetry(gateway, once, id, metadataOf(cause, body?.reason));
        ctx.status = 202;
        ctx.body = { course_map_id: id, overall_status: 'initializing' };
      },
    }),
  ];
}

/** Only asks: what follows is decided where plannings are decided. */
async function requestRetry({ store }: Gateway, once: Once, id: string, metadata: EventMetadata): Promise<void> {
  await unlessHeld(once, async (transaction) => {
    const course = await lockCourseMap(transaction, id);
    if (course === undefined) throw new Problem('course_map_not_found', { detail: id });
    if (course.status !== 'failed') throw new Problem('course_map_not_failed', { detail: `the course map is ${course.status}` });
    const retryRequested = {
      stream: courseMapStream(id),
      expectedVersion: course.version,
      events: [{ type: 'CourseMapRetryRequested' as const, data: { reason: 'client' as const } }],
      metadata,
    };
    await store.appendToStreams([retryRequested], transaction);
  });
}

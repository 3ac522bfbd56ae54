/**
 * Stopping a course. What is finished stays; what is not, is not done any more.
 */
import { z } from 'zod';
import { courseMapStream } from '@coursewright/events';
import { courseMapId } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { courseParams } from '../api/parameters.ts';
import { reasonBody } from '../api/reason.ts';
import { metadataOf, type Cause } from '../cause.ts';
import type { Gateway } from '../gateway.ts';
import type { Once } from '../idempotency/once.ts';
import { Problem } from '../problem.ts';
import { lockCourseMap } from '../queries/lock-course-map.ts';
import { unlessHeld } from '../unless-held.ts';

export function cancelOperations(gateway: Gateway): Operation[] {
  return [
    operation({
      id: 'cancelCourseMap',
      method: 'post',
      path: '/api/v1/course-map/{course_map_id}/cancel',
      tag: 'Courses',
      scope: 'courses:write',
      summary: 'Stop a course',
      description: 'What is finished stays readable. What is not is not done any more, and calls in flight are ended. Cancelling twice is no mistake.',
      params: courseParams,
      body: reasonBody,
      answers: { 200: { description: 'It is cancelled.', body: z.strictObject({ course_map_id: courseMapId, overall_status: z.literal('cancelled') }) } },
      problems: ['course_map_not_found', 'course_map_over', 'course_map_archived', 'held_by_somebody'],
      async handle({ ctx, cause, params, body, once }) {
        const { course_map_id: id } = params;
        await cancel(gateway, once, id, body?.reason, cause);
        ctx.body = { course_map_id: id, overall_status: 'cancelled' };
      },
    }),
  ];
}

/** Cancelling what is cancelled already changes nothing and is no mistake. */
async function cancel({ store }: Gateway, once: Once, id: string, reason: string | undefined, cause: Cause): Promise<void> {
  await unlessHeld(once, async (transaction) => {
    const course = await lockCourseMap(transaction, id);
    if (course === undefined) throw new Problem('course_map_not_found', { detail: id });
    if (course.status === 'cancelled') return;
    if (course.status === 'completed') throw new Problem('course_map_over', { detail: 'Every node is completed or failed.' });
    if (course.status === 'failed') throw new Problem('course_map_over', { detail: 'No map could be planned.' });
    const cancelled = {
      stream: courseMapStream(id),
      expectedVersion: course.version,
      events: [{ type: 'CourseMapCancelled' as const, data: { reason: reason ?? 'asked for by a client' } }],
      metadata: metadataOf(cause, reason),
    };
    await store.appendToStreams([cancelled], transaction);
  });
}

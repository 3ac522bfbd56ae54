/**
 * A course's story: who did what, when, and why.
 */
import { z } from 'zod';
import { courseMapId, historyEntry, position as place } from '../api/course-documents.ts';
import { LINK, linkNextPage } from '../api/links.ts';
import { operation, type Operation } from '../api/operation.ts';
import { courseParams, position, wholeNumber } from '../api/parameters.ts';
import { Problem } from '../problem.ts';
import { historyOf } from '../queries/course-in-time.ts';

const historyQuery = z.strictObject({
  after: position('must be a position: the "next" of the page before', 'Where the page begins: the `next` of the one before.').default('0'),
  limit: wholeNumber(1, 500, 'How many entries.').default(100),
});

export function historyOperations(): Operation[] {
  return [
    operation({
      id: 'getHistory',
      method: 'get',
      path: '/api/v1/course-map/{course_map_id}/history',
      tag: 'Watching',
      scope: 'courses:read',
      summary: "Read a course's story",
      description: 'Every event of the course and its nodes, in the order in which they were committed.',
      params: courseParams,
      query: historyQuery,
      answers: {
        200: {
          description: 'A page of it.',
          headers: LINK,
          body: z
            .strictObject({
              course_map_id: courseMapId,
              entries: z.array(historyEntry),
              next: place.nullable().meta({ description: 'The `after` of the next page; null while there is no more.' }),
            })
            .meta({ id: 'History' }),
        },
      },
      problems: ['course_map_not_found'],
      async handle({ ctx, reader, params: { course_map_id: id }, query: { after, limit } }) {
        const page = await historyOf(reader, id, BigInt(after), limit);
        if (page === undefined) throw new Problem('course_map_not_found', { detail: id });
        ctx.set('cache-control', 'private, no-cache');
        if (page.next !== null) linkNextPage(ctx, { after: String(page.next) });
        ctx.body = { course_map_id: id, entries: page.entries, next: page.next };
      },
    }),
  ];
}

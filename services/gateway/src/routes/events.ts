/**
 * Watching: a course, or everything, as it happens.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { readCourseMapId, readQuery } from '../requests.ts';
import type { Watched } from '../streaming/watch.ts';

const PAGE = 200;
const POSITION = /^\d{1,15}$/;

const watchQuery = z.strictObject({
  last_event_id: z.string().regex(POSITION, 'must be the id of an event, which is its position').optional(),
});

export function eventRoutes(router: Router<RequestState>, gateway: Gateway): void {
  const { store, courseEvents, tail } = gateway;

  router.get('/api/v1/course-map/:course_map_id/events', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    await answer(gateway, ctx, {
      courseMapId: id,
      tail,
      async snapshot() {
        const snapshot = await courseEvents.snapshotOf(id);
        if (snapshot === undefined) throw new Problem('course_map_not_found', { detail: id });
        return snapshot;
      },
      eventsAfter: (position) => courseEvents.eventsOf(id, position, PAGE),
    });
  });

  router.get('/api/v1/events', (ctx) =>
    answer(gateway, ctx as Context, {
      courseMapId: undefined,
      tail,
      snapshot: () => courseEvents.snapshotOfAll(),
      eventsAfter: async (after) => (await store.readAllUndecoded({ after, limit: PAGE })).events,
    }));
}

async function answer({ eventStreams }: Gateway, ctx: Context, watched: Watched): Promise<void> {
  await eventStreams.open(ctx.res, ctx.ip, watched, readLastEventId(ctx));
  // The stream is on its own from here on; Koa has nothing more to answer.
  ctx.status = 200;
  ctx.respond = false;
}

/** The header that an EventSource sends when it comes back; the parameter is for those that cannot set one. The header counts. */
function readLastEventId(ctx: Context): bigint | undefined {
  const { last_event_id: parameter } = readQuery(ctx, watchQuery);
  const given = ctx.get('last-event-id') || parameter;
  if (given === undefined) return undefined;
  if (POSITION.test(given)) return BigInt(given);
  throw new Problem('invalid_request', { errors: [{ field: 'Last-Event-ID', message: 'must be the id of an event, which is its position' }] });
}

/**
 * Watching: a course, or everything, as it happens.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { operation, type Operation } from '../api/operation.ts';
import { courseParams, position, POSITION } from '../api/parameters.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { eventsOf, snapshotOf, snapshotOfAll } from '../queries/course-events.ts';
import type { Watcher } from '../streaming/event-streams.ts';
import type { Watched } from '../streaming/watch.ts';

const PAGE = 200;
const NO_ID = 'must be the id of an event, which is its position';

const watchQuery = z.strictObject({
  last_event_id: position(NO_ID, 'The last event that the client has, where it cannot send the header `Last-Event-ID`.').optional(),
});

const WATCHING = {
  method: 'get',
  tag: 'Watching',
  query: watchQuery,
  headers: { 'Last-Event-ID': 'The last event that the client has: it is given what it missed, and no snapshot.' },
  answers: {
    200: {
      description: 'Server-sent events: a frame `snapshot`, then a frame of each event as it is committed, once and in order; `id` is its position, `event` its '
        + 'type, and `data` as docs/asyncapi.json describes. Comments say that the stream is alive. It ends after a while: come back with `Last-Event-ID`.',
      body: z.string(),
      mediaType: 'text/event-stream',
    },
  },
} as const;

export function eventOperations(gateway: Gateway): Operation[] {
  const { store, tail } = gateway;
  return [
    operation({
      ...WATCHING,
      id: 'watchCourseMap',
      scope: 'courses:read',
      path: '/api/v1/course-map/{course_map_id}/events',
      summary: 'Watch a course',
      description: 'The snapshot is the document of its progress.',
      params: courseParams,
      problems: ['course_map_not_found', 'too_many_streams', 'streams_full'],
      handle: ({ ctx, client, isStillAdmitted, reader, params: { course_map_id: id }, query }) =>
        answer(gateway, ctx, { client, isStillAdmitted }, query.last_event_id, {
          courseMapId: id,
          tail,
          async snapshot() {
            const snapshot = await snapshotOf(reader, id);
            if (snapshot === undefined) throw new Problem('course_map_not_found', { detail: id });
            return snapshot;
          },
          eventsAfter: (after) => eventsOf(reader, id, after, PAGE),
        }),
    }),
    operation({
      ...WATCHING,
      id: 'watchEverything',
      scope: 'events:read',
      path: '/api/v1/events',
      summary: 'Watch everything',
      description: 'The snapshot says how many courses there are of each status.',
      problems: ['too_many_streams', 'streams_full'],
      handle: ({ ctx, client, isStillAdmitted, reader, query }) =>
        answer(gateway, ctx, { client, isStillAdmitted }, query.last_event_id, {
          courseMapId: undefined,
          tail,
          snapshot: () => snapshotOfAll(reader),
          eventsAfter: async (after) => (await store.readAllUndecoded({ after, limit: PAGE })).events,
        }),
    }),
  ];
}

async function answer({ eventStreams }: Gateway, ctx: Context, watcher: Watcher, parameter: string | undefined, watched: Watched): Promise<void> {
  await eventStreams.open(ctx.res, watcher, watched, lastEventId(ctx, parameter));
  // The stream is on its own from here on; Koa has nothing more to answer.
  ctx.status = 200;
  ctx.respond = false;
}

/** The header that an EventSource sends when it comes back; the parameter is for those that cannot set one. The header counts. */
function lastEventId(ctx: Context, parameter: string | undefined): bigint | undefined {
  const given = ctx.get('last-event-id') || parameter;
  if (given === undefined) return undefined;
  if (POSITION.test(given)) return BigInt(given);
  throw new Problem('invalid_request', { errors: [{ field: 'Last-Event-ID', message: NO_ID }] });
}

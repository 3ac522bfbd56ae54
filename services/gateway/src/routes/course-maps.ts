/**
 * Asking for a course, and looking at courses.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { courseMapStream, courseRequestSchema, isUuid, NO_STREAM, timeOrderedId } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import { metadataOfRequest, type Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import type { CourseMapRow, ListedCourseMap, PageEnd } from '../queries/course-maps.ts';
import { prefersAsync, readBody, readCourseMapId, readQuery } from '../requests.ts';

const MOST_PER_PAGE = 100;
/** A time to the microsecond, in years that Postgres knows, and an id. */
const CURSOR = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f-]{36})$/;

const listQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${MOST_PER_PAGE}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MOST_PER_PAGE, `must be a whole number from 1 to ${MOST_PER_PAGE}`)
    .default(20),
  cursor: z
    .string()
    .transform((cursor, ctx): PageEnd => {
      const end = decodeCursor(cursor);
      if (end !== undefined) return end;
      ctx.addIssue({ code: 'custom', message: 'must be the next_cursor of an earlier page, unchanged' });
      return z.NEVER;
    })
    .optional(),
});

export function courseMapRoutes(router: Router<RequestState>, gateway: Gateway): void {
  const { courseMaps } = gateway;

  router.post('/api/v1/course-map/generate', (ctx) => generate(gateway, ctx as Context));

  // The path of a course would match it otherwise, and complain of a bad UUID.
  router.all('/api/v1/course-map/generate', () => {
    throw new Problem('method_not_allowed', { detail: 'Ask for a course with POST.', headers: { allow: 'POST' } });
  });

  router.get('/api/v1/course-map/list', async (ctx) => {
    const { limit, cursor } = readQuery(ctx as Context, listQuery);
    // One more than asked for tells whether there is another page.
    const found = await courseMaps.list(cursor, limit + 1);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    ctx.body = { course_maps: page.map(listed), next_cursor: last === undefined ? null : encodeCursor(last) };
  });

  router.get('/api/v1/course-map/:course_map_id', async (ctx) => {
    const id = readCourseMapId(ctx.params['course_map_id']);
    const course = await courseMaps.find(id);
    if (course === undefined) throw new Problem('course_map_not_found', { detail: id });
    ctx.body = whole(course);
  });
}

/** Appends what was asked, and that is all: the log is the outbox, and the plan comes whatever becomes of us. */
async function generate({ store, plans, planWaitMs }: Gateway, ctx: Context): Promise<void> {
  const request = readBody(ctx, courseRequestSchema);
  const id = timeOrderedId();
  await store.appendToStream({
    stream: courseMapStream(id),
    expectedVersion: NO_STREAM,
    events: [{ type: 'CourseMapRequested', data: { request } }],
    metadata: metadataOfRequest((ctx.state as RequestState).requestId),
  });

  const plan = prefersAsync(ctx) ? undefined : await plans.waitFor(id, planWaitMs);
  ctx.set('location', `/api/v1/course-map/${id}`);
  if (plan === undefined) {
    ctx.status = 202;
    ctx.body = { course_map_id: id, overall_status: 'initializing' };
    return;
  }
  if (plan.nodes === null) {
    throw new Problem('planning_failed', {
      detail: plan.error ?? 'The course map was cancelled before it was planned.',
      members: { course_map_id: id, cause: plan.error_code },
    });
  }
  ctx.body = { course_map_id: id, map_meta: plan.map_meta, nodes: plan.nodes };
}

function whole({ id, status, request, map_meta, nodes, error, created_at }: CourseMapRow) {
  return { course_map_id: id, status, request, map_meta, nodes: nodes ?? [], error, created_at };
}

function listed({ id, created_at_exactly: _, ...course }: ListedCourseMap) {
  return { course_map_id: id, ...course };
}

function encodeCursor({ created_at_exactly: createdAt, id }: ListedCourseMap): string {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string): PageEnd | undefined {
  const [, createdAt, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined || !isUuid(id)) return undefined;
  // A day that no calendar has, such as 30 February, would come back as another one.
  const date = new Date(createdAt);
  const isDate = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 23) === createdAt.slice(0, 23);
  return isDate ? { createdAt, id } : undefined;
}

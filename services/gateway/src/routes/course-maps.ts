/**
 * Asking for a course, and looking at courses.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { courseMapStream, isUuid, NO_STREAM, timeOrderedId, type CourseRequest, type Transaction } from '@coursewright/events';
import { courseEstimate, courseMap, courseMapId, courseRequest, listedCourseMap, overallStatus, plannedCourseMap } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { LINK, linkNextPage } from '../api/links.ts';
import { courseParams, flag, instantParameter, wholeNumber } from '../api/parameters.ts';
import { metadataOf, type Cause } from '../cause.ts';
import type { Gateway } from '../gateway.ts';
import type { Once } from '../idempotency/once.ts';
import { prefersAsync } from '../preferences.ts';
import { Problem } from '../problem.ts';
import { estimateCourse } from '../queries/course-estimate.ts';
import { findCourseMap, hasRoomForCourse, listCourseMaps, type CourseMapRow, type ListedCourseMap, type PageEnd } from '../queries/course-maps.ts';

/** A time to the microsecond, in years that Postgres knows, and an id. */
const CURSOR = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f-]{36})$/;

const generateQuery = z.strictObject({ dry_run: flag('Only says what the course would be and cost, and asks for nothing.').default(false) });

const listQuery = z.strictObject({
  status: overallStatus.optional(),
  created_from: instantParameter('Courses that were asked for at this instant or after.').optional(),
  created_before: instantParameter('Courses that were asked for before this instant.').optional(),
  limit: wholeNumber(1, 100, 'How many courses.').default(20),
  cursor: z
    .string()
    .transform((cursor, ctx): PageEnd => {
      const end = decodeCursor(cursor);
      if (end !== undefined) return end;
      ctx.addIssue({ code: 'custom', message: 'must be the next_cursor of an earlier page, unchanged' });
      return z.NEVER;
    })
    .meta({ description: 'Where the page begins: the `next_cursor` of the one before, unchanged.', override: { type: 'string' } })
    .optional(),
});

/** About as long as a course takes. */
const RETRY_AFTER_SECONDS = '30';
const LOCATION = { Location: 'Where the course is.' };

export function courseMapOperations(gateway: Gateway): Operation[] {
  return [
    operation({
      id: 'generateCourseMap',
      method: 'post',
      path: '/api/v1/course-map/generate',
      tag: 'Courses',
      scope: 'courses:write',
      summary: 'Ask for a course',
      description: 'The gateway writes down what was asked, and waits for the plan for a while. The course goes on whatever becomes of the connection.',
      headers: { Prefer: '`respond-async`: answer 202 at once.' },
      query: generateQuery,
      body: courseRequest,
      answers: {
        200: { description: 'It is planned, and its cards are being written; or, with `dry_run`, what it would be.', body: z.union([plannedCourseMap, courseEstimate]), headers: LOCATION },
        202: {
          description: 'It is being planned.',
          body: z.strictObject({ course_map_id: courseMapId, overall_status: z.literal('initializing') }),
          headers: LOCATION,
        },
      },
      problems: ['too_many_courses', 'planning_failed'],
      async handle({ ctx, cause, query: { dry_run: isDry }, body, once }) {
        if (isDry) ctx.body = { dry_run: true, ...(await estimateCourse(gateway.pool, body.mode)) };
        else await generate(gateway, once, ctx, cause, body);
      },
    }),
    operation({
      id: 'listCourseMaps',
      method: 'get',
      path: '/api/v1/course-map/list',
      tag: 'Courses',
      scope: 'courses:read',
      summary: 'List courses, newest first',
      description: 'Pages are stable: courses that are made meanwhile stand before the first page, and none is shown twice or left out.',
      query: listQuery,
      answers: {
        200: {
          description: 'A page of them.',
          headers: LINK,
          body: z
            .strictObject({ course_maps: z.array(listedCourseMap), next_cursor: z.string().nullable().meta({ description: 'Null on the last page.' }) })
            .meta({ id: 'CourseMapList' }),
        },
      },
      problems: [],
      async handle({ ctx, reader, query: { limit, cursor, status, created_from: from, created_before: before } }) {
        // One more than asked for tells whether there is another page.
        const found = await listCourseMaps(reader, { status, from, before }, cursor, limit + 1);
        const page = found.slice(0, limit);
        const last = found.length > limit ? page.at(-1) : undefined;
        const next = last === undefined ? null : encodeCursor(last);
        if (next !== null) linkNextPage(ctx, { cursor: next });
        ctx.body = { course_maps: page.map(listed), next_cursor: next };
      },
    }),
    operation({
      id: 'getCourseMap',
      method: 'get',
      path: '/api/v1/course-map/{course_map_id}',
      tag: 'Courses',
      scope: 'courses:read',
      summary: 'Look at a course',
      params: courseParams,
      answers: { 200: { description: 'What was asked for, its map, and how it stands.', body: courseMap } },
      problems: ['course_map_not_found'],
      async handle({ ctx, reader, params: { course_map_id: id } }) {
        const course = await findCourseMap(reader, id);
        if (course === undefined) throw new Problem('course_map_not_found', { detail: id });
        ctx.body = whole(course);
      },
    }),
  ];
}

/** Appends what was asked, and that is all: the log is the outbox, and the plan comes whatever becomes of us. */
async function generate({ store, plans, planWaitMs, tenantCoursesInFlight }: Gateway, once: Once, ctx: Context, cause: Cause, request: CourseRequest): Promise<void> {
  const id = await once(async (transaction) => {
    if (cause.principal.tenant !== undefined && tenantCoursesInFlight > 0) await requireRoom(transaction, cause.principal.tenant, tenantCoursesInFlight);
    const asked = timeOrderedId();
    const events = [{ type: 'CourseMapRequested' as const, data: { request } }];
    await store.appendToStreams([{ stream: courseMapStream(asked), expectedVersion: NO_STREAM, events, metadata: metadataOf(cause) }], transaction);
    return asked;
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

/** @throws Problem too_many_courses when the tenant has as many in flight as it may; nobody of it is given room at the same time */
async function requireRoom(transaction: Transaction, tenant: string, most: number): Promise<void> {
  if (await hasRoomForCourse(transaction, tenant, most)) return;
  throw new Problem('too_many_courses', { detail: `The tenant ${tenant} has ${most} courses that are not over.`, headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}

function whole({ id, status, request, map_meta, nodes, error, created_at, tenant }: CourseMapRow) {
  return { course_map_id: id, status, request, map_meta, nodes: nodes ?? [], error, created_at, tenant };
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

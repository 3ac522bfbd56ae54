/**
 * Reads what a client sent: bodies, parameters, headers, each against a schema, with every mistake named.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { isUuid, NODE_ID_PATTERN } from '@coursewright/events';
import { fieldProblems, type Whole } from './field-problems.ts';
import { Problem } from './problem.ts';

const noFields = z.strictObject({});

/** The body as `schema` makes it. @throws Problem invalid_request or unsupported_media_type */
export function readBody<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> {
  requireJson(ctx);
  return check(schema, ctx.request.body, 'body');
}

/** The body, or nothing when none was sent. @throws as {@link readBody} */
export function readOptionalBody<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> | undefined {
  const hasBody = (ctx.request.length ?? 0) > 0 || ctx.get('transfer-encoding') !== '';
  return hasBody ? readBody(ctx, schema) : undefined;
}

/** Refuses a body where everything is said by path and query. @throws as {@link readBody} */
export function readNoBody(ctx: Context): void {
  readOptionalBody(ctx, noFields);
}

/** The query string. A parameter given twice is a mistake. @throws Problem invalid_request */
export function readQuery<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> {
  return check(schema, { ...ctx.query }, 'query');
}

/** @throws Problem invalid_request when the parameter is no UUID */
export function readCourseMapId(id: string | undefined): string {
  const lower = (id ?? '').toLowerCase();
  if (isUuid(lower)) return lower;
  throw new Problem('invalid_request', { errors: [{ field: 'course_map_id', message: 'must be a UUID' }] });
}

/** @throws Problem invalid_request when the parameter can be no node's id */
export function readNodeId(id: string | undefined): string {
  if (id !== undefined && NODE_ID_PATTERN.test(id)) return id;
  const message = 'must be 1 to 64 letters, digits, "_" or "-"';
  throw new Problem('invalid_request', { errors: [{ field: 'node_id', message }] });
}

/** Whether the client prefers an immediate 202 to waiting (RFC 7240). */
export function prefersAsync(ctx: Context): boolean {
  return ctx.get('prefer').split(',').some((preference) => preference.trim().toLowerCase() === 'respond-async');
}

const LONGEST_WAIT_SECONDS = 60;

/** For how many seconds the client would wait for news (RFC 7240), a minute at most; 0 when it does not say so. */
export function preferredWaitSeconds(ctx: Context): number {
  const [, seconds = '0'] = /(?:^|,)\s*wait=(\d{1,9})\s*(?:,|;|$)/i.exec(ctx.get('prefer')) ?? [];
  return Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

function requireJson(ctx: Context): void {
  if (ctx.is('application/json') === 'application/json') return;
  throw new Problem('unsupported_media_type', {
    detail: 'Send the body as JSON, with the header "content-type: application/json".',
    headers: { accept: 'application/json' },
  });
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, whole: Whole): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem('invalid_request', { errors: fieldProblems(result.error.issues, value, whole) });
}

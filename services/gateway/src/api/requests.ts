/**
 * Reads what a client sent, each part against its schema, with every mistake named.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { fieldProblems, type Whole } from './field-problems.ts';

const noFields = z.strictObject({});

/**
 * The body as `schema` makes it; undefined when none was sent and the schema allows that.
 * @throws Problem invalid_request or unsupported_media_type
 */
export function readBody<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> {
  if (!hasBody(ctx)) {
    const nothing = schema.safeParse(undefined);
    if (nothing.success) return nothing.data;
  }
  requireJson(ctx);
  return check(schema, ctx.request.body, 'body');
}

/** Refuses a body where everything is said by path and query. @throws as {@link readBody} */
export function readNoBody(ctx: Context): void {
  if (hasBody(ctx)) readBody(ctx, noFields);
}

/** The parameters of a path or a query. One that is given twice is a mistake. @throws Problem invalid_request */
export function readParameters<Schema extends z.ZodType>(given: unknown, schema: Schema): z.output<Schema> {
  return check(schema, given, 'query');
}

function hasBody(ctx: Context): boolean {
  return (ctx.request.length ?? 0) > 0 || ctx.get('transfer-encoding') !== '';
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

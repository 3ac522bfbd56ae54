/**
 * Takes the body from the connection, for an operation that wants one: not before it is known who asks, and that he may.
 */
import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import { Problem } from '../problem.ts';
import { mistakeOfShape } from './json-shape.ts';

const LARGEST_BYTES = 64 * 1024;

const parse = bodyParser({ enableTypes: ['json'], jsonLimit: LARGEST_BYTES, onError: (error, ctx) => refuse(error, ctx) });

/** Leaves the body in `ctx.request.body`, if it is JSON. @throws Problem body_too_large, invalid_json */
export async function takeBody(ctx: Context): Promise<void> {
  await parse(ctx, () => Promise.resolve());
  const { rawBody } = ctx.request;
  const message = typeof rawBody === 'string' ? mistakeOfShape(rawBody) : undefined;
  if (message !== undefined) throw new Problem('invalid_json', { errors: [{ field: 'body', message }] });
}

function refuse(error: Error, ctx: Context): never {
  // What is still on its way is read and dropped, so that the client hears the answer instead of a broken connection.
  ctx.req.resume();
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    throw new Problem('body_too_large', { detail: `A body may have ${LARGEST_BYTES} bytes.`, cause: error });
  }
  // Besides what is no JSON, this is null, a bare string or number, and an object that would change its own prototype.
  const message = 'must be one JSON object, complete, in UTF-8, without the key __proto__';
  throw new Problem('invalid_json', { errors: [{ field: 'body', message }], cause: error });
}

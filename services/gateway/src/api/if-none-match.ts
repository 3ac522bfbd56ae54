import { createHash } from 'node:crypto';
import type { Context } from 'koa';

/**
 * Whether the client says (If-None-Match) that it has what this ETag names, be it weak or strong. Koa's own `ctx.fresh` says no whenever the
 * request has `Cache-Control: no-cache`, as each of `fetch` has; that header is for caches on the way, not for us.
 */
export function hasAlready(ctx: Pick<Context, 'get'>, etag: string): boolean {
  return ctx.get('if-none-match').split(',').some((known) => strong(known.trim()) === strong(etag) || known.trim() === '*');
}

/** Says the ETag; and when the client has what it names, answers 304 without a body. Whether it did: then there is nothing more to answer. */
export function answerUnchanged(ctx: Context, etag: string): boolean {
  ctx.set('etag', etag);
  if (!hasAlready(ctx, etag)) return false;
  ctx.body = null;
  ctx.status = 304;
  return true;
}

/** A tag of this content and of no other: strong, for these very bytes. */
export function tagOf(content: Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}

function strong(etag: string): string {
  return etag.replace(/^W\//, '');
}

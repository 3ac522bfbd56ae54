import type { Context } from 'koa';

/**
 * Whether the client says (If-None-Match) that it has what this ETag names. Koa's own `ctx.fresh` says no whenever the
 * request has `Cache-Control: no-cache`, as each of `fetch` has; that header is for caches on the way, not for us.
 */
export function hasAlready(ctx: Pick<Context, 'get'>, etag: string): boolean {
  return ctx.get('if-none-match').split(',').some((known) => known.trim().replace(/^W\//, '') === etag || known.trim() === '*');
}

import type { Context } from 'koa';

/** Says where the next page is (RFC 8288): what was asked for, with these parameters instead of those it had. */
export function linkNextPage(ctx: Context, changes: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(ctx.querystring);
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  ctx.set('link', `<${ctx.path}?${query.toString()}>; rel="next"`);
}

/** For the document of an operation that answers in pages. */
export const LINK = { Link: 'The next page, as `rel="next"`; absent on the last.' };

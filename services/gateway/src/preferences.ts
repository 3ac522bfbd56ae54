/**
 * What a client prefers, and says in its `Prefer` header (RFC 7240).
 */
import type { Context } from 'koa';

const LONGEST_WAIT_SECONDS = 60;

/** Whether the client prefers an immediate 202 to waiting. */
export function prefersAsync(ctx: Pick<Context, 'get'>): boolean {
  return ctx.get('prefer').split(',').some((preference) => preference.trim().toLowerCase() === 'respond-async');
}

/** For how many seconds the client would wait for news, a minute at most; 0 when it does not say so. */
export function preferredWaitSeconds(ctx: Pick<Context, 'get'>): number {
  const [, seconds = '0'] = /(?:^|,)\s*wait=(\d{1,9})\s*(?:,|;|$)/i.exec(ctx.get('prefer')) ?? [];
  return Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

/**
 * Pages of other sites, in a browser that can reach this gateway. Two ways lead from one to a gateway on somebody's own machine, where nobody is
 * asked who he is: to send a request whose answer the page need not see, and to give its own name our address (DNS rebinding), so that the browser
 * takes us for its own server. Both are told by what browsers say and no page can change.
 */
import type { Context, Middleware } from 'koa';
import { hostnameOf, isLoopback } from '@coursewright/process';
import { Problem } from '../problem.ts';

export interface ForeignPagesSettings {
  /** By which names this gateway is reached, besides loopback; undefined: by any. */
  readonly allowedHosts: readonly string[] | undefined;
  /** The origins whose pages may use the API. */
  readonly corsOrigins: readonly string[];
  /** Whether a proxy in front says by which name it was reached. */
  readonly behindProxy: boolean;
}

/** What changes nothing. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses a request for another host, and what a page of another origin would change. */
export function refuseForeignPages({ allowedHosts, corsOrigins, behindProxy }: ForeignPagesSettings): Middleware {
  const allowed = allowedHosts && new Set(allowedHosts.map((host) => host.toLowerCase()));
  const admitted = new Set(corsOrigins);

  return async (ctx, next) => {
    const host = hostnameOf(ctx.get('host'));
    if (allowed !== undefined && host !== '' && !isLoopback(host) && !allowed.has(host)) {
      throw new Problem('unknown_host', { detail: `This gateway is not reached as ${JSON.stringify(host.slice(0, 100))}; if it is, name that in ALLOWED_HOSTS.` });
    }
    if (!SAFE.has(ctx.method) && isForeign(ctx)) {
      throw new Problem('foreign_origin', { detail: 'A page of another site asked for it; if it may, name its origin in CORS_ORIGINS.' });
    }
    await next();
  };

  /** Programs that are no browser send neither of the two headers. */
  function isForeign(ctx: Context): boolean {
    const origin = ctx.get('origin');
    if (admitted.has(origin)) return false;
    const site = ctx.get('sec-fetch-site');
    if (site !== '') return site !== 'same-origin' && site !== 'none';
    return origin !== '' && URL.parse(origin)?.host !== (behindProxy ? ctx.host : ctx.get('host').toLowerCase());
  }
}

/**
 * How many requests a client may send in a minute, counted in the database for all gateways together. The headers are those of
 * draft-ietf-httpapi-ratelimit-headers.
 */
import type { Context } from 'koa';
import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { query } from '@coursewright/events';
import { Problem } from '../problem.ts';

export interface RequestRates {
  /**
   * Counts a request, and tells the client in headers what is left.
   *
   * @param client whose minute it is: a tenant, or who asks, or his address
   * @throws Problem rate_limited when the minute is used up, and whatever the database refuses with
   */
  count(ctx: Context, client: string): Promise<void>;
}

/** As many as they like. */
export const UNLIMITED: RequestRates = { count: () => Promise.resolve() };

const SECONDS = 60;

export function createRequestRates(pool: pg.Pool, perMinute: number): RequestRates {
  const limiter = new RateLimiterPostgres({
    // It asks for nothing but this of a pool, and what a lost connection means is known here.
    storeClient: { query: (statement: pg.QueryConfig) => query(pool, statement) },
    storeType: 'pool',
    tableName: 'request_rates',
    tableCreated: true,
    keyPrefix: 'requests',
    points: perMinute,
    duration: SECONDS,
    // Whoever is over the limit costs the database nothing until his minute is over.
    inMemoryBlockOnConsumed: perMinute,
  });

  async function consume(client: string): Promise<{ readonly isAllowed: boolean; readonly minute: RateLimiterRes }> {
    try {
      return { isAllowed: true, minute: await limiter.consume(client) };
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return { isAllowed: false, minute: refused };
      throw refused;
    }
  }

  return {
    async count(ctx, client) {
      const { isAllowed, minute: { remainingPoints, msBeforeNext } } = await consume(client);
      const seconds = Math.ceil(msBeforeNext / 1000);
      ctx.set('ratelimit-policy', `"requests";q=${perMinute};w=${SECONDS}`);
      ctx.set('ratelimit', `"requests";r=${remainingPoints};t=${seconds}`);
      if (isAllowed) return;
      throw new Problem('rate_limited', { detail: `${perMinute} requests a minute.`, headers: { 'retry-after': String(Math.max(seconds, 1)) } });
    },
  };
}

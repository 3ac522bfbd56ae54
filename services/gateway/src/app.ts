/**
 * The HTTP application: middleware in order, then the routes.
 */
import cors from '@koa/cors';
import Koa, { type Context } from 'koa';
import helmet from 'koa-helmet';
import type { Logger } from '@coursewright/process';
import { routerOf } from './api/mount.ts';
import { refuseForeignPages } from './auth/foreign-pages.ts';
import { errorMiddleware, type RequestState } from './error-middleware.ts';
import type { Gateway } from './gateway.ts';
import { createOperations, type Audience } from './operations.ts';

/** What pages of other origins may see of an answer, beyond its body. */
const EXPOSED_HEADERS = ['ETag', 'Link', 'Location', 'Preference-Applied', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'];
const PREFLIGHT_SECONDS = 600;

export function createApp(gateway: Gateway, log: Logger, audience: Audience): Koa<RequestState> {
  const router = routerOf(createOperations(gateway, audience), gateway);
  // Who asks, by the last so many addresses that the proxies in front have put down.
  const app = new Koa<RequestState>({ proxy: gateway.trustedProxies > 0, maxIpsCount: gateway.trustedProxies });
  // Answers are data: a browser that is shown one as a page loads nothing. Pages say for themselves what they need.
  app.use(helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    // For browsers that are gone, or for what an answer of data does not do: each would be sent with every progress.
    originAgentCluster: false, xDnsPrefetchControl: false, xDownloadOptions: false, xPermittedCrossDomainPolicies: false, xXssProtection: false,
  }));
  app.use(gateway.observe);
  if (gateway.corsOrigins.length > 0) {
    const allowed = new Set(gateway.corsOrigins);
    const origin = (ctx: Context): string => (allowed.has(ctx.get('origin')) ? ctx.get('origin') : '');
    app.use(cors({ origin, exposeHeaders: EXPOSED_HEADERS, maxAge: PREFLIGHT_SECONDS }));
  }
  app.use(errorMiddleware(log));
  app.use(refuseForeignPages({ allowedHosts: gateway.allowedHosts, corsOrigins: gateway.corsOrigins, behindProxy: gateway.trustedProxies > 0 }));
  app.use(router.routes());
  // What reaches Koa itself has been answered, or its client is gone.
  app.on('error', (error: Error) => log.debug({ err: error }, 'Connection failed'));
  return app;
}

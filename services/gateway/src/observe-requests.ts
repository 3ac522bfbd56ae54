/**
 * Every request in figures (rate, errors, duration) and as the beginning, or a part, of a trace.
 */
import type { Middleware } from 'koa';
import { inSpan, remoteParent, SpanKind, type Meter } from '@coursewright/telemetry';
import type { RequestState } from './error-middleware.ts';

/** What no operation has served; paths themselves would be without end. */
const UNKNOWN_ROUTE = 'none';

/** @param routeOf the path of an operation, as it is declared, by what the router found */
export function observeRequests(meter: Meter): Middleware<RequestState> {
  const durations = meter.createHistogram('http.server.request.duration_seconds', { description: 'Requests until they are answered, or their stream has begun.' });
  const active = meter.createUpDownCounter('http.server.active_requests', { description: 'Requests that are being answered.' });
  return async (ctx, next) => {
    const startedAt = performance.now();
    const { method } = ctx;
    active.add(1);
    try {
      const attributes = { 'http.request.method': method, 'url.path': ctx.path };
      await inSpan(method, { kind: SpanKind.SERVER, attributes, parent: remoteParent(ctx.get('traceparent') || undefined) }, async (span) => {
        await next();
        span.updateName(`${method} ${routeOf(ctx.state)}`);
        span.setAttributes({ 'http.route': routeOf(ctx.state), 'http.response.status_code': ctx.status, 'coursewright.request_id': ctx.state.requestId });
      });
    } finally {
      active.add(-1);
      durations.record((performance.now() - startedAt) / 1000, { 'http.request.method': method, 'http.route': routeOf(ctx.state), 'http.response.status_code': ctx.status });
    }
  };
}

function routeOf({ route }: RequestState): string {
  return route ?? UNKNOWN_ROUTE;
}

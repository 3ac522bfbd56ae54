/**
 * Every request in figures (rate, errors, duration) and as the beginning, or a part, of a trace.
 */
import type { Middleware, Next, ParameterizedContext } from 'koa';
import { inSpan, remoteParent, SpanKind, type Meter } from '@coursewright/telemetry';
import type { RequestState } from './error-middleware.ts';

/** What no operation has served; paths themselves would be without end. */
const UNKNOWN_ROUTE = 'none';

/** @param isTraced whether spans go anywhere */
export function observeRequests(meter: Meter, isTraced: boolean): Middleware<RequestState> {
  const durations = meter.createHistogram('http.server.request.duration_seconds', { description: 'Requests until they are answered, or their stream has begun.' });
  let active = 0;
  meter.createObservableGauge('http.server.active_requests', { description: 'Requests that are being answered.' }).addCallback((result) => result.observe(active));
  return async (ctx, next) => {
    const startedAt = performance.now();
    active += 1;
    try {
      await (isTraced ? traced(ctx, next) : next());
    } finally {
      active -= 1;
      durations.record((performance.now() - startedAt) / 1000, { 'http.request.method': ctx.method, 'http.route': routeOf(ctx.state), 'http.response.status_code': ctx.status });
    }
  };
}

async function traced(ctx: ParameterizedContext<RequestState>, next: Next): Promise<void> {
  const { method } = ctx;
  const attributes = { 'http.request.method': method, 'url.path': ctx.path };
  await inSpan(method, { kind: SpanKind.SERVER, attributes, parent: remoteParent(ctx.get('traceparent') || undefined) }, async (span) => {
    await next();
    span.updateName(`${method} ${routeOf(ctx.state)}`);
    span.setAttributes({ 'http.route': routeOf(ctx.state), 'http.response.status_code': ctx.status, 'coursewright.request_id': ctx.state.requestId });
  });
}

function routeOf({ route }: RequestState): string {
  return route ?? UNKNOWN_ROUTE;
}

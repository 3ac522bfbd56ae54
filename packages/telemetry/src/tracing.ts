/**
 * One trace from the request to the last card, across processes: W3C trace context in HTTP headers and in the metadata of events. The API is
 * always there and costs nothing; spans are recorded and sent where a collector is configured.
 */
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace, type Attributes, type Context, type Span, type SpanKind } from '@opentelemetry/api';

export interface Tracing {
  /** Sends what is left. */
  stop(): Promise<void>;
}

export interface SpanSettings {
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Where it belongs, when not to what is going on: as {@link remoteParent} reads it. */
  readonly parent?: Context;
}

/**
 * Starts to record spans, and to send them to a collector by OTLP over HTTP. Once for a process.
 *
 * @param endpoint like http://127.0.0.1:4318
 */
export async function startTracing({ service, instance, endpoint }: { readonly service: string; readonly instance: string; readonly endpoint: string }): Promise<Tracing> {
  // Loaded where somebody collects.
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, { resourceFromAttributes }, { W3CTraceContextPropagator }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/core'),
  ]);
  const exporter = new OTLPTraceExporter({ url: new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `coursewright-${service}`, 'service.instance.id': instance }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1000 })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return { stop: () => provider.shutdown() };
}

/** Runs `work` within a span, which ends with it, and says so when it fails. */
export async function inSpan<Result>(name: string, { kind, attributes, parent = context.active() }: SpanSettings, work: (span: Span) => Promise<Result>): Promise<Result> {
  return trace.getTracer('coursewright').startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The trace context of what is going on, as `traceparent` has it; undefined when nothing is recorded. */
export function currentTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** What a `traceparent` from elsewhere stands for; nothing when it is none. */
export function remoteParent(traceparent: string | undefined): Context {
  return traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
}

/** What a Coursewright process tells those who watch it from outside. */
export { createMetrics, PROMETHEUS_TEXT, type Metrics } from './metrics.ts';
export { observeLog } from './log-figures.ts';
export { observePool } from './pool-figures.ts';
export { observeProcess } from './process-figures.ts';
export { currentTraceparent, inSpan, remoteParent, startTracing, type SpanSettings, type Tracing } from './tracing.ts';
export { createNoopMeter, SpanKind, type Attributes, type Counter, type Histogram, type Meter, type Span } from '@opentelemetry/api';

/** What a Coursewright process tells those who watch it from outside. */
export { observeDatabase, type ObservedPool } from './database-figures.ts';
export { observeProcess } from './process-figures.ts';
export { startTelemetry, type Telemetry, type TelemetrySettings } from './telemetry.ts';
export { currentTraceparent, inSpan, remoteParent, type SpanSettings } from './tracing.ts';
export { createNoopMeter, SpanKind, type Attributes, type Meter } from '@opentelemetry/api';

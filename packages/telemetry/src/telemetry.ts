/**
 * What a process tells of itself: figures from the beginning on, and spans where somebody collects them. Once for a process, but for tests.
 */
import { randomBytes } from 'node:crypto';
import type { Meter } from '@opentelemetry/api';
import { createMetrics, PROMETHEUS_TEXT } from './metrics.ts';
import { observeProcess } from './process-figures.ts';
import { startTracing } from './tracing.ts';

export interface Telemetry {
  /** For whatever else is to be counted. */
  readonly meter: Meter;
  readonly metrics: {
    /** The media type of `text`. */
    readonly type: string;
    /** All figures as they stand, in the text format of Prometheus. What cannot be told at the moment is left out. */
    text(): Promise<string>;
  };
  /** Resolves when spans are recorded, at once where nobody collects. */
  readonly started: Promise<void>;
  /** Sends what is left. Never rejects. */
  stop(): Promise<void>;
}

export interface TelemetrySettings {
  /** As in the log: `gateway`, `generation`, `relay`. */
  readonly service: string;
  /** Unique for every boot; made up when absent. */
  readonly instance?: string;
  /** Where spans are sent, like http://127.0.0.1:4318; undefined: nothing is recorded. */
  readonly endpoint: string | undefined;
}

export function startTelemetry({ service, instance = `${service}-${randomBytes(5).toString('hex')}`, endpoint }: TelemetrySettings): Telemetry {
  const metrics = createMetrics({ service, instance });
  const stopObserving = observeProcess(metrics.meter);
  // Not waited for here: whoever starts has more urgent things to begin.
  const tracing = endpoint === undefined ? undefined : startTracing({ service, instance, endpoint });
  return {
    meter: metrics.meter,
    metrics: { type: PROMETHEUS_TEXT, text: () => metrics.text() },
    started: Promise.resolve(tracing).then(() => undefined),
    async stop() {
      stopObserving();
      await Promise.allSettled([tracing?.then((each) => each.stop()), metrics.stop()]);
    },
  };
}

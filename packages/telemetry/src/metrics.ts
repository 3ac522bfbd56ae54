/**
 * Figures of one process, for Prometheus to fetch. The names are of OpenTelemetry's API; nothing is kept but numbers, and nothing is sent.
 */
import type { Meter } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics';

export interface Metrics {
  readonly meter: Meter;
  /** All figures as they stand, in the text format of Prometheus. What cannot be told at the moment is left out. */
  text(): Promise<string>;
  stop(): Promise<void>;
}

export interface MetricsSettings {
  /** As in the log: `gateway`, `generation`, `relay`. */
  readonly service: string;
  /** Unique for every boot. */
  readonly instance: string;
}

/** From an append to a slow call. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 10, 30, 60, 120];

export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export function createMetrics({ service, instance }: MetricsSettings): Metrics {
  // It starts no server of its own: processes answer on the port that they have.
  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': `coursewright-${service}`, 'service.instance.id': instance }),
    // Units stand in the names, as Prometheus has them.
    views: [{ aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: SECONDS } }, instrumentName: '*.duration_seconds' }],
    readers: [reader],
  });
  return {
    meter: provider.getMeter('coursewright'),
    async text() {
      return serializer.serialize((await reader.collect()).resourceMetrics);
    },
    stop: () => provider.shutdown(),
  };
}

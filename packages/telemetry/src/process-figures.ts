/**
 * How the process itself fares.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

/** Finer than what anybody would call slow. */
const RESOLUTION_MS = 10;

/** Returns how to stop. */
export function observeProcess(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const loop = meter.createObservableGauge('coursewright.event_loop.delay_seconds', {
    description: 'How late the event loop was since the last look, beyond the resolution of the measurement, by quantile.',
  });
  const memory = meter.createObservableGauge('process.memory.usage_bytes', { description: 'Resident memory.' });
  const cpu = meter.createObservableCounter('process.cpu.seconds', { description: 'Processor time, by mode.' });
  const uptime = meter.createObservableGauge('process.uptime_seconds', { description: 'Since the process began.' });
  meter.addBatchObservableCallback((result) => {
    for (const [quantile, nanoseconds] of [['0.5', delay.percentile(50)], ['0.99', delay.percentile(99)], ['1', delay.max]] as const) {
      result.observe(loop, Math.max(nanoseconds / 1e9 - RESOLUTION_MS / 1000, 0), { quantile });
    }
    delay.reset();
    const { user, system } = process.cpuUsage();
    result.observe(memory, process.memoryUsage.rss());
    result.observe(cpu, user / 1e6, { mode: 'user' });
    result.observe(cpu, system / 1e6, { mode: 'system' });
    result.observe(uptime, process.uptime());
  }, [loop, memory, cpu, uptime]);
  return () => void delay.disable();
}

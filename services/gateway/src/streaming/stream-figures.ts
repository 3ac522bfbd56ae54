import type { Meter } from '@coursewright/telemetry';
import type { StreamLimits } from './stream-limits.ts';

/** How many places are taken, told in figures. */
export function observeStreams(meter: Meter, limits: Pick<StreamLimits, 'taken'>): void {
  const open = meter.createObservableGauge('coursewright.streams.open', { description: 'Event streams, and whoever waits for news, that hold a place.' });
  open.addCallback((result) => result.observe(limits.taken()));
}

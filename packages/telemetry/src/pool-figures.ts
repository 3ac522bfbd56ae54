/**
 * How the connections to the database are used.
 */
import type { Meter } from '@opentelemetry/api';

/** What is looked at of node-postgres' pool. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

export function observePool(meter: Meter, pool: PoolCounts): void {
  const connections = meter.createObservableGauge('coursewright.pool.connections', { description: 'Connections to the database, by state.' });
  const waiting = meter.createObservableGauge('coursewright.pool.waiting', { description: 'Who waits for a connection to the database.' });
  meter.addBatchObservableCallback((result) => {
    result.observe(connections, pool.totalCount - pool.idleCount, { state: 'used' });
    result.observe(connections, pool.idleCount, { state: 'idle' });
    result.observe(waiting, pool.waitingCount);
  }, [connections, waiting]);
}

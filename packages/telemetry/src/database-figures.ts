/**
 * What can be told of a database by whoever has a pool of connections to it: how those are used, and how the work as a whole stands.
 */
import type { Meter } from '@opentelemetry/api';
import { observeLog, type FigureRow } from './log-figures.ts';
import { observePool, type PoolCounts } from './pool-figures.ts';

/** What is needed of node-postgres' pool. */
export interface ObservedPool extends PoolCounts {
  query(statement: { readonly name: string; readonly text: string }): Promise<{ readonly rows: readonly unknown[] }>;
}

/** @param log told when the figures of the log cannot be had; they are left out then */
export function observeDatabase(meter: Meter, pool: ObservedPool, log: { warn(fields: object, message: string): void }): void {
  observePool(meter, pool);
  observeLog(
    meter,
    async (text) => (await pool.query({ name: 'figures', text })).rows as readonly FigureRow[],
    (error) => log.warn({ err: error }, 'The figures of the log cannot be told'),
  );
}

/**
 * A lease on a subscription's checkpoint: for as long as it holds, its holder alone delivers the events behind it. Kept by the
 * database's clock. Whoever has lost it is told so when he acknowledges, and what he delivered may be delivered again.
 */
import type pg from 'pg';
import { query, type Transaction } from '@coursewright/postgres';
import type { CheckpointKey, CheckpointView } from './checkpoint.ts';

export interface Lease {
  readonly key: CheckpointKey;
  /** Who holds it: one boot of one process, and no other. */
  readonly holder: string;
  readonly leaseMs: number;
  /** The checkpoint that it is taken on; one that has moved on meanwhile is not taken. */
  readonly position: bigint;
}

const FREE = 'paused_at IS NULL AND (leased_by IS NULL OR leased_by = $3 OR leased_until < clock_timestamp())';
// One statement, so one snapshot: whoever parks a stream moves the checkpoint in the same transaction.
const VIEW = `
  SELECT s.position, ARRAY(SELECT p.stream FROM parked_streams p WHERE p.subscription = s.name AND p.partition = s.partition) AS parked,
         EXISTS (SELECT FROM parked_streams p WHERE p.subscription = s.name AND p.partition = s.partition AND p.asked IS NOT NULL) AS asked
  FROM subscriptions s WHERE name = $1 AND partition = $2 AND ${FREE}`;
const TAKE = `
  UPDATE subscriptions SET leased_by = $3, leased_until = clock_timestamp() + make_interval(secs => $5::integer / 1000.0)
  WHERE name = $1 AND partition = $2 AND position = $4 AND ${FREE}`;
const RENEW = `
  UPDATE subscriptions SET leased_until = clock_timestamp() + make_interval(secs => $4::integer / 1000.0)
  WHERE name = $1 AND partition = $2 AND leased_by = $3`;
const LOCK = 'SELECT FROM subscriptions WHERE name = $1 AND partition = $2 AND leased_by = $3 AND position = $4 FOR UPDATE';
const RELEASE = 'UPDATE subscriptions SET leased_by = NULL, leased_until = NULL WHERE name = $1 AND partition = $2 AND leased_by = $3';
const MOVE = `UPDATE subscriptions SET position = $5, updated_at = clock_timestamp() WHERE name = $1 AND partition = $2 AND position = $4 AND ${FREE}`;

/** How the checkpoint stands, without a lock; undefined while it is paused, or leased to another holder. */
export async function viewCheckpoint(pool: pg.Pool, { name, partition }: CheckpointKey, holder: string): Promise<CheckpointView | undefined> {
  const values = [name, partition, holder];
  const { rows } = await query<{ position: string; parked: string[]; asked: boolean }>(pool, { name: 'lease-view', text: VIEW, values });
  const [row] = rows;
  return row === undefined ? undefined : { position: BigInt(row.position), parked: new Set(row.parked), isAsked: row.asked };
}

/** @returns whether it was free, and is held now */
export async function takeLease(pool: pg.Pool, { key: { name, partition }, holder, leaseMs, position }: Lease): Promise<boolean> {
  return changed(await query(pool, { name: 'lease-take', text: TAKE, values: [name, partition, holder, position, leaseMs] }));
}

/** @returns whether it is still held */
export async function renewLease(pool: pg.Pool, { key: { name, partition }, holder, leaseMs }: Lease): Promise<boolean> {
  return changed(await query(pool, { name: 'lease-renew', text: RENEW, values: [name, partition, holder, leaseMs] }));
}

/** Locks a checkpoint that is still leased to the holder and where it was. By who holds it, not by the clock. */
export async function lockLeased(transaction: Transaction, { key: { name, partition }, holder, position }: Lease): Promise<boolean> {
  return changed(await transaction.query({ name: 'lease-lock', text: LOCK, values: [name, partition, holder, position] }));
}

/** Gives it back. May be called by whoever has lost it. */
export async function releaseLease(pool: pg.Pool, { key: { name, partition }, holder }: Lease): Promise<void> {
  await query(pool, { name: 'lease-release', text: RELEASE, values: [name, partition, holder] });
}

/** Moves a checkpoint that nobody else has leased past what is nobody's business. @returns whether it was there and free */
export async function moveUnleased(pool: pg.Pool, { key: { name, partition }, holder, position }: Lease, to: bigint): Promise<boolean> {
  return changed(await query(pool, { name: 'lease-move', text: MOVE, values: [name, partition, holder, position, to] }));
}

function changed({ rowCount }: pg.QueryResult): boolean {
  return (rowCount ?? 0) > 0;
}

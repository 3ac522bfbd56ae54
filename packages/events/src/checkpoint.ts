/**
 * A subscription's checkpoint: how far its effects are committed. Read and moved in the transaction of those very
 * effects, under a row lock that also makes sure that one process at a time handles a subscription.
 */
import type pg from 'pg';
import { query, type Transaction } from './transaction.ts';

const CREATE = 'INSERT INTO subscriptions (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING';
const LOCK = 'SELECT position FROM subscriptions WHERE name = $1 FOR UPDATE SKIP LOCKED';
const HAS_READ_ALL = `
  SELECT s.position >= (SELECT coalesce(max(p.position), 0) FROM event_positions p) AS all FROM subscriptions s WHERE s.name = $1`;
const MOVE = 'UPDATE subscriptions SET position = $2, updated_at = clock_timestamp() WHERE name = $1';

/** Creates the checkpoint at `from` unless it exists. May be called by many at once. */
export async function createCheckpoint(transaction: Transaction, name: string, from: bigint): Promise<void> {
  await transaction.query({ name: 'checkpoint-create', text: CREATE, values: [name, from] });
}

/** The checkpoint, held until the transaction ends; undefined while another process holds it. */
export async function lockCheckpoint(transaction: Transaction, name: string): Promise<bigint | undefined> {
  const { rows } = await transaction.query<{ position: string }>({
    name: 'checkpoint-lock',
    text: LOCK,
    values: [name],
  });
  return rows[0] === undefined ? undefined : BigInt(rows[0].position);
}

/** Whether a subscription has read all there is. Takes no lock, so that a quiet log costs a look and no write. */
export async function hasReadAll(pool: pg.Pool, name: string): Promise<boolean> {
  const { rows } = await query<{ all: boolean }>(pool, { name: 'checkpoint-peek', text: HAS_READ_ALL, values: [name] });
  return rows[0]?.all ?? false;
}

/** Moves a checkpoint that this transaction holds. */
export async function moveCheckpoint(transaction: Transaction, name: string, to: bigint): Promise<void> {
  await transaction.query({ name: 'checkpoint-move', text: MOVE, values: [name, to] });
}

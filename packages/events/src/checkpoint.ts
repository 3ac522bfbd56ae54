/**
 * A subscription's checkpoint: how far its effects are committed. Read and moved in the transaction of those very
 * effects, under a row lock that also makes sure that one process at a time handles a subscription.
 */
import type { Transaction } from './transaction.ts';

const CREATE = 'INSERT INTO subscriptions (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING';
const LOCK = 'SELECT position FROM subscriptions WHERE name = $1 FOR UPDATE SKIP LOCKED';
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

/** Moves a checkpoint that this transaction holds. */
export async function moveCheckpoint(transaction: Transaction, name: string, to: bigint): Promise<void> {
  await transaction.query({ name: 'checkpoint-move', text: MOVE, values: [name, to] });
}

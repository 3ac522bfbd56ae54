/**
 * A subscription's checkpoint: how far its effects are committed. Read and moved in the transaction of those very
 * effects, under a row lock that also makes sure that one process at a time handles a partition of a subscription.
 */
import type pg from 'pg';
import { query, type Transaction } from '@coursewright/postgres';
import { PartitionsDifferError, ReadBySqlError } from './errors.ts';

/** One partition of a subscription; 0 is the only one of a subscription without partitions. */
export interface CheckpointKey {
  readonly name: string;
  readonly partition: number;
}

/** Where a new subscription begins: with the oldest event, with what comes from now on, or behind a position. */
export type From = 'beginning' | 'now' | bigint;

/** How a checkpoint stands. */
export interface CheckpointView {
  readonly position: bigint;
  /** The streams that are set aside. */
  readonly parked: ReadonlySet<string>;
  /** Whether an operator wants a parked stream to go on. */
  readonly isAsked: boolean;
}

const CREATE = `
  INSERT INTO subscriptions (name, partition, partitions, position, in_order)
  SELECT $1, each, $2, coalesce($3, (SELECT max(p.position) FROM event_positions p), 0), $4 FROM generate_series(0, $2 - 1) each
  ON CONFLICT (name, partition) DO NOTHING`;
const EXISTING = 'SELECT partitions, by_sql, in_order FROM subscriptions WHERE name = $1 LIMIT 1';
const IN_ORDER = 'UPDATE subscriptions SET in_order = $2 WHERE name = $1';
const LOCK = `
  SELECT position FROM subscriptions WHERE name = $1 AND partition = $2 AND paused_at IS NULL FOR UPDATE SKIP LOCKED`;
// A statement of its own, so that it sees what was committed until the lock was held: whoever parks a stream moves the
// checkpoint too, and one statement would give the new checkpoint and the old streams.
const PARKED = 'SELECT stream, asked IS NOT NULL AS asked FROM parked_streams WHERE subscription = $1 AND partition = $2';
const HAS_WORK = `
  SELECT s.paused_at IS NULL AND (
           s.position < (SELECT coalesce(max(p.position), 0) FROM event_positions p)
           OR EXISTS (SELECT FROM parked_streams k WHERE k.subscription = s.name AND k.partition = s.partition AND k.asked IS NOT NULL)
         ) AS work
  FROM subscriptions s WHERE s.name = $1 AND s.partition = $2`;
const MOVE = `
  UPDATE subscriptions SET position = $3, failing_since = NULL, error = NULL, updated_at = clock_timestamp()
  WHERE name = $1 AND partition = $2`;
const NOTE_FAILURE = `
  UPDATE subscriptions SET failing_since = coalesce(failing_since, clock_timestamp()), error = $3 WHERE name = $1 AND partition = $2`;

export interface NewCheckpoints {
  readonly name: string;
  readonly partitions: number;
  readonly from: From;
  /** Whether its streams may not be set aside, for the order of all events counts. */
  readonly inOrder: boolean;
}

/**
 * Creates the checkpoints of a subscription unless they exist. May be called by many at once.
 *
 * @throws PartitionsDifferError when the subscription was made with another number of partitions
 * @throws ReadBySqlError when a consumer of this name reads with `outbox.poll`
 */
export async function createCheckpoints(transaction: Transaction, { name, partitions, from, inOrder }: NewCheckpoints): Promise<void> {
  const position = from === 'beginning' ? 0n : from === 'now' ? null : from;
  await transaction.query({ name: 'checkpoint-create', text: CREATE, values: [name, partitions, position, inOrder] });
  const { rows } = await transaction.query<{ partitions: number; by_sql: boolean; in_order: boolean }>({ name: 'checkpoint-existing', text: EXISTING, values: [name] });
  if (rows[0]?.by_sql === true) throw new ReadBySqlError(name);
  const existing = rows[0]?.partitions ?? partitions;
  if (existing !== partitions) throw new PartitionsDifferError({ subscription: name, partitions, existing });
  if (rows[0]?.in_order !== inOrder) await transaction.query({ name: 'checkpoint-in-order', text: IN_ORDER, values: [name, inOrder] });
}

/** The checkpoint, held until the transaction ends; undefined while another process holds it, or the subscription is paused. */
export async function lockCheckpoint(transaction: Transaction, { name, partition }: CheckpointKey): Promise<CheckpointView | undefined> {
  const values = [name, partition];
  const locked = await transaction.query<{ position: string }>({ name: 'checkpoint-lock', text: LOCK, values });
  const [row] = locked.rows;
  if (row === undefined) return undefined;
  const { rows } = await transaction.query<{ stream: string; asked: boolean }>({ name: 'checkpoint-parked', text: PARKED, values });
  return { position: BigInt(row.position), parked: new Set(rows.map(({ stream }) => stream)), isAsked: rows.some(({ asked }) => asked) };
}

/** Whether there is anything to read, or to do for a parked stream. Takes no lock, so that a quiet log costs a look and no write. */
export async function hasWork(pool: pg.Pool, { name, partition }: CheckpointKey): Promise<boolean> {
  const { rows } = await query<{ work: boolean }>(pool, { name: 'checkpoint-peek', text: HAS_WORK, values: [name, partition] });
  return rows[0]?.work ?? true;
}

/** Moves a checkpoint that this transaction holds. */
export async function moveCheckpoint(transaction: Transaction, { name, partition }: CheckpointKey, to: bigint): Promise<void> {
  await transaction.query({ name: 'checkpoint-move', text: MOVE, values: [name, partition, to] });
}

/** Writes down what a batch failed with, for operators to see; the next one that succeeds wipes it off. */
export async function noteFailure(pool: pg.Pool, { name, partition }: CheckpointKey, error: string): Promise<void> {
  await query(pool, { name: 'checkpoint-failure', text: NOTE_FAILURE, values: [name, partition, error] });
}

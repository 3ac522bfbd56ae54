/**
 * Streams that a subscription has set aside, because one of their events fails again and again. One poison event then costs
 * its own stream, until somebody has it tried again or skipped, and no other.
 */
import type { Transaction } from '@coursewright/postgres';
import type { CheckpointKey } from './checkpoint.ts';
import type { EventStore } from './event-store.ts';
import { subscriptionStream, type StreamName } from './stream-name.ts';
import type { SubscriptionEvent } from './subscription-events.ts';

/** A parked stream that an operator wants to go on. */
export interface AskedStream {
  readonly stream: StreamName;
  /** The event that failed: its position, and its version in the stream. */
  readonly position: bigint;
  readonly version: number;
  readonly attempts: number;
  readonly asked: 'retry' | 'skip';
}

const ASKED = `
  SELECT p.stream, p.position, e.version, p.attempts, p.asked FROM parked_streams p
  JOIN events e ON e.position = p.position
  WHERE p.subscription = $1 AND p.partition = $2 AND p.asked IS NOT NULL
  ORDER BY p.position LIMIT 1`;
const PARK = `
  INSERT INTO parked_streams (subscription, partition, stream, position, attempts, error) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (subscription, stream) DO UPDATE
  SET position = excluded.position, attempts = excluded.attempts, error = excluded.error, parked_at = clock_timestamp(), asked = NULL, unpark_by = 'retry'`;
const UNPARK = 'DELETE FROM parked_streams WHERE subscription = $1 AND stream = $2';
const VERSION = 'SELECT coalesce(max(version), 0) AS version FROM recorded_events WHERE stream = $1';

/** The first parked stream of this partition for which an operator has asked for something. */
export async function nextAsked(transaction: Transaction, { name, partition }: CheckpointKey): Promise<AskedStream | undefined> {
  const { rows } = await transaction.query<{ stream: StreamName; position: string; version: number; attempts: number; asked: 'retry' | 'skip' }>({
    name: 'parked-asked',
    text: ASKED,
    values: [name, partition],
  });
  const [row] = rows;
  return row === undefined ? undefined : { ...row, position: BigInt(row.position) };
}

/** Sets the event's stream aside, for good or for longer, and says so in the log. */
export async function park(
  transaction: Transaction,
  store: EventStore,
  { name, partition }: CheckpointKey,
  { stream, position }: { readonly stream: StreamName; readonly position: bigint },
  { attempts, error }: { readonly attempts: number; readonly error: string },
): Promise<void> {
  await transaction.query({ name: 'parked-park', text: PARK, values: [name, partition, stream, position, attempts, error] });
  await record(transaction, store, name, { type: 'StreamParked', data: { stream, position: Number(position), attempts, error } });
}

/** Lets a stream go on with the others, and says so in the log. */
export async function unpark(
  transaction: Transaction,
  store: EventStore,
  { name }: CheckpointKey,
  { stream, position }: AskedStream,
): Promise<void> {
  await transaction.query({ name: 'parked-unpark', text: UNPARK, values: [name, stream] });
  await record(transaction, store, name, { type: 'StreamUnparked', data: { stream, position: Number(position) } });
}

async function record(transaction: Transaction, store: EventStore, name: string, event: SubscriptionEvent): Promise<void> {
  const stream = subscriptionStream(name);
  const { rows } = await transaction.query<{ version: number }>({ name: 'parked-version', text: VERSION, values: [stream] });
  const metadata = { correlation_id: stream, causation_id: null, actor: name, via: 'subscription' };
  await store.appendToStreams([{ stream, expectedVersion: rows[0]?.version ?? 0, events: [event], metadata }], transaction);
}

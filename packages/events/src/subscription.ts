/**
 * A durable subscription: hands every event of the log to a handler, in order of position, and keeps how far it is.
 *
 *   `handle`    Effects in this database. They commit together with the checkpoint, so they happen exactly once, whoever dies when.
 *   `deliver`   Effects outside: a message, a request. They happen at least once: what was delivered when its process died, or its
 *               lease ran out, is delivered again, with the same position to tell it by.
 *
 * An event that fails again and again parks its stream: it is set aside, the others go on, and operators have it tried again
 * or skipped (`ops.parked_streams`). They also pause, resume and rewind a subscription, from psql and while it runs.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { inTransaction } from '@coursewright/postgres';
import type { BatchMemory, BatchResult, BatchSettings } from './batch.ts';
import { createCheckpoints, type CheckpointKey, type From } from './checkpoint.ts';
import { handleBatch, type Handle } from './committed-batch.ts';
import { deliverBatch, type Deliver } from './delivered-batch.ts';
import type { EventType, RecordedEvent, UndecodedEvent } from './event.ts';
import { decodedEvents, undecodedEvents, type EventSource, type LocatedEvent } from './event-source.ts';
import type { EventStore } from './event-store.ts';
import type { LogListener } from './log-listener.ts';
import { startPartitionReader } from './partition-reader.ts';
import { subscriptionStream, type StreamCategory } from './stream-name.ts';

interface CommonSettings {
  /** Names the checkpoint: all processes with this name share the work, one at a time for each partition. */
  readonly name: string;
  /** Only these types reach the handler; all when absent. */
  readonly types?: readonly EventType[];
  /** Only events of streams of these categories reach the handler; all when absent. */
  readonly categories?: readonly StreamCategory[];
  /** Where it begins when it is new; `beginning` when absent. */
  readonly from?: From;
  /**
   * In how many parts the streams are handled side by side, 1 to 64; 1 when absent. The order is kept within a part, and a course
   * and its nodes are in the same one. Fixed when the subscription is made.
   */
  readonly partitions?: number;
  /** Positions looked at in one batch, at most. */
  readonly batchSize: number;
  /** How often an event may fail before its stream is parked; 5 when absent. Trouble with the database does not count. */
  readonly attempts?: number;
  /** Told of each failed batch; it is tried again after a pause. */
  readonly onError: (error: unknown) => void;
}

/** Exactly once, into this database. */
export interface HandlingSettings<Event = RecordedEvent> extends CommonSettings {
  /** Handles a batch, in the transaction of the checkpoint. Rejecting leaves both as they were. */
  readonly handle: Handle<Event>;
}

/** At least once, to anywhere. */
export interface DeliveringSettings<Event = RecordedEvent> extends CommonSettings {
  /** Delivers a batch, in no transaction. Its events count as done once it resolves; rejecting has all of them delivered again. */
  readonly deliver: Deliver<Event>;
  /**
   * Whether the order of all events counts, and not that within a stream alone: then an event that fails holds up all that come
   * behind it, and no stream is ever parked, by hand neither. False when absent.
   */
  readonly inOrder?: boolean;
  /** Whether the destination is away, rather than an event at fault: it is then tried for as long as it takes, and nothing is parked. */
  readonly isOutage?: (error: unknown) => boolean;
  /** For how long the others wait for a process that has died in the middle, in milliseconds; 10,000 when absent. Renewed while it delivers. */
  readonly leaseMs?: number;
}

export type SubscriptionSettings<Event = RecordedEvent> = HandlingSettings<Event> | DeliveringSettings<Event>;

export interface SubscriptionParts {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly listener: LogListener;
}

export interface Subscription {
  /** Ends after the batches in hand. */
  stop(): Promise<void>;
}

const ATTEMPTS = 5;
const LEASE_MS = 10_000;

/**
 * Starts from the checkpoint, or where `from` says when there is none yet. That the number of partitions differs from the one
 * it was made with is told to `onError`, again and again, and nothing is handled.
 *
 * @throws InvalidStreamNameError when the name is none of a subscription
 */
export function subscribe(parts: SubscriptionParts, settings: SubscriptionSettings): Subscription {
  return start(parts, decodedEvents(parts.store), settings);
}

/**
 * The same for a handler that takes events as they stand in the log, and so is never stopped by one that this program cannot
 * decode.
 */
export function subscribeUndecoded(parts: SubscriptionParts, settings: SubscriptionSettings<UndecodedEvent>): Subscription {
  return start(parts, undecodedEvents(parts.store), settings);
}

function start<Event extends LocatedEvent>(
  { pool, store, listener }: SubscriptionParts,
  source: EventSource<Event>,
  settings: SubscriptionSettings<Event>,
): Subscription {
  const { name, from = 'beginning', partitions = 1, attempts = ATTEMPTS, types, categories, batchSize, onError } = settings;
  subscriptionStream(name);
  const stopping = new AbortController();
  const inOrder = 'deliver' in settings && settings.inOrder === true;
  const isOutage = inOrder ? () => true : 'deliver' in settings ? (settings.isOutage ?? (() => false)) : () => false;
  const prepare = (): Promise<void> => inTransaction(pool, (transaction) => createCheckpoints(transaction, { name, partitions, from, inOrder }));

  function nextBatch(key: CheckpointKey, batch: BatchSettings, holder: string, memory: BatchMemory): Promise<BatchResult | undefined> {
    if ('handle' in settings) return handleBatch({ pool, store, source }, key, batch, settings.handle, memory);
    const { deliver, leaseMs = LEASE_MS } = settings;
    return deliverBatch({ pool, store, source }, key, batch, { deliver, isOutage, holder, leaseMs, stopping: stopping.signal }, memory);
  }

  const readers = Array.from({ length: partitions }, (_, index) => {
    const key = { name, partition: index };
    const partition = partitions === 1 ? undefined : { index, of: partitions };
    const batch: BatchSettings = { types, categories, batchSize, attempts, partition, inOrder };
    const holder = randomUUID();
    return startPartitionReader({
      pool, listener, key, prepare, isOutage, onError,
      nextBatch: (memory) => nextBatch(key, batch, holder, memory),
    });
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(readers.map((reader) => reader.stop()));
    },
  };
}

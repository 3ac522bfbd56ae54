/**
 * A durable subscription: hands every event of the log to a handler, in order of position, and commits the handler's
 * effects and the checkpoint together. So an event's effects in Postgres happen exactly once, whoever dies when.
 *
 * Effects outside Postgres, or in other transactions, happen at least once: a handler that fails, or whose process
 * dies before the commit, is given the same events again.
 *
 * An event that fails again and again parks its stream: it is set aside, the others go on, and operators have it tried again
 * or skipped (`ops.parked_streams`). They also pause, resume and rewind a subscription, from psql and while it runs.
 */
import type pg from 'pg';
import { createCheckpoints, type From } from './checkpoint.ts';
import type { EventType, RecordedEvent } from './event.ts';
import type { EventStore } from './event-store.ts';
import type { LogListener } from './log-listener.ts';
import { startPartitionReader } from './partition-reader.ts';
import { subscriptionStream, type StreamCategory } from './stream-name.ts';
import { inTransaction, type Transaction } from './transaction.ts';

export interface SubscriptionSettings {
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
  /** Positions looked at in one transaction, at most. */
  readonly batchSize: number;
  /** How often an event may fail before its stream is parked; 5 when absent. Trouble with the database does not count. */
  readonly attempts?: number;
  /** Handles a batch, in the transaction of the checkpoint. Rejecting leaves both as they were. */
  readonly handle: (events: readonly RecordedEvent[], transaction: Transaction) => Promise<void>;
  /** Told of each failed batch; it is tried again after a pause. */
  readonly onError: (error: unknown) => void;
}

export interface Subscription {
  /** Ends after the batches in hand. */
  stop(): Promise<void>;
}

const ATTEMPTS = 5;

/**
 * Starts from the checkpoint, or where `from` says when there is none yet. That the number of partitions differs from the one
 * it was made with is told to `onError`, again and again, and nothing is handled.
 *
 * @throws InvalidStreamNameError when the name is none of a subscription
 */
export function subscribe(
  { pool, store, listener }: { pool: pg.Pool; store: EventStore; listener: LogListener },
  settings: SubscriptionSettings,
): Subscription {
  const { name, from = 'beginning', partitions = 1, attempts = ATTEMPTS } = settings;
  subscriptionStream(name);
  const prepare = (): Promise<void> => inTransaction(pool, (transaction) => createCheckpoints(transaction, name, partitions, from));
  const readers = Array.from({ length: partitions }, (_, index) =>
    startPartitionReader({
      pool,
      store,
      listener,
      key: { name, partition: index },
      partition: partitions === 1 ? undefined : { index, of: partitions },
      prepare,
      settings: { ...settings, attempts },
    }),
  );
  return {
    async stop() {
      await Promise.all(readers.map((reader) => reader.stop()));
    },
  };
}

/**
 * A durable subscription: hands every event of the log to a handler, in order of position, and commits the handler's
 * effects and the checkpoint together. So an event's effects in Postgres happen exactly once, whoever dies when.
 *
 * Effects outside Postgres, or in other transactions, happen at least once: a handler that fails, or whose process
 * dies before the commit, is given the same events again.
 */
import type pg from 'pg';
import { createCheckpoint, hasReadAll, lockCheckpoint, moveCheckpoint } from './checkpoint.ts';
import type { EventType, RecordedEvent } from './event.ts';
import type { EventStore } from './event-store.ts';
import type { LogListener } from './log-listener.ts';
import { inTransaction, type Transaction } from './transaction.ts';

export interface SubscriptionSettings {
  /** Names the checkpoint: all processes with this name share the work, one at a time. */
  readonly name: string;
  /** Only these types reach the handler. */
  readonly types: readonly EventType[];
  /** Positions looked at in one transaction, at most. */
  readonly batchSize: number;
  /** Handles a batch, in the transaction of the checkpoint. Rejecting leaves both as they were. */
  readonly handle: (events: readonly RecordedEvent[], transaction: Transaction) => Promise<void>;
  /** Told of each failed batch; it is tried again after a pause. */
  readonly onError: (error: unknown) => void;
}

export interface Subscription {
  /** Ends after the batch in hand. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const SLOWEST_RETRY_MS = 5000;

/** Starts from the checkpoint; from the beginning of the log when there is none yet. */
export function subscribe(
  { pool, store, listener }: { pool: pg.Pool; store: EventStore; listener: LogListener },
  settings: SubscriptionSettings,
): Subscription {
  let stopping = false;
  let awake = true;
  /** Everything up to here was looked at by this process; what the handler wanted of it is committed. */
  let passedOver = 0n;
  let lastCheckpoint = 0n;
  let wakeUp = (): void => undefined;
  const unlisten = listener.onWake('events', () => {
    awake = true;
    wakeUp();
  });

  /** @returns whether there may be more to read at once */
  async function handleBatch(): Promise<boolean> {
    if (await hasReadAll(pool, settings.name)) return false;
    const page = await inTransaction(pool, async (transaction) => {
      const checkpoint = await lockCheckpoint(transaction, settings.name);
      if (checkpoint === undefined) return undefined; // Another process is at it; its commit moves us all on.
      // Whoever set the checkpoint back wants those events handled again.
      const after = checkpoint < lastCheckpoint || checkpoint > passedOver ? checkpoint : passedOver;
      const { events, readUpTo } = await store.readAll(
        { after, limit: settings.batchSize, types: settings.types },
        transaction,
      );
      if (events.length > 0) await settings.handle(events, transaction);
      // A commit for events that are nobody's business is saved, until there are many of them or it is quiet.
      const isQuiet = readUpTo === after;
      const isWorthwhile = events.length > 0 || readUpTo - checkpoint >= BigInt(settings.batchSize) || isQuiet;
      if (!isWorthwhile || readUpTo === checkpoint) return { checkpoint, after, readUpTo };
      await moveCheckpoint(transaction, settings.name, readUpTo);
      return { checkpoint: readUpTo, after, readUpTo };
    });
    if (page === undefined) return false;
    // Only now, for what was not committed must be looked at again.
    passedOver = page.readUpTo;
    lastCheckpoint = page.checkpoint;
    return page.readUpTo - page.after >= BigInt(settings.batchSize);
  }

  async function run(): Promise<void> {
    let created = false;
    let retryMs = FIRST_RETRY_MS;
    while (!stopping) {
      try {
        if (!created) {
          await inTransaction(pool, (transaction) => createCheckpoint(transaction, settings.name, 0n));
          created = true;
        }
        awake = false;
        const more = await handleBatch();
        retryMs = FIRST_RETRY_MS;
        if (!more && !awake && !stopping) await sleep();
      } catch (error) {
        passedOver = 0n; // After trouble with the database nothing is taken for granted.
        settings.onError(error);
        await sleep(retryMs);
        retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS);
      }
    }
  }

  /** Until woken; or, with a limit, for that long however often it is woken. */
  function sleep(limitMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
      wakeUp = () => {
        if (timer !== undefined && !stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    async stop() {
      stopping = true;
      unlisten();
      wakeUp();
      await running;
    },
  };
}

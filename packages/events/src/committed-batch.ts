/**
 * One batch of a subscription whose effects are rows in this database: all in the transaction of its checkpoint.
 */
import type pg from 'pg';
import { inTransaction, isTransientDatabaseError, type Transaction } from '@coursewright/postgres';
import { readPage, resultOf, settle, settleParked, whereToReadOn, workThrough, workThroughParked, type BatchMemory, type BatchResult, type BatchSettings, type Handling } from './batch.ts';
import { lockCheckpoint, type CheckpointKey } from './checkpoint.ts';
import type { EventSource, LocatedEvent } from './event-source.ts';
import type { EventStore } from './event-store.ts';
import { nextAsked } from './parked-streams.ts';

/** Handles events in a transaction; rejecting undoes what it did there. */
export type Handle<Event> = (events: readonly Event[], transaction: Transaction) => Promise<void>;

/** Undefined when there is nothing to do here: another process is at it, or the subscription is paused. */
export async function handleBatch<Event extends LocatedEvent>(
  { pool, store, source }: { readonly pool: pg.Pool; readonly store: EventStore; readonly source: EventSource<Event> },
  key: CheckpointKey,
  settings: BatchSettings,
  handle: Handle<Event>,
  memory: BatchMemory,
): Promise<BatchResult | undefined> {
  return inTransaction(pool, async (transaction) => {
    const locked = await lockCheckpoint(transaction, key);
    if (locked === undefined) return undefined;
    const after = whereToReadOn(locked.position, memory);
    const handling = handlingIn(transaction, handle);

    const asked = locked.isAsked ? await nextAsked(transaction, key) : undefined;
    if (asked !== undefined) {
      await settleParked(transaction, store, key, asked, await workThroughParked(source, asked, after, settings, handling, transaction));
      return { readUpTo: after, checkpoint: locked.position, more: true };
    }

    const page = await readPage(source, after, settings, transaction);
    const progress = await workThrough(page, locked.parked, settings, memory, handling);
    const result = resultOf(page, after, locked.position, progress, settings);
    if (result.checkpoint !== locked.position) await settle(transaction, store, key, progress, result);
    return result;
  });
}

function handlingIn<Event>(transaction: Transaction, handle: Handle<Event>): Handling<Event> {
  return {
    together: (events) => handle(events, transaction),
    // Under a savepoint: the transaction then stands as before the event.
    async alone(event) {
      await transaction.query('SAVEPOINT one_event');
      try {
        await handle([event], transaction);
        await transaction.query('RELEASE SAVEPOINT one_event');
        return undefined;
      } catch (error) {
        if (isTransientDatabaseError(error)) throw error;
        await transaction.query('ROLLBACK TO SAVEPOINT one_event');
        return { error };
      }
    },
    isOutage: () => false,
  };
}

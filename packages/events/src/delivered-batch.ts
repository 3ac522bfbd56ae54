/**
 * One batch of a subscription whose effects happen outside this database: a message, a request to somebody's server. No
 * transaction is open meanwhile. A lease on the checkpoint keeps the others out, and is renewed until all is delivered; when its
 * holder dies, it runs out, and the next one delivers the same events again. So each event arrives at least once.
 */
import type pg from 'pg';
import { inTransaction, isTransientDatabaseError, type Transaction } from '@coursewright/postgres';
import { readPage, resultOf, settle, settleParked, whereToReadOn, workThrough, workThroughParked, type BatchMemory, type BatchResult, type BatchSettings, type Handling } from './batch.ts';
import type { CheckpointKey } from './checkpoint.ts';
import { LeaseLostError } from './errors.ts';
import type { EventSource, LocatedEvent } from './event-source.ts';
import type { EventStore } from './event-store.ts';
import { nextAsked } from './parked-streams.ts';
import { lockLeased, moveUnleased, releaseLease, renewLease, takeLease, viewCheckpoint, type Lease } from './subscription-lease.ts';

/** Delivers events; rejecting has them delivered again. `signal` aborts when the lease is lost, or the subscription stops. */
export type Deliver<Event> = (events: readonly Event[], signal: AbortSignal) => Promise<void>;

export interface Delivery<Event> {
  readonly deliver: Deliver<Event>;
  readonly isOutage: (error: unknown) => boolean;
  readonly holder: string;
  readonly leaseMs: number;
  /** Aborts when the subscription stops. */
  readonly stopping: AbortSignal;
}

/**
 * Undefined when there is nothing to do here: another process is at it, or the subscription is paused.
 *
 * @throws LeaseLostError when somebody else went on, or an operator rewound it, before the events were acknowledged
 */
export async function deliverBatch<Event extends LocatedEvent>(
  { pool, store, source }: { readonly pool: pg.Pool; readonly store: EventStore; readonly source: EventSource<Event> },
  key: CheckpointKey,
  settings: BatchSettings,
  delivery: Delivery<Event>,
  memory: BatchMemory,
): Promise<BatchResult | undefined> {
  const view = await viewCheckpoint(pool, key, delivery.holder);
  if (view === undefined) return undefined;
  const after = whereToReadOn(view.position, memory);
  const lease: Lease = { key, holder: delivery.holder, leaseMs: delivery.leaseMs, position: view.position };

  const asked = view.isAsked ? await inTransaction(pool, (transaction) => nextAsked(transaction, key)) : undefined;
  if (asked !== undefined) {
    return underLease(pool, lease, delivery, async (handling, acknowledge) => {
      const poison = await workThroughParked(source, asked, after, settings, handling);
      await acknowledge((transaction) => settleParked(transaction, store, key, asked, poison));
      return { readUpTo: after, checkpoint: view.position, more: true };
    });
  }

  const page = await readPage(source, after, settings);
  if (page.events.length === 0 && page.undecodable === undefined) {
    const result = resultOf(page, after, view.position, { poisons: [] }, settings);
    const isMoved = result.checkpoint === view.position || (await moveUnleased(pool, lease, result.checkpoint));
    return isMoved ? result : undefined;
  }
  return underLease(pool, lease, delivery, async (handling, acknowledge) => {
    const progress = await workThrough(page, view.parked, settings, memory, handling);
    const result = resultOf(page, after, view.position, progress, settings);
    await acknowledge((transaction) => settle(transaction, store, key, progress, result));
    return result;
  });
}

type Acknowledge = (write: (transaction: Transaction) => Promise<void>) => Promise<void>;

/** Undefined when the lease could not be had. */
async function underLease<Event>(
  pool: pg.Pool,
  lease: Lease,
  delivery: Delivery<Event>,
  work: (handling: Handling<Event>, acknowledge: Acknowledge) => Promise<BatchResult>,
): Promise<BatchResult | undefined> {
  const takenAtMs = performance.now();
  if (!(await takeLease(pool, lease))) return undefined;
  const lost = new AbortController();
  const lose = (): void => lost.abort(new LeaseLostError(lease.key.name));
  let isOver = false;
  let expiry: NodeJS.Timeout | undefined;
  // By our own clock too, from when it was asked for: whoever cannot reach the database must not deliver beside the next holder.
  const believeSince = (askedAtMs: number): void => {
    clearTimeout(expiry);
    if (!isOver) expiry = setTimeout(lose, lease.leaseMs - (performance.now() - askedAtMs));
  };
  believeSince(takenAtMs);
  // A renewal that fails for want of a database says nothing: there may be time for another.
  const renewing = setInterval(() => {
    const askedAtMs = performance.now();
    renewLease(pool, lease).then((isHeld) => (isHeld ? believeSince(askedAtMs) : lose()), () => undefined);
  }, lease.leaseMs / 3);
  try {
    const result = await work(handlingBy(delivery, AbortSignal.any([lost.signal, delivery.stopping])), (write) =>
      inTransaction(pool, async (transaction) => {
        if (!(await lockLeased(transaction, lease))) throw new LeaseLostError(lease.key.name);
        await write(transaction);
      }),
    );
    return result;
  } catch (error) {
    if (lost.signal.aborted) throw lost.signal.reason as Error;
    // Ended by an ordered stop: no failure of anybody's. What was not acknowledged is delivered by the next.
    if (delivery.stopping.aborted) return undefined;
    throw error;
  } finally {
    isOver = true;
    clearInterval(renewing);
    clearTimeout(expiry);
    await releaseLease(pool, lease).catch(() => undefined); // It runs out by itself.
  }
}

function handlingBy<Event>({ deliver, isOutage }: Delivery<Event>, signal: AbortSignal): Handling<Event> {
  return {
    together: (events) => deliver(events, signal),
    async alone(event) {
      try {
        await deliver([event], signal);
        return undefined;
      } catch (error) {
        if (signal.aborted || isTransientDatabaseError(error)) throw error;
        return { error };
      }
    },
    isOutage,
  };
}

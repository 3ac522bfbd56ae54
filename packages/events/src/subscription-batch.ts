/**
 * One batch of a subscription, in the transaction of its checkpoint. Usually all its events are handled together. After a
 * failure they are handled one by one, each under a savepoint, so that it comes out which one fails, and what comes before it
 * is kept.
 */
import { lockCheckpoint, moveCheckpoint, type CheckpointKey, type LockedCheckpoint } from './checkpoint.ts';
import { isTransientDatabaseError } from './database-errors.ts';
import type { EventType, RecordedEvent } from './event.ts';
import type { EventStore, Partition } from './event-store.ts';
import { nextAsked, park, unpark, type AskedStream } from './parked-streams.ts';
import type { StreamCategory } from './stream-name.ts';
import type { Transaction } from './transaction.ts';

export interface BatchSettings {
  readonly types?: readonly EventType[] | undefined;
  readonly categories?: readonly StreamCategory[] | undefined;
  readonly batchSize: number;
  readonly attempts: number;
  readonly handle: (events: readonly RecordedEvent[], transaction: Transaction) => Promise<void>;
}

/** What this process remembers of a partition between batches. Losing it costs time and nothing else. */
export interface BatchMemory {
  /** Everything up to here was looked at by this process; what the handler wanted of it is committed. */
  passedOver: bigint;
  lastCheckpoint: bigint;
  /** How often each event has failed, by position. While there is one, events are handled one by one. */
  readonly failures: Map<bigint, number>;
  isCautious: boolean;
}

export function newBatchMemory(): BatchMemory {
  return { passedOver: 0n, lastCheckpoint: 0n, failures: new Map(), isCautious: false };
}

/** What a batch came to; nothing of it counts before its transaction has committed. */
export interface BatchResult {
  /** How far everything was looked at. */
  readonly readUpTo: bigint;
  readonly checkpoint: bigint;
  /** Whether there may be more to read at once. */
  readonly more: boolean;
  /** What the event behind `readUpTo` failed with, when that ended the batch. What comes before it is done. */
  readonly failure?: unknown;
}

/** Undefined when there is nothing to do here: another process is at it, or the subscription is paused. */
export async function handleBatch(
  transaction: Transaction,
  store: EventStore,
  key: CheckpointKey,
  partition: Partition | undefined,
  settings: BatchSettings,
  memory: BatchMemory,
): Promise<BatchResult | undefined> {
  const locked = await lockCheckpoint(transaction, key);
  if (locked === undefined) return undefined;
  // Whoever set the checkpoint back wants those events handled again.
  const wasSetBack = locked.position < memory.lastCheckpoint;
  const after = wasSetBack || locked.position > memory.passedOver ? locked.position : memory.passedOver;

  const asked = locked.isAsked ? await nextAsked(transaction, key) : undefined;
  if (asked !== undefined) {
    await goOnWithParked(transaction, store, key, settings, asked, after);
    return { readUpTo: after, checkpoint: locked.position, more: true };
  }

  const { types, categories, batchSize } = settings;
  const { events, readUpTo: pageEnd } = await store.readAll({ after, limit: batchSize, types, categories, partition }, transaction);
  const { done, failure } = await handleEvents(transaction, store, key, settings, memory, locked, events);
  const readUpTo = done ?? pageEnd;
  // A commit for events that are nobody's business is saved, until there are many of them or it is quiet. Events of a parked
  // stream are its business: whoever unparks it reads up to the checkpoint.
  const isQuiet = readUpTo === after;
  const isWorthwhile = events.length > 0 || readUpTo - locked.position >= BigInt(batchSize) || isQuiet;
  const more = failure !== undefined || readUpTo - after >= BigInt(batchSize);
  if (!isWorthwhile || readUpTo === locked.position) return { readUpTo, checkpoint: locked.position, more, failure };
  await moveCheckpoint(transaction, key, readUpTo);
  return { readUpTo, checkpoint: readUpTo, more, failure };
}

/** @returns `done`: the last position before the event that ended the batch, when one did */
async function handleEvents(
  transaction: Transaction,
  store: EventStore,
  key: CheckpointKey,
  settings: BatchSettings,
  memory: BatchMemory,
  { parked }: LockedCheckpoint,
  events: readonly RecordedEvent[],
): Promise<{ readonly done?: bigint; readonly failure?: unknown }> {
  const setAside = new Set(parked);
  const wanted = events.filter(({ stream }) => !setAside.has(stream));
  if (wanted.length === 0) return {};
  if (!memory.isCautious) {
    await settings.handle(wanted, transaction);
    return {};
  }
  for (const event of wanted) {
    if (setAside.has(event.stream)) continue; // Parked just now.
    const failure = await handleAlone(transaction, settings, event);
    if (failure === undefined) continue;
    const attempts = (memory.failures.get(event.position) ?? 0) + 1;
    memory.failures.set(event.position, attempts);
    if (attempts < settings.attempts) return { done: event.position - 1n, failure: failure.error };
    await park(transaction, store, key, event, { attempts, error: describe(failure.error) });
    setAside.add(event.stream);
  }
  return {};
}

/** Handles what waits in a parked stream up to where the subscription is; an event that fails parks it again. */
async function goOnWithParked(
  transaction: Transaction,
  store: EventStore,
  key: CheckpointKey,
  settings: BatchSettings,
  asked: AskedStream,
  upTo: bigint,
): Promise<void> {
  const first = asked.asked === 'retry' ? asked.position : asked.position + 1n;
  const events = await store.readStream(asked.stream, 1, transaction);
  for (const event of events) {
    const isWanted = settings.types === undefined || settings.types.includes(event.type);
    if (event.position < first || event.position > upTo || !isWanted) continue;
    const failure = await handleAlone(transaction, settings, event);
    if (failure === undefined) continue;
    const attempts = event.position === asked.position ? asked.attempts + 1 : 1;
    await park(transaction, store, key, event, { attempts, error: describe(failure.error) });
    return;
  }
  await unpark(transaction, store, key, asked);
}

/** @returns what it failed with; the transaction then stands as before it */
async function handleAlone(transaction: Transaction, { handle }: BatchSettings, event: RecordedEvent): Promise<{ readonly error: unknown } | undefined> {
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
}

/** What an operator is shown of an error: one line, and no more than fits on it. */
export function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 500) || 'an error without a message';
}

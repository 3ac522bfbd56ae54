/**
 * What every batch of a subscription comes down to, whether its effects commit with the checkpoint or happen outside: which
 * events it has before it, which of them are done, and which streams are set aside because one of their events fails again and
 * again. Usually all events are handled together. After a failure they are handled one by one, so that it comes out which one
 * fails, and what comes before it is kept.
 */
import type { Transaction } from '@coursewright/postgres';
import { moveCheckpoint, type CheckpointKey } from './checkpoint.ts';
import type { EventType } from './event.ts';
import type { EventSource, LocatedEvent } from './event-source.ts';
import type { EventStore, LogPage, Partition } from './event-store.ts';
import { park, unpark, type AskedStream } from './parked-streams.ts';
import { categoryOf, type StreamCategory, type StreamName } from './stream-name.ts';

/** Which events a subscription wants, and how it takes them. */
export interface BatchSettings {
  readonly types?: readonly EventType[] | undefined;
  readonly categories?: readonly StreamCategory[] | undefined;
  readonly partition: Partition | undefined;
  readonly batchSize: number;
  readonly attempts: number;
  /** Whether an event that fails holds up all behind it; its stream is then not set aside. */
  readonly inOrder: boolean;
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

/** What a batch came to; nothing of it counts before it is committed. */
export interface BatchResult {
  /** How far everything was looked at. */
  readonly readUpTo: bigint;
  readonly checkpoint: bigint;
  /** Whether there may be more to read at once. */
  readonly more: boolean;
  /** What the event behind `readUpTo` failed with, when that ended the batch. What comes before it is done. */
  readonly failure?: unknown;
}

/** How events are handled. */
export interface Handling<Event> {
  /** Rejects with what the events failed with. */
  readonly together: (events: readonly Event[]) => Promise<void>;
  /** Resolves with what it failed with, everything as before it; rejects when no event is to blame. */
  readonly alone: (event: Event) => Promise<{ readonly error: unknown } | undefined>;
  /** Whether the destination is to blame, and no event: then nothing is set aside, however often it fails. */
  readonly isOutage: (error: unknown) => boolean;
}

/** An event that will not be handled for now; its stream is set aside. */
export interface Poison {
  readonly event: { readonly stream: StreamName; readonly position: bigint };
  readonly attempts: number;
  readonly error: unknown;
}

/** How far a batch got. */
export interface Progress {
  /** The last position before the event that ended the batch, when one did. */
  readonly done?: bigint;
  readonly failure?: unknown;
  readonly poisons: readonly Poison[];
}

/** From where to read on. Whoever set the checkpoint back wants those events handled again. */
export function whereToReadOn(position: bigint, memory: BatchMemory): bigint {
  const wasSetBack = position < memory.lastCheckpoint;
  return wasSetBack || position > memory.passedOver ? position : memory.passedOver;
}

export async function readPage<Event>(source: EventSource<Event>, after: bigint, settings: BatchSettings, transaction?: Transaction): Promise<LogPage<Event>> {
  const { types, categories, partition, batchSize } = settings;
  return source.readAll({ after, limit: batchSize, types, categories, partition }, transaction);
}

/** Handles the events of a page but for those of parked streams. */
export async function workThrough<Event extends LocatedEvent>(
  { events, undecodable }: LogPage<Event>,
  parked: ReadonlySet<string>,
  { attempts: mostAttempts, inOrder }: BatchSettings,
  memory: BatchMemory,
  handling: Handling<Event>,
): Promise<Progress> {
  const setAside = new Set(parked);
  const poisons: Poison[] = [];
  /** @returns whether it may be tried again, and ends the batch */
  const countFailure = (event: Poison['event'], error: unknown): boolean => {
    const attempts = (memory.failures.get(event.position) ?? 0) + 1;
    memory.failures.set(event.position, attempts);
    if (attempts < mostAttempts) return true;
    poisons.push({ event, attempts, error });
    setAside.add(event.stream);
    return false;
  };

  const wanted = events.filter(({ stream }) => !setAside.has(stream));
  if (!memory.isCautious) {
    if (wanted.length > 0) await handling.together(wanted);
  } else {
    for (const event of wanted) {
      if (setAside.has(event.stream)) continue; // Parked just now.
      const failure = await handling.alone(event);
      if (failure === undefined) continue;
      if (handling.isOutage(failure.error) || countFailure(event, failure.error)) return { done: event.position - 1n, failure: failure.error, poisons };
    }
  }
  if (undecodable !== undefined && !setAside.has(undecodable.stream)) {
    // What a newer program has written is not broken: it waits for a process that knows it, in the middle of a deploy perhaps.
    const mayBeTriedAgain = inOrder || undecodable.error.isNewer || countFailure(undecodable, undecodable.error);
    if (mayBeTriedAgain) return { done: undecodable.position - 1n, failure: undecodable.error, poisons };
  }
  return { poisons };
}

/**
 * Handles what waits in a parked stream, up to where the subscription is.
 *
 * @returns the event that fails now; undefined when the stream can go on with the others
 */
export async function workThroughParked<Event extends LocatedEvent>(
  source: EventSource<Event>,
  asked: AskedStream,
  upTo: bigint,
  settings: BatchSettings,
  handling: Handling<Event>,
  transaction?: Transaction,
): Promise<Poison | undefined> {
  const fromVersion = asked.asked === 'retry' ? asked.version : asked.version + 1;
  const { events, undecodable } = await source.readStream(asked.stream, fromVersion, transaction);
  const poison = (event: Poison['event'], error: unknown): Poison => ({
    event, error, attempts: event.position === asked.position ? asked.attempts + 1 : 1,
  });
  for (const event of events) {
    if (event.position > upTo || !isWanted(event, settings)) continue;
    const failure = await handling.alone(event);
    if (failure === undefined) continue;
    if (handling.isOutage(failure.error)) throw failure.error;
    return poison(event, failure.error);
  }
  if (undecodable === undefined || undecodable.position > upTo || !isWanted(undecodable, settings)) return undefined;
  return poison(undecodable, undecodable.error);
}

/** By its type and stream; the type need not be one that this program knows. */
function isWanted({ type, stream }: { readonly type: string; readonly stream: StreamName }, { types, categories }: BatchSettings): boolean {
  const isOf = (names: readonly string[] | undefined, name: string): boolean => names === undefined || names.includes(name);
  return isOf(types, type) && isOf(categories, categoryOf(stream));
}

/** What `workThroughParked` came to, written down. */
export async function settleParked(
  transaction: Transaction,
  store: EventStore,
  key: CheckpointKey,
  asked: AskedStream,
  poison: Poison | undefined,
): Promise<void> {
  if (poison === undefined) await unpark(transaction, store, key, asked);
  else await parkPoison(transaction, store, key, poison);
}

/** What `workThrough` came to, written down: parks the poisons, and moves the checkpoint. */
export async function settle(
  transaction: Transaction,
  store: EventStore,
  key: CheckpointKey,
  { poisons }: Progress,
  result: BatchResult,
): Promise<void> {
  for (const poison of poisons) await parkPoison(transaction, store, key, poison);
  await moveCheckpoint(transaction, key, result.checkpoint);
}

/**
 * What a batch that began behind `after` comes to, once it is settled. Its checkpoint is the old one where a commit is saved: for
 * events that are nobody's business, until there are many of them or it is quiet. Events of a parked stream are its business:
 * whoever unparks it reads up to the checkpoint.
 */
export function resultOf(page: LogPage<unknown>, after: bigint, checkpoint: bigint, { done, failure, poisons }: Progress, { batchSize }: BatchSettings): BatchResult {
  const passed = page.undecodable === undefined ? page.readUpTo : page.undecodable.position;
  const readUpTo = done ?? passed;
  const isQuiet = readUpTo === after;
  const isWorthwhile = page.events.length > 0 || poisons.length > 0 || readUpTo - checkpoint >= BigInt(batchSize) || isQuiet;
  const more = failure !== undefined || page.undecodable !== undefined || readUpTo - after >= BigInt(batchSize);
  return { readUpTo, checkpoint: isWorthwhile ? readUpTo : checkpoint, more, failure };
}

async function parkPoison(transaction: Transaction, store: EventStore, key: CheckpointKey, { event, attempts, error }: Poison): Promise<void> {
  await park(transaction, store, key, event, { attempts, error: describe(error) });
}

/** What an operator is shown of an error: one line, and no more than fits on it. */
export function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 500) || 'an error without a message';
}

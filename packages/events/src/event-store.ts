/**
 * The port to the log: what it promises, whoever keeps it. `postgres-event-store.ts` is the one that does.
 */
import type { Transaction } from '@coursewright/postgres';
import type { DomainEvent, EventMetadata, EventType, RecordedEvent, UndecodedEvent } from './event.ts';
import type { UndecodableEventError } from './errors.ts';
import type { StreamCategory, StreamName } from './stream-name.ts';

/** Events for one stream, and where the writer believes the stream to be. */
export interface StreamAppend {
  readonly stream: StreamName;
  /** The version of the stream's last event that the writer has seen; {@link NO_STREAM} for a new stream. */
  readonly expectedVersion: number;
  readonly events: readonly DomainEvent[];
  readonly metadata: EventMetadata;
}

/** The expected version of a stream that does not exist yet. */
export const NO_STREAM = 0;

/** One of so many parts of all streams. A course and its nodes are always in the same part. */
export interface Partition {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

export interface ReadAllOptions {
  /** Events behind this position; 0n for the whole log. */
  readonly after: bigint;
  /** At most so many positions are looked at, matching or not. */
  readonly limit: number;
  /** Only these types; all types when absent. */
  readonly types?: readonly EventType[] | undefined;
  /** Only streams of these categories; all when absent. */
  readonly categories?: readonly StreamCategory[] | undefined;
  /** Only streams of this partition; all when absent. */
  readonly partition?: Partition | undefined;
  /** Only this stream's events; all streams when absent. */
  readonly stream?: StreamName | undefined;
}

/** An event that this program cannot read: of a type or version that it does not know, or unlike its schema. */
export interface UndecodableEvent {
  readonly position: bigint;
  readonly stream: StreamName;
  readonly type: string;
  readonly error: UndecodableEventError;
}

export interface StreamPage<Event = RecordedEvent> {
  readonly events: readonly Event[];
  /** The event that comes next and cannot be decoded; whoever needs it stops here. */
  readonly undecodable?: UndecodableEvent;
}

export interface LogPage<Event = RecordedEvent> extends StreamPage<Event> {
  /** Read on from here. Moves past events of other types too; equals `after` at the end of the log. */
  readonly readUpTo: bigint;
  /** Of the last position that was looked at; undefined when none was. */
  readonly mark: LogMark | undefined;
}

/**
 * A position, and what tells the event that stands there from any other that could. A failover to a standby that lagged behind, or a restore,
 * loses the tail of the log, and its positions are given to other events.
 */
export interface LogMark {
  readonly position: bigint;
  /** When the position was drawn, to the microsecond. */
  readonly placedAt: string;
}

export interface EventStore {
  /**
   * Appends to one or several streams, all or none, in the given transaction: recorded if and when it commits.
   *
   * @throws WrongExpectedVersionError when a stream is at another version; the transaction is then lost, roll it back
   * @throws EventDoesNotFitError when a course or node cannot have this event now; likewise
   * @throws ArchivedStreamError when a stream's course is archived; likewise
   * @throws UndecodableEventError when an event does not fit its own schema; nothing was sent
   */
  appendToStreams(appends: readonly StreamAppend[], transaction: Transaction): Promise<void>;

  /**
   * Appends in a transaction of its own and resolves once it is durable. Appends that wait at the same time are
   * committed together, each under its own expected version: one that fails does not harm the others.
   * Throws as above. When the connection breaks before the answer, the outcome is unknown: read the stream.
   */
  appendToStream(append: StreamAppend): Promise<void>;

  /**
   * A stream's events in order of version, from `fromVersion` (default 1). Empty for a stream that does not exist. Reads on
   * the transaction's connection when one is given.
   */
  readStream(stream: StreamName, fromVersion?: number, transaction?: Transaction): Promise<readonly RecordedEvent[]>;

  /** The same, without a throw for an event that cannot be decoded: the page ends before it, and says so. */
  readStreamAsFarAsDecodable(stream: StreamName, fromVersion: number, transaction?: Transaction): Promise<StreamPage>;

  /**
   * Events of all streams in order of position, which is the order of their commits. Reads on the transaction's
   * connection when one is given. Never throws for an event that cannot be decoded: the page ends before it, and says so.
   */
  readAll(options: ReadAllOptions, transaction?: Transaction): Promise<LogPage>;

  /** As `readStreamAsFarAsDecodable`, of events as they stand in the log; nothing is undecodable then. */
  readStreamUndecoded(stream: StreamName, fromVersion: number, transaction?: Transaction): Promise<StreamPage<UndecodedEvent>>;

  /** As `readAll`, of events as they stand in the log; nothing is undecodable then. */
  readAllUndecoded(options: ReadAllOptions, transaction?: Transaction): Promise<LogPage<UndecodedEvent>>;

  /** The position of the newest event; 0n for an empty log. */
  head(): Promise<bigint>;

  /** The mark of the newest event; undefined for an empty log. */
  lastMark(): Promise<LogMark | undefined>;

  /** Whether the event that a mark was taken of stands where it stood. */
  stillHas(mark: LogMark): Promise<boolean>;
}

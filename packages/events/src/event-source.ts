/**
 * The log as a subscription reads it: events decoded, or as they stand there.
 */
import type { Transaction } from '@coursewright/postgres';
import type { RecordedEvent, UndecodedEvent } from './event.ts';
import type { EventStore, LogPage, ReadAllOptions, StreamPage } from './event-store.ts';
import type { StreamName } from './stream-name.ts';

/** What must be known of an event to tell whether it is wanted, and to set its stream aside. */
export interface LocatedEvent {
  readonly position: bigint;
  readonly stream: StreamName;
  readonly type: string;
}

export interface EventSource<Event> {
  /** As {@link EventStore.readAll}. */
  readAll(options: ReadAllOptions, transaction?: Transaction): Promise<LogPage<Event>>;
  /** As {@link EventStore.readStreamAsFarAsDecodable}. */
  readStream(stream: StreamName, fromVersion: number, transaction?: Transaction): Promise<StreamPage<Event>>;
}

export function decodedEvents(store: EventStore): EventSource<RecordedEvent> {
  return {
    readAll: (options, transaction) => store.readAll(options, transaction),
    readStream: (stream, fromVersion, transaction) => store.readStreamAsFarAsDecodable(stream, fromVersion, transaction),
  };
}

export function undecodedEvents(store: EventStore): EventSource<UndecodedEvent> {
  return {
    readAll: (options, transaction) => store.readAllUndecoded(options, transaction),
    readStream: (stream, fromVersion, transaction) => store.readStreamUndecoded(stream, fromVersion, transaction),
  };
}

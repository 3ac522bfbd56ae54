/**
 * An event: before it is recorded, and after. The codec here knows every type of the vocabulary.
 */
import { createCodec } from './codec.ts';
import { courseMapEventSchemas, type CourseMapEvent } from './course-map-events.ts';
import { nodeEventSchemas, type NodeEvent } from './node-events.ts';
import { recoveryEventSchemas, type RecoveryEvent } from './recovery-events.ts';
import { subscriptionEventSchemas, type SubscriptionEvent } from './subscription-events.ts';
import type { StreamName } from './stream-name.ts';

export type DomainEvent = CourseMapEvent | NodeEvent | RecoveryEvent | SubscriptionEvent;
export type EventType = DomainEvent['type'];

/** Where an event came from. Every event has all four. */
export interface EventMetadata {
  /** Follows one request through events, jobs and logs. */
  readonly correlation_id: string;
  /** The position or request that led to this event, when there is one. */
  readonly causation_id: string | null;
  /** Who: a worker's id, `gateway`, or the database user of an operator in psql. */
  readonly actor: string;
  /** Through what: `generation`, `http`, `psql` or `subscription`. */
  readonly via: string;
  /** Why, where an operator said so. */
  readonly reason?: string;
  /** Whose request it was, where who asked is bound to a tenant. On the event that asks for a course: whose the course is. */
  readonly tenant?: string;
  /** W3C trace context, where a trace is recorded. */
  readonly traceparent?: string;
}

/** An event as the log keeps it. */
export type RecordedEvent<Event extends DomainEvent = DomainEvent> = Event & {
  /** Dense, and in commit order over the whole log. */
  readonly position: bigint;
  readonly stream: StreamName;
  /** Contiguous from 1 within its stream. */
  readonly version: number;
  readonly metadata: EventMetadata;
  readonly recordedAt: Date;
};

/**
 * An event as it stands in the log, of whatever type and version, not held against any schema. For those who carry events and do
 * not look into them: what a newer program has written does not stop them.
 */
export interface UndecodedEvent extends Omit<RecordedEvent, 'type' | 'data'> {
  readonly type: string;
  /** Which version of its type it was written with. */
  readonly schemaVersion: number;
  readonly data: unknown;
}

/** Every event type and all versions of it. */
export const eventSchemas = { ...courseMapEventSchemas, ...nodeEventSchemas, ...recoveryEventSchemas, ...subscriptionEventSchemas };

export const codec = createCodec(eventSchemas);

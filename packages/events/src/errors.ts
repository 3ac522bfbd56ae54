/**
 * What can go wrong with the log, as classes with a stable code and fields. Nobody reads a message to decide.
 */

/** Everything that this package throws on purpose. */
export abstract class EventStoreError extends Error {
  abstract readonly code: string;
}

/** Another writer was first: the stream is at another version than the append expected. Read, decide, append again. */
export class WrongExpectedVersionError extends EventStoreError {
  override readonly name = 'WrongExpectedVersionError';
  readonly code = 'wrong_expected_version';
  readonly stream: string;
  readonly expectedVersion: number;
  readonly actualVersion: number;

  constructor(fields: { stream: string; expectedVersion: number; actualVersion: number }) {
    super(`stream ${fields.stream} was expected at version ${fields.expectedVersion}, and is at ${fields.actualVersion}`);
    this.stream = fields.stream;
    this.expectedVersion = fields.expectedVersion;
    this.actualVersion = fields.actualVersion;
  }
}

/** An event that no course or node can have at this point, for example a node's event before the map was planned. */
export class EventDoesNotFitError extends EventStoreError {
  override readonly name = 'EventDoesNotFitError';
  readonly code = 'event_does_not_fit';
  readonly stream: string;
  readonly version: number;
  readonly type: string;

  constructor(fields: { stream: string; version: number; type: string }) {
    super(`${fields.type} cannot be version ${fields.version} of stream ${fields.stream}`);
    this.stream = fields.stream;
    this.version = fields.version;
    this.type = fields.type;
  }
}

/** Somebody tried to change what was recorded. */
export class HistoryIsImmutableError extends EventStoreError {
  override readonly name = 'HistoryIsImmutableError';
  readonly code = 'history_is_immutable';

  constructor(cause: unknown) {
    super('what was recorded is never changed', { cause });
  }
}

/** The course of this stream is archived: it stays as it is until it is brought back. */
export class ArchivedStreamError extends EventStoreError {
  override readonly name = 'ArchivedStreamError';
  readonly code = 'stream_is_archived';
  readonly stream: string;

  constructor(stream: string) {
    super(`stream ${stream} is archived; pnpm db:archive --restore brings its course back`);
    this.stream = stream;
  }
}

/** An event's data does not fit its schema, or its type or version is unknown to this program. */
export class UndecodableEventError extends EventStoreError {
  override readonly name = 'UndecodableEventError';
  readonly code = 'undecodable_event';
  readonly type: string;
  readonly schemaVersion: number;
  /** Whether a newer program has written it, as far as one can tell: its type or version is not known here. It is not broken. */
  readonly isNewer: boolean;

  constructor(type: string, schemaVersion: number, problem: string, details: { readonly isNewer?: boolean; readonly cause?: unknown } = {}) {
    super(`event ${type} version ${schemaVersion}: ${problem}`, { cause: details.cause });
    this.type = type;
    this.schemaVersion = schemaVersion;
    this.isNewer = details.isNewer ?? false;
  }
}

/** An id that cannot be part of a stream's name. */
export class InvalidStreamNameError extends EventStoreError {
  override readonly name = 'InvalidStreamNameError';
  readonly code = 'invalid_stream_name';
  readonly id: string;

  constructor(id: string) {
    super(`${JSON.stringify(id.slice(0, 80))} cannot be part of a stream's name`);
    this.id = id;
  }
}

/** A subscription was made with another number of partitions: each has read a different part of the log, and differently far. */
export class PartitionsDifferError extends EventStoreError {
  override readonly name = 'PartitionsDifferError';
  readonly code = 'partitions_differ';
  readonly subscription: string;
  readonly partitions: number;
  readonly existing: number;

  constructor(fields: { subscription: string; partitions: number; existing: number }) {
    super(
      `subscription ${fields.subscription} has ${fields.existing} partitions, not ${fields.partitions}; ` +
        'the number is fixed when a subscription is made: start one of another name',
    );
    this.subscription = fields.subscription;
    this.partitions = fields.partitions;
    this.existing = fields.existing;
  }
}

/** A program reads the log by SQL under this name (`outbox.poll`): its checkpoint is its own. */
export class ReadBySqlError extends EventStoreError {
  override readonly name = 'ReadBySqlError';
  readonly code = 'read_by_sql';
  readonly subscription: string;

  constructor(subscription: string) {
    super(`${subscription} is a consumer that reads with outbox.poll; choose another name`);
    this.subscription = subscription;
  }
}

/** The lease on a subscription ran out while its events were being delivered, and somebody else has gone on from there. */
export class LeaseLostError extends EventStoreError {
  override readonly name = 'LeaseLostError';
  readonly code = 'lease_lost';
  readonly subscription: string;

  constructor(subscription: string) {
    super(`the lease on ${subscription} was lost before its events were acknowledged; they are delivered again`);
    this.subscription = subscription;
  }
}

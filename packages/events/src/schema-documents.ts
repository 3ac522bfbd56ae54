/**
 * The vocabulary for programs that are not written in TypeScript: a JSON Schema for each version of each event type, and
 * an AsyncAPI document that says where they are found. Made from the very schemas that events are checked against.
 */
import { z } from 'zod';
import { eventSchemas } from './event.ts';
import type { EventSchemas } from './codec.ts';
import type { StreamCategory } from './stream-name.ts';

export type JsonDocument = Readonly<Record<string, unknown>>;

/** What each type means, in one line. A type without one does not compile. */
const MEANINGS: Readonly<Record<keyof typeof eventSchemas, string>> = {
  CourseMapRequested: 'A client asked for a course; carries the request.',
  CourseMapPlanningStarted: 'An attempt at planning the course runs: by which worker, until when.',
  CourseMapPlanningInterrupted: 'An attempt at planning lost its worker.',
  CourseMapPlanningFailed: 'An attempt at planning failed, for now or for good.',
  CourseMapPlanned: 'The map exists: its nodes and what they build on.',
  CourseMapCompleted: 'Every learn node is completed or failed.',
  CourseMapReopened: 'Somebody asked again for failed nodes of a course that was over.',
  CourseMapRetryRequested: 'Somebody asked again for a course whose planning had failed.',
  CourseMapCancelled: 'A client or an operator stopped the course.',
  GenerationScheduled: "A node's next attempt is in the queue, and why.",
  GenerationStarted: 'The attempt runs: by which worker, until when.',
  GenerationCompleted: "The node's card exists, under its content hash.",
  GenerationFailed: 'The attempt failed, for now or for good.',
  GenerationInterrupted: 'The attempt lost its worker: why, and how long that took to notice.',
  RetryRequested: 'Somebody asked again for a failed node.',
  LateResultReceived: 'A worker delivered a result for an attempt that had been taken from it.',
  RecoveryRequested: 'Somebody asked for a recovery.',
  RecoveryCompleted: 'What the recovery came to.',
  SubscriptionPaused: 'An operator paused a subscription.',
  SubscriptionResumed: 'An operator let a subscription go on.',
  SubscriptionRewound: 'An operator had a subscription handle events again.',
  StreamParked: 'A subscription set a stream aside, because one of its events fails every time.',
  UnparkRequested: 'An operator lets a stream that is set aside go on where it was left.',
  StreamParkedByHand: 'An operator had a subscription leave a stream alone.',
  ParkedStreamRetried: 'An operator had a parked stream tried again.',
  ParkedEventSkipped: 'An operator gave the event up that had a stream parked.',
  StreamUnparked: 'A parked stream goes on with the others.',
};

const CATEGORIES = {
  course_map: 'course_map-{course_map_id}',
  node: 'node-{course_map_id}+{node_id}',
  recovery: 'recovery-{recovery_id}',
  subscription: 'subscription-{name}',
} as const satisfies Record<StreamCategory, string>;

/** The JSON Schema (draft 2020-12) of every version of every type, by the name of its file. */
export function eventSchemaDocuments(): ReadonlyMap<string, JsonDocument> {
  return new Map(everyVersion().map(({ type, version, schema }) => [fileOf(type, version), schema]));
}

/** The name of the file with a version's schema. */
export function fileOf(type: string, version: number): string {
  return `${type}.v${version}.json`;
}

/** AsyncAPI 3.0: one channel, the log; a message for each version of each type. */
export function asyncApiDocument(): JsonDocument {
  const versions = everyVersion();
  const nameOf = ({ type, version }: { readonly type: string; readonly version: number }): string => `${type}.v${version}`;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Coursewright events',
      version: '1',
      description:
        'The log of Coursewright, for consumers. Positions are dense and in the order of commits; each event is delivered at least once, ' +
        'and in order within its stream. See docs/subscriptions.md for how to read it.',
    },
    defaultContentType: 'application/json',
    channels: {
      log: {
        address: 'outbox.poll',
        title: 'The log',
        description: `Streams: ${Object.values(CATEGORIES).join(', ')}.`,
        messages: Object.fromEntries(versions.map((each) => [nameOf(each), { $ref: `#/components/messages/${nameOf(each)}` }])),
      },
    },
    operations: {
      read: { action: 'receive', channel: { $ref: '#/channels/log' }, summary: 'Read events behind a position, in order.' },
    },
    components: {
      messages: Object.fromEntries(
        versions.map((each) => [
          nameOf(each),
          {
            name: each.type,
            title: `${each.type}, version ${each.version}`,
            summary: each.meaning,
            headers: { $ref: '#/components/schemas/Envelope' },
            payload: { $ref: `#/components/schemas/${nameOf(each)}` },
          },
        ]),
      ),
      schemas: { Envelope: ENVELOPE, ...Object.fromEntries(versions.map((each) => [nameOf(each), each.schema])) },
    },
  };
}

/** What stands beside an event's data, in the row that `outbox.poll` returns. */
const ENVELOPE: JsonDocument = {
  type: 'object',
  required: ['position', 'stream', 'version', 'type', 'schema_version', 'metadata', 'recorded_at'],
  properties: {
    position: { type: 'integer', minimum: 1, description: 'Dense, and in the order of commits over the whole log.' },
    stream: { type: 'string', description: 'What the event is about.' },
    version: { type: 'integer', minimum: 1, description: 'Contiguous within the stream.' },
    type: { type: 'string' },
    schema_version: { type: 'integer', minimum: 1, description: 'Which version of its type the data has.' },
    metadata: {
      type: 'object',
      required: ['correlation_id', 'causation_id', 'actor', 'via'],
      properties: {
        correlation_id: { type: 'string', description: 'Follows one request.' },
        causation_id: { type: ['string', 'null'] },
        actor: { type: 'string', description: 'Who: a worker, the gateway, an operator, a subscription.' },
        via: { type: 'string', enum: ['generation', 'http', 'psql', 'subscription'] },
        reason: { type: 'string', description: 'Why, where an operator said so.' },
        tenant: { type: 'string', description: 'Whose request it was, where who asked is bound to a tenant. On CourseMapRequested: whose the course is.' },
      },
    },
    recorded_at: { type: 'string', format: 'date-time' },
  },
};

interface Version {
  readonly type: string;
  readonly version: number;
  readonly meaning: string;
  readonly schema: JsonDocument;
}

function everyVersion(): readonly Version[] {
  return Object.entries<EventSchemas>(eventSchemas).flatMap(([type, versions]) =>
    Object.entries(versions).map(([number, { schema }]): Version => {
      const version = Number(number);
      const meaning = MEANINGS[type as keyof typeof MEANINGS];
      const json = z.toJSONSchema(schema) as JsonDocument;
      return { type, version, meaning, schema: { $id: `urn:coursewright:event:${type}:${version}`, title: `${type}, version ${version}`, description: meaning, ...json } };
    }),
  );
}

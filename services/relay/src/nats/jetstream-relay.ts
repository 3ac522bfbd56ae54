/**
 * Publishes every event of the log to NATS JetStream, in order, for consumers that one Postgres cannot serve. At least once with
 * de-duplication: a message's `Nats-Msg-Id` is its position, and what the stream holds already is not published again, however
 * long ago that was. It goes on after a restart of either side where the stream ends.
 */
import type pg from 'pg';
import { categoryOf, subscribeUndecoded, type EventStore, type LogListener, type Subscription, type UndecodedEvent } from '@coursewright/events';
import type { Logger } from '@coursewright/process';
import { openJetStreamStream, type JetStreamStream, type Publication, type StreamEnd } from './jetstream-stream.ts';

/** The subscription's name. */
export const NATS_RELAY = 'nats-relay';

const BATCH = 200;

export interface JetStreamRelayParts {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly listener: LogListener;
  readonly url: string;
  /** The JetStream stream, and the first word of its subjects: `{stream}.{category}.{type}`. */
  readonly stream: string;
  readonly log: Logger;
}

/**
 * The stream ends with what this log has not, or has otherwise: the database was restored from an older backup, a failover has lost the tail of
 * the log and its positions belong to other events by now, or the stream is another deployment's. Nothing is published to it.
 */
export class ForeignStreamError extends Error {
  override readonly name = 'ForeignStreamError';
  readonly code = 'foreign_stream';
  readonly stream: string;

  constructor(stream: string, position: bigint) {
    super(`JetStream's ${stream} ends with an event at position ${position} that is not the one of the log; `
      + 'delete the stream and rewind the subscription, or choose another by NATS_STREAM');
    this.stream = stream;
  }
}

/** Starts; a server that is away is waited for, and told of in the log. */
export function startJetStreamRelay({ url, stream: name, log, ...parts }: JetStreamRelayParts): Subscription {
  /** Closed after any trouble, and opened anew: the server may have come back without the stream. */
  let opened: JetStreamStream | undefined;
  let last: Pick<StreamEnd, 'position' | 'sequence'> | undefined;

  async function deliver(events: readonly UndecodedEvent[], signal: AbortSignal): Promise<void> {
    const abort = (): void => void close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      opened ??= await openJetStreamStream({ url, name });
      const first = events[0]?.position ?? 0n;
      // Set back, so perhaps because the stream is not what it was.
      const behind = last === undefined || first <= last.position ? await readEnd(opened) : last;
      if (behind.position < first - 1n && last === undefined) {
        log.warn({ stream: name, holds_up_to: Number(behind.position), next: Number(first) }, 'The stream lacks events; to have all of them in it, delete it and rewind the subscription');
      }
      const fresh = events.filter(({ position }) => position > behind.position);
      await opened.publish(fresh.map((event) => publicationOf(event, name)), behind.sequence);
      last = { position: fresh.at(-1)?.position ?? behind.position, sequence: behind.sequence + fresh.length };
    } catch (error) {
      await close();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async function readEnd(stream: JetStreamStream): Promise<StreamEnd> {
    const end = await stream.end();
    if (end.position > 0n && !(await isOfThisLog(end))) throw new ForeignStreamError(name, end.position);
    return end;
  }

  /** Compared by what it says, for a position is given anew where a tail was lost. */
  async function isOfThisLog({ position, payload }: StreamEnd): Promise<boolean> {
    const { events: [event] } = await parts.store.readAllUndecoded({ after: position - 1n, limit: 1 });
    return event !== undefined && payload !== undefined && identityOf(parsed(payload)) === identityOf(publishedOf(event));
  }

  async function close(): Promise<void> {
    const closing = opened;
    [opened, last] = [undefined, undefined];
    await closing?.close().catch(() => undefined);
  }

  const subscription = subscribeUndecoded(parts, {
    name: NATS_RELAY,
    batchSize: BATCH,
    deliver,
    // What comes behind an event is stored behind it, or not at all: one that is published later would be taken for old.
    inOrder: true,
    onError: (error) => log.warn({ err: error }, 'Events were not published to NATS yet'),
  });
  return {
    async stop() {
      await subscription.stop();
      await close();
    },
  };
}

/** An event as it is published: as `outbox.poll` gives it. */
function publishedOf({ position, stream, version, type, schemaVersion, data, metadata, recordedAt }: UndecodedEvent) {
  return { position: Number(position), stream, version, type, schema_version: schemaVersion, data, metadata, recorded_at: recordedAt.toISOString() };
}
type PublishedEvent = ReturnType<typeof publishedOf>;

/** What no other event has, however messages may come to look one day. */
function identityOf({ position, stream, version, type, recorded_at: recordedAt }: Partial<PublishedEvent>): string {
  return JSON.stringify([position, stream, version, type, recordedAt]);
}

/** Nothing of what is no message of ours. */
function parsed(payload: string): Partial<PublishedEvent> {
  try {
    return (JSON.parse(payload) ?? {}) as Partial<PublishedEvent>;
  } catch {
    return {};
  }
}

function publicationOf(event: UndecodedEvent, name: string): Publication {
  return { position: event.position, subject: `${name}.${categoryOf(event.stream)}.${event.type}`, payload: JSON.stringify(publishedOf(event)) };
}

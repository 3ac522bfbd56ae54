/**
 * One client's watch of the log: a snapshot, or what it has missed since the last event that it has, and then every event as it is
 * committed; each once, in order, whichever process it was connected to before.
 *
 * A client is either live, and given what the tail reads, or behind, and then its past is read from the log no faster than it takes it.
 * So a burst, or a slow line, costs it nothing but time, and us no memory.
 */
import type { UndecodedEvent } from '@coursewright/events';
import type { Snapshot } from '../queries/course-events.ts';
import { encodeFrame, type EncodedFrame, type EventStream } from './event-stream.ts';
import type { LogTail } from './log-tail.ts';

export interface Watched {
  /** Undefined for the events of all courses. */
  readonly courseMapId: string | undefined;
  readonly tail: LogTail;
  /** How it stands now. */
  readonly snapshot: () => Promise<Snapshot>;
  /** What happened behind a position, in order: a page of it, empty only at the end. */
  readonly eventsAfter: (position: bigint) => Promise<readonly UndecodedEvent[]>;
}

export interface Watch {
  /** Sends all of it, until the stream is closed. A failure to read the past closes it. */
  sendTo(stream: EventStream): void;
  stop(): void;
}

/**
 * Prepares a watch: when this resolves, nothing that is committed from now on is missed.
 *
 * @param after the last event that the client has; undefined when it begins. One that the log has not reached (the database was
 *   restored from an older backup) begins anew.
 * @param onError told of what the past could not be read for
 * @throws what `snapshot` throws, and what the database refuses with
 */
export async function prepareWatch(
  { courseMapId, tail, snapshot, eventsAfter }: Watched,
  after: bigint | undefined,
  onError: (error: unknown) => void,
): Promise<Watch> {
  /** The live client; undefined while it is behind. */
  let live: EventStream | undefined;
  /** The last event that the tail had while the client was behind. */
  let passedOver = 0n;
  /** The last event that was sent, or stands in the snapshot. */
  let position = 0n;
  /** Where all is sent to, once it has begun. */
  let client: EventStream | undefined;
  /** How often the watch has begun: what a past that is not the log's any more still brings is not sent. */
  let beginnings = 0;

  const following = await tail.follow(courseMapId, {
    take(event) {
      const stream = live;
      if (stream !== undefined && !stream.isFull) return pass(stream, event);
      passedOver = event.position;
      if (stream !== undefined) catchUp(stream, passedOver);
    },
    onTailLost() {
      [passedOver, live] = [0n, undefined];
      beginnings += 1;
      if (client !== undefined) void beginAnew(client);
    },
  });
  try {
    // Taken behind the beginning of the tail: so the two meet.
    const now = await snapshot();
    const known = beginnings;
    return {
      sendTo(stream) {
        client = stream;
        if (known === beginnings) begin(stream, now);
        else void beginAnew(stream);
      },
      stop: () => following.stop(),
    };
  } catch (error) {
    following.stop();
    throw error;
  }

  function begin(stream: EventStream, now: Snapshot): void {
    if (after === undefined || after > now.position) sendSnapshot(stream, now);
    else position = after;
    catchUp(stream, now.position);
  }

  function sendSnapshot(stream: EventStream, now: Snapshot): void {
    position = now.position;
    stream.send(encodeFrame({ id: now.position, event: 'snapshot', data: now.document }));
  }

  /** What the client was told may never have happened, as the log has it now: so it is told how things stand, and goes on from there. */
  async function beginAnew(stream: EventStream): Promise<void> {
    const mine = beginnings;
    try {
      const now = await snapshot();
      if (mine !== beginnings || stream.isClosed) return;
      sendSnapshot(stream, now);
      catchUp(stream, now.position);
    } catch (error) {
      onError(error);
      stream.close();
    }
  }

  function pass(stream: EventStream, event: UndecodedEvent): void {
    if (event.position <= position) return;
    position = event.position;
    stream.send(frameOf(event));
  }

  function catchUp(stream: EventStream, upTo: bigint): void {
    live = undefined;
    sendPast(stream, upTo).catch((error: unknown) => {
      onError(error);
      stream.close();
    });
  }

  /**
   * Whoever is not behind any more is live from the very same turn of the event loop on: the tail can have nothing in between. What the
   * tail has while a page is on its way may be missing from the page, so an empty one proves only what was known before it was asked for.
   */
  async function sendPast(stream: EventStream, upTo: bigint): Promise<void> {
    const mine = beginnings;
    for (;;) {
      if (mine !== beginnings) return;
      const goal = upTo > passedOver ? upTo : passedOver;
      if (stream.isClosed || position >= goal) break;
      await stream.drained();
      const page = await eventsAfter(position);
      for (const event of page) {
        if (mine !== beginnings) return;
        pass(stream, event);
        await stream.drained();
      }
      if (page.length === 0) position = goal;
    }
    live = stream;
  }
}

/** The tail gives one and the same event to everybody, so its frame is made once. */
const frames = new WeakMap<UndecodedEvent, EncodedFrame>();

function frameOf(event: UndecodedEvent): EncodedFrame {
  const frame = frames.get(event) ?? encodeFrame({ id: event.position, event: event.type, data: dataOf(event) });
  frames.set(event, frame);
  return frame;
}

/** As `outbox.poll` and NATS have it. */
function dataOf({ position, stream, version, type, schemaVersion, data, metadata, recordedAt }: UndecodedEvent): string {
  return JSON.stringify({ position: Number(position), stream, version, type, schema_version: schemaVersion, data, metadata, recorded_at: recordedAt.toISOString() });
}

/**
 * All event streams of this process, and whoever else waits for what happens: within limits, and ended with it.
 */
import type { ServerResponse } from 'node:http';
import { openEventStream, type EventStream } from './event-stream.ts';
import type { StreamLimits } from './stream-limits.ts';
import { prepareWatch, type Watch, type Watched } from './watch.ts';

/** Whose stream it is. */
export interface Watcher {
  /** Who takes a place. */
  readonly client: string;
  /** Asked now and then: one whose key was revoked watches nothing more. */
  readonly isStillAdmitted: () => Promise<boolean>;
}

export interface EventStreams {
  /**
   * Answers a request with a stream, and resolves when it has begun.
   *
   * @param after the last event that the client has
   * @throws TooManyStreamsError, and whatever `watched` throws; nothing was answered then
   */
  open(response: ServerResponse, watcher: Watcher, watched: Watched, after: bigint | undefined): Promise<void>;
  /**
   * A place for one who waits without a stream; returns how to give it back.
   * @throws TooManyStreamsError
   */
  takePlace(client: string): () => void;
  /** Aborted by `stop`. */
  readonly stopping: AbortSignal;
  /** Ends all of them; clients come back to another process. */
  stop(): void;
}

export interface EventStreamsSettings {
  readonly limits: StreamLimits;
  readonly heartbeatMs: number;
  /** How long one lasts at most, in milliseconds; lengthened by chance, so that not all come back at once. */
  readonly longestMs: number;
  readonly chance?: () => number;
  /** Told of what the past could not be read for. */
  readonly onError: (error: unknown) => void;
}

/** There are as many streams as there may be, in all or of this client. */
export class TooManyStreamsError extends Error {
  override readonly name = 'TooManyStreamsError';
  readonly code = 'too_many_streams';
  readonly ofClient: boolean;

  constructor(ofClient: boolean) {
    super(ofClient ? 'this client has as many event streams open as it may' : 'there are as many event streams open as there may be');
    this.ofClient = ofClient;
  }
}

const MOST_WAITING_BYTES = 64 * 1024;
const JITTER = 0.2;
/** Keys that were revoked are known after five seconds; so a stream is over after ten. */
const LOOK_EVERY_MS = 5000;

export function createEventStreams({ limits, heartbeatMs, longestMs, chance = Math.random, onError }: EventStreamsSettings): EventStreams {
  const open = new Map<EventStream, Watcher>();
  const stopping = new AbortController();
  let looking: NodeJS.Timeout | undefined;

  /** One after another: none of it is urgent, and the database is asked once for each key. */
  async function closeUnadmitted(): Promise<void> {
    for (const [stream, { isStillAdmitted }] of open) if (!(await isStillAdmitted())) stream.close();
  }

  function takePlace(client: string): () => void {
    const place = limits.take(client);
    if (typeof place === 'string') throw new TooManyStreamsError(place === 'too_many_of_client');
    return place;
  }

  return {
    takePlace,
    stopping: stopping.signal,

    async open(response, watcher, watched, after) {
      const place = takePlace(watcher.client);
      let watch: Watch;
      try {
        watch = await prepareWatch(watched, after, onError);
      } catch (error) {
        place();
        throw error;
      }
      const stream = openEventStream(response, {
        heartbeatMs,
        longestMs: longestMs * (1 + JITTER * chance()),
        mostWaitingBytes: MOST_WAITING_BYTES,
        onClose() {
          open.delete(stream);
          if (open.size === 0) looking = void clearInterval(looking);
          watch.stop();
          place();
        },
      });
      open.set(stream, watcher);
      looking ??= setInterval(() => void closeUnadmitted(), LOOK_EVERY_MS).unref();
      if (response.destroyed || stopping.signal.aborted) stream.close(); // The client has gone, or we go, while it was prepared.
      watch.sendTo(stream);
    },

    stop() {
      stopping.abort();
      for (const stream of open.keys()) stream.close();
    },
  };
}

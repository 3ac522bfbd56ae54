/**
 * Server-sent events on one connection: frames, a heartbeat, and an end. What a client does not read is not remembered for it: who
 * sends looks at `isFull`, and a client that has read nothing for two heartbeats is cut off. It comes back with the position of the
 * last event that it has, and misses nothing.
 */
import type { ServerResponse } from 'node:http';

export interface Frame {
  /** Where a client goes on after this frame; control frames have none. */
  readonly id?: bigint;
  /** The frame's type for an EventSource. */
  readonly event: string;
  /** On one line. */
  readonly data: string;
}

/** A frame as bytes: made once, however many connections it goes to. */
export type EncodedFrame = Buffer;

export function encodeFrame({ id, event, data }: Frame): EncodedFrame {
  return Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
}

export interface EventStream {
  /** Sends a frame. Once the stream is closed this does nothing. */
  send(frame: EncodedFrame): void;
  /** Resolves when what was sent has left for the client, or the stream is closed. */
  drained(): Promise<void>;
  /** Whether so much waits for the client that nothing should be sent before it has drained. */
  readonly isFull: boolean;
  readonly isClosed: boolean;
  /** Sends what is left, and ends. May be called twice. */
  close(): void;
}

export interface EventStreamSettings {
  readonly heartbeatMs: number;
  /** After so long the client is asked to come back; so that connections spread over processes again. */
  readonly longestMs: number;
  /** How much may wait for the client before it is full, in bytes. */
  readonly mostWaitingBytes: number;
  /** Called once, whoever closes it. */
  readonly onClose: () => void;
}

/** How long a client waits before it comes back, in milliseconds. */
const RETRY_MS = 1000;
const HEARTBEAT = Buffer.from(': alive\n\n');

/** Begins a stream as the answer to a request. */
export function openEventStream(response: ServerResponse, { heartbeatMs, longestMs, mostWaitingBytes, onClose }: EventStreamSettings): EventStream {
  let isClosed = false;
  /** Whether the last heartbeat found it waiting for its client, who has taken nothing since. */
  let isStalled = false;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    // Neither kept nor changed, compression among it, by anything between here and the client.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  response.write(`retry: ${RETRY_MS}\n\n`);
  const heartbeat = setInterval(beat, heartbeatMs);
  const end = setTimeout(() => close(), longestMs);
  response.once('close', over);
  response.on('drain', () => (isStalled = false));

  function beat(): void {
    if (!response.writableNeedDrain) response.write(HEARTBEAT);
    else if (isStalled) response.destroy();
    else isStalled = true;
  }

  function over(): void {
    if (isClosed) return;
    isClosed = true;
    clearInterval(heartbeat);
    clearTimeout(end);
    onClose();
  }

  function close(): void {
    over();
    response.end();
    // Who does not read does not read the end either.
    setTimeout(() => response.writableFinished || response.destroy(), heartbeatMs).unref();
  }

  return {
    send(frame) {
      if (!isClosed) response.write(frame);
    },
    drained: () =>
      new Promise((resolve) => {
        if (isClosed || !response.writableNeedDrain) return resolve();
        const done = (): void => {
          response.off('drain', done);
          response.off('close', done);
          resolve();
        };
        response.on('drain', done);
        response.on('close', done);
      }),
    get isFull() {
      return response.writableLength > mostWaitingBytes;
    },
    get isClosed() {
      return isClosed;
    },
    close,
  };
}

/**
 * Watching: server-sent events over as many connections as it takes.
 */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { errorOf, type CoursewrightError } from './coursewright-error.ts';
import type { components } from './openapi.ts';

export type Progress = components['schemas']['Progress'];

/** How many courses there are of each status. */
export interface Overview {
  readonly courses: Readonly<Record<string, number>>;
}

/** An event of the log. docs/asyncapi.json describes the data of each type. */
export interface CourseEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly recorded_at: string;
}

/** How it stands, at the beginning and whenever it had to begin anew; or what has happened since. */
export type News<Standing> =
  | { readonly kind: 'snapshot'; readonly position: number; readonly snapshot: Standing }
  | { readonly kind: 'event'; readonly position: number; readonly event: CourseEvent };

export interface WatchOptions {
  /** Ends the watch. */
  readonly signal?: AbortSignal;
  /** The position of the last event that the caller has: it is given what came after, and no snapshot. */
  readonly after?: number;
  /** Told whenever a connection stands, before its first news. */
  readonly onConnected?: () => void;
  /** Told whenever a connection is lost, or refused for now, and why. It is made again. */
  readonly onLost?: (error: unknown) => void;
  /** After so long without a word, not even that the stream is alive, a connection counts as lost; in milliseconds. */
  readonly silentMs?: number;
}

export interface Connection {
  readonly fetch: typeof globalThis.fetch;
  readonly headers: Readonly<Record<string, string>>;
}

/** Three of the gateway's heartbeats. */
const SILENT_MS = 45_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;
/** What may go better after a while. */
const FOR_NOW = new Set([408, 429, 500, 502, 503, 504]);

export async function* watch<Standing>(url: string, connection: Connection, options: WatchOptions): AsyncGenerator<News<Standing>, void, undefined> {
  const { signal, onConnected = () => undefined, onLost = () => undefined, silentMs = SILENT_MS } = options;
  let after = options.after;
  let retryMs = FIRST_RETRY_MS;
  let failures = 0;
  const isOver = (): boolean => signal?.aborted === true;

  for (;;) {
    if (isOver()) return;
    let waitMs: number;
    try {
      for await (const message of messages(url, connection, { after, signal, silentMs, onConnected, onRetry: (asked) => (retryMs = asked) })) {
        failures = 0;
        const news = newsOf<Standing>(message);
        after = news.position;
        yield news;
      }
      waitMs = retryMs;
    } catch (error) {
      if (isOver()) return;
      if (error instanceof Refused && !FOR_NOW.has(error.cause.status)) throw error.cause;
      onLost(error);
      failures += 1;
      waitMs = error instanceof Refused && error.retryAfterMs !== undefined ? error.retryAfterMs : Math.min(retryMs * 2 ** (failures - 1), LONGEST_RETRY_MS);
    }
    // Not all of those that were cut off together come back together.
    await sleep(waitMs * (0.75 + Math.random() / 2), signal);
  }
}

/** Resolves after a time, or when the signal is aborted: in a browser as in Node. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted === true) done();
    else signal?.addEventListener('abort', done);
  });
}

interface OneConnection {
  readonly after: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly silentMs: number;
  readonly onConnected: () => void;
  readonly onRetry: (ms: number) => void;
}

/** The frames of one connection, until it ends. @throws Refused, and whatever breaks the connection */
async function* messages(
  url: string,
  { fetch, headers }: Connection,
  { after, signal, silentMs, onConnected, onRetry }: OneConnection,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const silent = new AbortController();
  const giveUp = (): void => silent.abort(new Error(`nothing was heard for ${silentMs} ms`));
  let noise = setTimeout(giveUp, silentMs);
  try {
    const response = await fetch(url, {
      headers: { ...headers, accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': String(after) }) },
      signal: signal === undefined ? silent.signal : AbortSignal.any([signal, silent.signal]),
      redirect: 'error',
    });
    if (response.status !== 200 || response.body === null) throw new Refused(await errorOf(response), response.headers.get('retry-after'));
    onConnected();
    let parsed: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => void parsed.push(message), onRetry });
    const text = new TextDecoder();
    // Not every browser iterates over a body.
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(noise);
      noise = setTimeout(giveUp, silentMs);
      parser.feed(text.decode(value, { stream: true }));
      const complete = parsed;
      parsed = [];
      yield* complete;
    }
  } finally {
    clearTimeout(noise);
    silent.abort();
  }
}

function newsOf<Standing>({ event, id, data }: EventSourceMessage): News<Standing> {
  const position = Number(id);
  if (event === 'snapshot') return { kind: 'snapshot', position, snapshot: JSON.parse(data) as Standing };
  return { kind: 'event', position, event: JSON.parse(data) as CourseEvent };
}

class Refused extends Error {
  override readonly cause: CoursewrightError;
  readonly retryAfterMs: number | undefined;

  constructor(cause: CoursewrightError, retryAfter: string | null) {
    super(`refused with the status ${cause.status}`);
    this.cause = cause;
    this.retryAfterMs = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
  }
}

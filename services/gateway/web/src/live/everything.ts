/**
 * The events of all courses, as they happen: one stream for the whole page, whichever parts of it look.
 */
import type { Client, CourseEvent, WatchOptions } from '@coursewright/client';
import { session } from '../session/session.ts';
import { lost, type Connection } from './connection.ts';
import { createStore } from './store.ts';

/** How many are kept; who wants to see further back looks at a course. */
const MOST = 5000;
/** How many of the past it begins with. */
const PAST = 500;
/** Events come one by one; what looks at them is told so often at most. */
const TELL_EVERY_MS = 100;

export interface Everything {
  readonly connection: Connection;
  /** In order, the newest last. */
  readonly events: readonly CourseEvent[];
  /** How many have come in all, since the page was opened. */
  readonly seen: number;
  /** Positions that should have come and have not; a log that is whole has none. */
  readonly missing: number;
}

const NOTHING: Everything = { connection: { kind: 'connecting' }, events: [], seen: 0, missing: 0 };

export const everything = createStore<Everything>(NOTHING);

let ending: AbortController | undefined;

/** Watches for as long as the page is open; with another key, anew. */
export function watchEverything(): void {
  begin();
  let client = session.get().client;
  session.subscribe(() => {
    if (session.get().client === client) return;
    client = session.get().client;
    begin();
  });
}

function begin(): void {
  ending?.abort();
  ending = new AbortController();
  everything.set(NOTHING);
  void follow(ending.signal);
}

async function follow(signal: AbortSignal): Promise<void> {
  const { client } = session.get();
  let waiting: CourseEvent[] = [];
  let telling: ReturnType<typeof setTimeout> | undefined;
  const change = (part: Partial<Everything>): void => {
    if (!signal.aborted) everything.set({ ...everything.get(), ...part });
  };
  const tell = (): void => {
    telling = undefined;
    const { events, seen, missing } = everything.get();
    const all = [...events, ...waiting];
    change({ events: all.slice(-MOST), seen: seen + waiting.length, missing: missing + gapsIn(waiting, events.at(-1)) });
    waiting = [];
  };
  const options = {
    signal,
    onConnected: () => change({ connection: { kind: 'live' } }),
    onLost: () => change({ connection: lost(everything.get().connection, new Date()) }),
  };
  try {
    const head = await headOfLog(client, options);
    for await (const news of client.watchEverything({ ...options, after: Math.max(0, head - PAST) })) {
      if (news.kind === 'event') {
        waiting.push(news.event);
        telling ??= setTimeout(tell, TELL_EVERY_MS);
      } else {
        // The log is another one: it was restored from an older backup.
        waiting = [];
        change({ events: [], missing: 0 });
      }
    }
  } catch (error) {
    change({ connection: { kind: 'refused', error } });
  }
}

/** The last position, as a snapshot has it; 0 when the watch is ended before there is one. */
async function headOfLog(client: Client, { signal, onLost }: Required<Pick<WatchOptions, 'signal' | 'onLost'>>): Promise<number> {
  for await (const { position } of client.watchEverything({ signal, onLost })) return position;
  return 0;
}

/** Positions are dense: between two neighbours there is nothing. */
function gapsIn(events: readonly CourseEvent[], before: CourseEvent | undefined): number {
  let missing = 0;
  let last = before?.position;
  for (const { position } of events) {
    if (last !== undefined) missing += position - last - 1;
    last = position;
  }
  return missing;
}

/**
 * The end of the log, read once for all who watch it: one query for every growth, however many connections there are. Reads only
 * while somebody watches.
 */
import type { EventStore, LogListener, UndecodedEvent } from '@coursewright/events';

/** Told of each event in order of position, none left out and none twice. Must not throw. */
export type Take = (event: UndecodedEvent) => void;

export interface Following {
  /** The first event that is taken is behind this position. */
  readonly from: bigint;
  stop(): void;
}

export interface LogTail {
  /**
   * Follows the log from its end on: the events of one course, or all. What the database does not answer meanwhile comes later, and
   * nothing is left out.
   *
   * @throws whatever the database refuses with, when it is asked for its end
   */
  follow(courseMapId: string | undefined, take: Take): Promise<Following>;
  /** Stops reading, for good. */
  close(): void;
}

const PAGE = 500;
/** The key of those who take the events of all courses. */
const ALL = '';

export interface LogTailParts {
  readonly store: Pick<EventStore, 'head' | 'readAllUndecoded'>;
  readonly listener: Pick<LogListener, 'onWake'>;
  /** The course that a stream belongs to, if any. */
  readonly courseOf: (stream: string) => string | undefined;
  readonly onError: (error: unknown) => void;
}

export function createLogTail({ store, listener, courseOf, onError }: LogTailParts): LogTail {
  const followers = new Map<string, Set<Take>>();
  /** While somebody follows: everything up to its position was given out. Another object for each time that somebody begins. */
  let session: { position: bigint } | undefined;
  let reading = false;
  let readAgain = false;

  const unlisten = listener.onWake('events', () => void read());

  async function read(): Promise<void> {
    readAgain = true;
    if (reading) return;
    reading = true;
    try {
      while (readAgain && session !== undefined) {
        readAgain = false;
        const mine = session;
        const page = await store.readAllUndecoded({ after: mine.position, limit: PAGE });
        readAgain ||= session !== mine || page.readUpTo > mine.position;
        if (session !== mine) continue; // All have gone meanwhile, and others came: what was read is not for them.
        for (const event of page.events) giveOut(event);
        mine.position = page.readUpTo;
      }
    } catch (error) {
      onError(error); // The next wake is a second away at most.
    } finally {
      reading = false;
    }
  }

  function giveOut(event: UndecodedEvent): void {
    const course = courseOf(event.stream);
    if (course !== undefined) for (const take of followers.get(course) ?? []) take(event);
    for (const take of followers.get(ALL) ?? []) take(event);
  }

  return {
    async follow(courseMapId = ALL, take) {
      // Others may come while the first one asks; the first answer counts for all.
      const head = session?.position ?? (await store.head());
      session ??= { position: head };
      const from = session.position;
      const takes = followers.get(courseMapId) ?? new Set();
      followers.set(courseMapId, takes.add(take));
      void read();
      return {
        from,
        stop() {
          takes.delete(take);
          if (takes.size === 0 && followers.get(courseMapId) === takes) followers.delete(courseMapId);
          if (followers.size === 0) session = undefined;
        },
      };
    },

    close() {
      unlisten();
      session = undefined;
    },
  };
}

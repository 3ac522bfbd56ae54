/**
 * The end of the log, read once for all who watch it: one query for every growth, however many connections there are. Reads only
 * while somebody watches.
 */
import type { EventStore, LogListener, LogMark, UndecodedEvent } from '@coursewright/events';

export interface Follower {
  /** Told of each event in order of position, none left out and none twice. Must not throw. */
  take(event: UndecodedEvent): void;
  /**
   * What was told last is not in the log any more: it was lost with the tail, in a failover or by a restore, and other events may have its
   * positions. What comes from now on is behind the log's end at this moment. Must not throw.
   */
  onTailLost(): void;
}

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
  follow(courseMapId: string | undefined, follower: Follower): Promise<Following>;
  /** Stops reading, for good. */
  close(): void;
}

const PAGE = 500;
/** The key of those who take the events of all courses. */
const ALL = '';

export interface LogTailParts {
  readonly store: Pick<EventStore, 'lastMark' | 'readAllUndecoded' | 'stillHas'>;
  readonly listener: Pick<LogListener, 'onWake'>;
  /** The course that a stream belongs to, if any. */
  readonly courseOf: (stream: string) => string | undefined;
  readonly onError: (error: unknown) => void;
}

export function createLogTail({ store, listener, courseOf, onError }: LogTailParts): LogTail {
  const followers = new Map<string, Set<Follower>>();
  /** While somebody follows: everything up to its mark was given out. Another object for each time that somebody begins. */
  let session: { mark: LogMark | undefined } | undefined;
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
        const page = await store.readAllUndecoded({ after: positionOf(mine.mark), limit: PAGE });
        // Asked behind the page: what it follows on was there when it was read, or is not there now either.
        const isContinuous = mine.mark === undefined || (await store.stillHas(mine.mark));
        const end = isContinuous ? page.mark : await store.lastMark();
        readAgain ||= session !== mine || page.mark !== undefined || !isContinuous;
        if (session !== mine) continue; // All have gone meanwhile, and others came: what was read is not for them.
        if (isContinuous) for (const event of page.events) giveOut(event);
        mine.mark = end ?? (isContinuous ? mine.mark : undefined);
        if (!isContinuous) for (const follower of [...followers.values()].flatMap((some) => [...some])) follower.onTailLost();
      }
    } catch (error) {
      onError(error); // The next wake is a second away at most.
    } finally {
      reading = false;
    }
  }

  function giveOut(event: UndecodedEvent): void {
    const course = courseOf(event.stream);
    if (course !== undefined) for (const follower of followers.get(course) ?? []) follower.take(event);
    for (const follower of followers.get(ALL) ?? []) follower.take(event);
  }

  return {
    async follow(courseMapId = ALL, follower) {
      // Others may come while the first one asks; the first answer counts for all.
      const mark = session === undefined ? await store.lastMark() : undefined;
      session ??= { mark };
      const from = positionOf(session.mark);
      const others = followers.get(courseMapId) ?? new Set();
      followers.set(courseMapId, others.add(follower));
      void read();
      return {
        from,
        stop() {
          others.delete(follower);
          if (others.size === 0 && followers.get(courseMapId) === others) followers.delete(courseMapId);
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

function positionOf(mark: LogMark | undefined): bigint {
  return mark?.position ?? 0n;
}

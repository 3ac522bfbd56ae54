/**
 * The events of one course, from its first on, as they happen.
 */
import { useEffect, useState } from 'react';
import type { CourseEvent } from '@coursewright/client';
import { lost, type Connection } from '../live/connection.ts';
import { useStore } from '../live/store.ts';
import { session } from '../session/session.ts';

export interface WatchedCourse {
  readonly connection: Connection;
  readonly events: readonly CourseEvent[];
}

/** What comes together is shown together. */
const SHOW_EVERY_MS = 50;

export function useCourse(courseMapId: string): WatchedCourse {
  const { client } = useStore(session);
  const [watched, setWatched] = useState<WatchedCourse>({ connection: { kind: 'connecting' }, events: [] });

  useEffect(() => {
    const gone = new AbortController();
    let events: CourseEvent[] = [];
    let showing: ReturnType<typeof setTimeout> | undefined;
    const change = (next: (before: WatchedCourse) => WatchedCourse): void => {
      if (!gone.signal.aborted) setWatched(next);
    };
    const show = (): void => {
      showing = undefined;
      change((before) => ({ ...before, events: [...events] }));
    };
    const connect = (connection: (before: Connection) => Connection): void => change((before) => ({ ...before, connection: connection(before.connection) }));
    void (async () => {
      try {
        // From the very beginning: what is shown is the log, and nothing but the log.
        const news = client.watchCourse(courseMapId, {
          after: 0,
          signal: gone.signal,
          onConnected: () => connect(() => ({ kind: 'live' })),
          onLost: () => connect((before) => lost(before, new Date())),
        });
        for await (const each of news) {
          // A snapshot says that the log is another one.
          if (each.kind === 'snapshot') events = [];
          else events.push(each.event);
          showing ??= setTimeout(show, SHOW_EVERY_MS);
        }
      } catch (error) {
        connect(() => ({ kind: 'refused', error }));
      }
    })();
    return () => gone.abort();
  }, [client, courseMapId]);

  return watched;
}

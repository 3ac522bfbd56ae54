/**
 * Which events are looked at: said by the address, so that it can be kept and sent.
 */
import type { CourseEvent } from '@coursewright/client';
import { actorOf, correlationOf, courseOf, workerOf } from '../live/event-facts.ts';

export interface LogFilter {
  readonly type: string | undefined;
  readonly course: string | undefined;
  readonly worker: string | undefined;
  readonly correlation: string | undefined;
  /** The event that is open. */
  readonly position: number | undefined;
  /** The address with some of it said otherwise; an empty text takes it away. */
  with(change: Readonly<Record<string, string>>): string;
}

export function readFilter(given: URLSearchParams): LogFilter {
  const text = (name: string): string | undefined => given.get(name) ?? undefined;
  const position = text('position');
  return {
    type: text('type'),
    course: text('course'),
    worker: text('worker'),
    correlation: text('correlation'),
    position: position !== undefined && /^\d{1,15}$/.test(position) ? Number(position) : undefined,
    with(change) {
      const next = new URLSearchParams(given);
      for (const [name, value] of Object.entries(change)) {
        if (value === '') next.delete(name);
        else next.set(name, value);
      }
      return `#/log?${next.toString()}`;
    },
  };
}

export function isOf(event: CourseEvent, { type, course, worker, correlation }: LogFilter): boolean {
  return (type === undefined || event.type === type)
    && (course === undefined || courseOf(event) === course)
    && (worker === undefined || workerOf(event) === worker || actorOf(event) === worker)
    && (correlation === undefined || correlationOf(event) === correlation);
}

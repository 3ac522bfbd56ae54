/**
 * The log: every event of every course as it is committed, and what each was caused by and led to.
 */
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { CourseEvent } from '@coursewright/client';
import { Failed, Loading } from '../design/states.tsx';
import { exactClock } from '../design/times.ts';
import { everything } from '../live/everything.ts';
import { courseOf, nodeOf, whoOf } from '../live/event-facts.ts';
import { useStore } from '../live/store.ts';
import { EventDetail } from './event-detail.tsx';
import { isOf, readFilter, type LogFilter } from './log-filter.ts';
import { LogFilterForm } from './log-filter-form.tsx';
import { lineFor, toneOf } from './event-words.ts';

const ROW_HEIGHT = 32;

export function LogPage({ query }: { readonly query: string }) {
  const { connection, events, missing } = useStore(everything);
  const [stopped, setStopped] = useState<readonly CourseEvent[]>();
  const filter = useMemo(() => readFilter(new URLSearchParams(query)), [query]);
  const all = stopped ?? events;
  const shown = useMemo(() => all.filter((event) => isOf(event, filter)), [all, filter]);
  const chosen = filter.position === undefined ? undefined : events.find(({ position }) => position === filter.position);

  if (connection.kind === 'refused') return <Failed error={connection.error} />;
  if (connection.kind === 'connecting' && events.length === 0) return <Loading what="the log" />;
  return (
    <section className="log" aria-labelledby="log-title">
      <header className="view-head">
        <h1 id="log-title">Log</h1>
        <LogFilterForm filter={filter} events={events} />
        <button type="button" className="quiet" aria-pressed={stopped !== undefined} onClick={() => setStopped(stopped === undefined ? events : undefined)}>
          {stopped === undefined ? 'Hold still' : `Go on (${events.length === 0 ? 0 : (events.at(-1)?.position ?? 0) - (stopped.at(-1)?.position ?? 0)} behind)`}
        </button>
      </header>
      <p className="facts number">{range(all)} · {all.length} events · {missing === 0 ? 'none missing' : `${missing} missing`}{shown.length === all.length ? '' : ` · ${shown.length} shown`}</p>
      <div className="log-body">
        <Rows key={filter.with({ position: '' })} events={shown} filter={filter} isHeld={stopped !== undefined} />
        {filter.position === undefined ? null : <EventDetail event={chosen} position={filter.position} events={events} filter={filter} />}
      </div>
    </section>
  );
}

function range(events: readonly CourseEvent[]): string {
  const [first, last] = [events[0], events.at(-1)];
  return first === undefined || last === undefined ? 'No events yet' : `Positions ${first.position} to ${last.position}`;
}

function Rows({ events, filter, isHeld }: { readonly events: readonly CourseEvent[]; readonly filter: LogFilter; readonly isHeld: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  /** Whoever scrolled up reads; whoever is at the end follows. */
  const follows = useRef(true);
  const rows = useVirtualizer({ count: events.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 12, getItemKey: (index) => events[index]?.position ?? index });
  const last = events.at(-1)?.position;
  useEffect(() => {
    if (follows.current && !isHeld && last !== undefined) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [last, isHeld]);
  return (
    <div
      ref={scroller}
      className="scroller"
      tabIndex={0}
      role="region"
      aria-label="Events, the newest last"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => void (follows.current = scrollHeight - scrollTop - clientHeight < ROW_HEIGHT * 2)}
    >
      <ol className="rows" ref={(place) => void place?.style.setProperty('height', `${rows.getTotalSize()}px`)}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const event = events[index];
          return event === undefined ? null : <Row key={key} event={event} top={start} href={filter.with({ position: String(event.position) })} isChosen={filter.position === event.position} />;
        })}
      </ol>
    </div>
  );
}

const Row = memo(function Row({ event, top, href, isChosen }: { readonly event: CourseEvent; readonly top: number; readonly href: string; readonly isChosen: boolean }) {
  const course = courseOf(event);
  return (
    <li className={`event-row ${toneOf(event)}`} style={{ transform: `translateY(${top}px)` }}>
      <a href={href} aria-current={isChosen ? 'true' : undefined}>
        <span className="number">{event.position}</span>
        <time dateTime={event.recorded_at}>{exactClock(new Date(event.recorded_at))}</time>
        <span className="what">{lineFor(event)}</span>
        <span className="where">{course === undefined ? event.stream : `…${course.slice(-6)} ${nodeOf(event) ?? ''}`}</span>
        <span className="who">{whoOf(event)}</span>
      </a>
    </li>
  );
});

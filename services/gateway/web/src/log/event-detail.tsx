/**
 * One event: its data, what it was caused by, and what it led to.
 */
import type { CourseEvent } from '@coursewright/client';
import { useFromTop } from '../design/use-from-top.ts';
import { exactClock } from '../design/times.ts';
import { actorOf, causeOf, correlationOf, courseOf, nodeOf, whyOf } from '../live/event-facts.ts';
import { courseHref } from '../routing.ts';
import type { LogFilter } from './log-filter.ts';
import { wordsFor } from './event-words.ts';

interface Looked {
  readonly position: number;
  readonly events: readonly CourseEvent[];
  readonly filter: LogFilter;
}

export function EventDetail({ event, position, events, filter }: Looked & { readonly event: CourseEvent | undefined }) {
  const head = useFromTop(position);
  return (
    <aside className="card event-detail" aria-labelledby="event-title">
      <header ref={head} className="row">
        <h2 id="event-title">{event === undefined ? `Position ${position}` : wordsFor(event)}</h2>
        <a className="close" href={filter.with({ position: '' })} aria-label="Close the event">×</a>
      </header>
      {event === undefined ? <p>It is further back than this page has read. The story of its course has it.</p> : <Told event={event} position={position} events={events} filter={filter} />}
    </aside>
  );
}

function Told({ event, position, events, filter }: Looked & { readonly event: CourseEvent }) {
  const cause = causeOf(event);
  const correlation = correlationOf(event);
  const course = courseOf(event);
  const why = whyOf(event);
  const neighbour = (version: number) => events.find((other) => other.stream === event.stream && other.version === version);
  const before = neighbour(event.version - 1);
  const behind = neighbour(event.version + 1);
  const effects = events.filter((other) => causeOf(other) === position);
  const to = (other: number): string => filter.with({ position: String(other) });
  return (
    <>
      <dl className="facts">
        <div><dt>Type</dt><dd>{event.type}</dd></div>
        <div><dt>Position</dt><dd className="number">{position}, version {event.version} of its stream</dd></div>
        <div><dt>When</dt><dd>{exactClock(new Date(event.recorded_at))}</dd></div>
        <div><dt>Who</dt><dd><code>{actorOf(event)}</code></dd></div>
        {why === undefined ? null : <div><dt>Why</dt><dd>{why}</dd></div>}
        {course === undefined ? null : <div><dt>Course</dt><dd><a href={courseHref(course, nodeOf(event))}>{nodeOf(event) === undefined ? 'its course' : `node ${nodeOf(event) ?? ''} of its course`}</a></dd></div>}
        <Linked title="Before it" event={before} to={to} />
        <Linked title="After it" event={behind} to={to} />
        {cause === undefined ? null : <div><dt>Cause</dt><dd><a href={to(cause)}>position {cause}</a></dd></div>}
        {effects.length === 0 ? null : <div><dt>Effects</dt><dd>{effects.map((effect) => <a key={effect.position} href={to(effect.position)}>{wordsFor(effect)}</a>)}</dd></div>}
        {correlation === undefined ? null : <div><dt>Request</dt><dd><a href={filter.with({ correlation })}>all that this request led to</a></dd></div>}
      </dl>
      <h3>Data</h3>
      <pre key={`data ${position}`} tabIndex={0} aria-label="Data of the event">{JSON.stringify(event.data, null, 2)}</pre>
      <h3>Metadata</h3>
      <pre key={`metadata ${position}`} tabIndex={0} aria-label="Metadata of the event">{JSON.stringify(event.metadata, null, 2)}</pre>
    </>
  );
}

/** The neighbour in its stream: what it was decided on, and what was decided on it. */
function Linked({ title, event, to }: { readonly title: string; readonly event: CourseEvent | undefined; readonly to: (position: number) => string }) {
  return event === undefined ? null : <div><dt>{title}</dt><dd><a href={to(event.position)}>{wordsFor(event)}, position {event.position}</a></dd></div>;
}

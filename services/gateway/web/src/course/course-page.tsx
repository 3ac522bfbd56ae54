/**
 * A course: its map, as it is written; its past, by a slider; its story; and what can be done about it.
 */
import { useMemo, useState } from 'react';
import { CoursewrightError } from '@coursewright/client';
import { ConnectionNote } from '../design/connection-note.tsx';
import { Empty, Failed, Loading } from '../design/states.tsx';
import { StatusMark } from '../design/status.tsx';
import { clock, duration } from '../design/times.ts';
import { ProgressBar } from '../design/progress-bar.tsx';
import { CourseActions } from './course-actions.tsx';
import { BreakItPanel } from '../break-it/break-it-panel.tsx';
import { cardsOf, courseAfter, type CourseStanding } from './fold.ts';
import { MapGraph } from './map-graph.tsx';
import { NodePanel } from './node-panel.tsx';
import { Story } from './story.tsx';
import { TimeSlider } from './time-slider.tsx';
import { outageSince, timeLeft } from './time-left.ts';
import { useCourse } from './use-course.ts';

export function CoursePage({ courseMapId, nodeId }: { readonly courseMapId: string; readonly nodeId: string | undefined }) {
  const { connection, events } = useCourse(courseMapId);
  /** How many events of it are looked at; undefined: all there are, as they come. */
  const [upTo, setUpTo] = useState<number>();
  const shown = useMemo(() => (upTo === undefined ? events : events.slice(0, upTo)), [events, upTo]);
  const now = useMemo(() => courseAfter(events), [events]);
  const course = useMemo(() => (shown === events ? now : courseAfter(shown)), [shown, events, now]);

  if (connection.kind === 'refused') {
    const isUnknown = connection.error instanceof CoursewrightError && (connection.error.status === 404 || connection.error.status === 400);
    return isUnknown ? <Empty title="There is no such course"><p><a href="#/courses">All courses</a></p></Empty> : <Failed error={connection.error} />;
  }
  if (events.length === 0) return <Loading what="the course" />;
  const chosen = course.nodes.find(({ node }) => node.id === nodeId);
  return (
    <article className="course" aria-labelledby="course-name">
      <header className="course-head">
        <div>
          <h1 id="course-name">{course.meta?.course_name ?? course.request?.topic ?? 'A course'}</h1>
          <p className="facts"><StatusMark status={course.status} /> <Cards course={course} /> <Left course={now} isNow={upTo === undefined} /></p>
          {course.error === undefined ? null : <p className="problem">{course.error}</p>}
        </div>
        {connection.kind === 'lost' ? <ConnectionNote connection={connection} /> : null}
        <CourseActions courseMapId={courseMapId} course={now} />
      </header>
      <TimeSlider events={events} upTo={upTo} onMove={setUpTo} />
      <div className="course-body">
        <section className="map" aria-label="Course map">
          {course.nodes.length === 0 ? <p className="state">{wordsOfNoMap(course)}</p> : <MapGraph courseMapId={courseMapId} map={course.map} nodes={course.nodes} chosen={nodeId} />}
        </section>
        <aside className="beside">
          {chosen === undefined ? null : <NodePanel key={chosen.node.id} courseMapId={courseMapId} standing={chosen} isNow={upTo === undefined && course.status !== 'cancelled'} />}
          <BreakItPanel />
          <Story key={`story ${chosen?.node.id ?? ''}`} events={shown} nodeId={chosen?.node.id} />
        </aside>
      </div>
    </article>
  );
}

/** Why there is no map to show. */
function wordsOfNoMap({ status, error }: CourseStanding): string {
  switch (status) {
    case 'failed': return 'There is no map: its planning failed for good.';
    case 'cancelled': return 'There is no map: the course was stopped before it was planned.';
    default: return error === undefined ? 'The map is being planned.' : 'Planning failed, and is tried again.';
  }
}

function Cards({ course }: { readonly course: CourseStanding }) {
  const { completed, failed, all } = cardsOf(course);
  return all === 0 ? null : <span className="cards"><ProgressBar done={completed} of={all} what="Cards" /> {completed} of {all} cards{failed === 0 ? '' : `, ${failed} failed`}</span>;
}

function Left({ course, isNow }: { readonly course: CourseStanding; readonly isNow: boolean }) {
  if (!isNow) return null;
  if (course.endedAt !== undefined && course.askedAt !== undefined) return <span>after {duration(course.endedAt.getTime() - course.askedAt.getTime())}</span>;
  const since = outageSince(course);
  if (since !== undefined) return <span className="trouble">the provider is out since {clock(since)}; it is asked again, and nothing is lost</span>;
  const left = timeLeft(course);
  return left === undefined ? null : <span title="Half of such courses are done by the first, nine of ten by the second">about {duration(left.p50)}{duration(left.p50) === duration(left.p90) ? '' : ` to ${duration(left.p90)}`} left</span>;
}

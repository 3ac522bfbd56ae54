/**
 * All courses, the newest first, with bars that move by themselves.
 */
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ProgressBar } from '../design/progress-bar.tsx';
import { Empty, Failed, Loading } from '../design/states.tsx';
import { StatusMark, statusWord } from '../design/status.tsx';
import { useStore } from '../live/store.ts';
import { courseHref } from '../routing.ts';
import { createCourseList, type ListedCourse, type OverallStatus } from './course-list.ts';

const STATUSES: readonly OverallStatus[] = ['initializing', 'generating', 'completed', 'partial_failed', 'failed', 'cancelled'];
const ROW_HEIGHT = 64;

export function CoursesPage() {
  const [status, setStatus] = useState<OverallStatus>();
  const [words, setWords] = useState('');
  return (
    <section aria-labelledby="courses-title">
      <header className="view-head">
        <h1 id="courses-title">Courses</h1>
        <div className="filters">
          <label>Status{' '}
            <select value={status ?? ''} onChange={({ currentTarget: { value } }) => setStatus(value === '' ? undefined : (value as OverallStatus))}>
              <option value="">all</option>
              {STATUSES.map((each) => <option key={each} value={each}>{statusWord(each)}</option>)}
            </select>
          </label>
          <label>Topic <input type="search" value={words} onChange={({ currentTarget: { value } }) => setWords(value)} placeholder="of those below" /></label>
        </div>
        <a className="button" href="#/courses/new">New course</a>
      </header>
      <List key={status ?? 'all'} status={status} words={words.trim().toLowerCase()} />
    </section>
  );
}

function List({ status, words }: { readonly status: OverallStatus | undefined; readonly words: string }) {
  const list = useMemo(() => createCourseList(status), [status]);
  const { courses, hasMore, isLoading, error } = useStore(list);
  useEffect(() => list.begin(), [list]);
  const shown = useMemo(() => courses.filter(({ topic, course_name: name }) => words === '' || `${topic} ${name ?? ''}`.toLowerCase().includes(words)), [courses, words]);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [words]);
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 8, getItemKey: (index) => shown[index]?.course_map_id ?? index });
  const items = rows.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastShown >= shown.length - 20) list.more();
  }, [list, hasMore, lastShown, shown.length]);

  if (isLoading) return <Loading what="the courses" />;
  if (error !== undefined && courses.length === 0) return <Failed error={error} onAgain={list.more} />;
  if (courses.length === 0) return <Empty title={status === undefined ? 'No course yet' : `No course is ${statusWord(status)}`}><p><a href="#/courses/new">Ask for one</a></p></Empty>;
  return (
    <>
      {error === undefined ? null : <Failed error={error} />}
      <p className="facts" role="status">{shown.length}{hasMore ? ' or more' : ''} {shown.length === 1 ? 'course' : 'courses'}</p>
      <div ref={scroller} className="scroller" tabIndex={0} role="region" aria-label="List of courses">
        <ul className="rows" ref={(place) => void place?.style.setProperty('height', `${rows.getTotalSize()}px`)}>
          {items.map(({ index, start, key }) => {
            const course = shown[index];
            return course === undefined ? null : <Row key={key} course={course} top={start} />;
          })}
        </ul>
      </div>
    </>
  );
}

const Row = memo(function Row({ course, top }: { readonly course: ListedCourse; readonly top: number }) {
  const { course_map_id: id, topic, course_name: name, level, mode, overall_status: status, learn_nodes: all, learn_completed: completed, learn_failed: failed, created_at: at } = course;
  return (
    <li className="course-row" style={{ transform: `translateY(${top}px)` }}>
      <a href={courseHref(id)}>
        <span className="title">{name ?? topic}</span>
        <span className="facts">{level} · {mode} · <time dateTime={at}>{new Date(at).toLocaleString()}</time></span>
      </a>
      <StatusMark status={status} />
      <span className="cards"><ProgressBar done={completed} of={all} what={`Cards of ${name ?? topic}`} /> <span className="number">{completed}/{all}</span>{failed === 0 ? '' : `, ${failed} failed`}</span>
    </li>
  );
});

/**
 * The frame around every view: where one can go, whether what is shown is live, and the question for a key.
 */
import { Suspense, useEffect, useRef } from 'react';
import { TourCaption } from './break-it/tour-caption.tsx';
import { CoursePage } from './course/lazy-course-page.ts';
import { CoursesPage } from './courses/courses-page.tsx';
import { NewCourse } from './courses/new-course.tsx';
import { NowPage } from './courses/now-page.tsx';
import { ConnectionNote } from './design/connection-note.tsx';
import { lazyView } from './design/lazy-view.ts';
import { Loading, Empty } from './design/states.tsx';
import { ViewBoundary } from './design/view-boundary.tsx';
import { everything } from './live/everything.ts';
import { useStore } from './live/store.ts';
import { useView, type View } from './routing.ts';
import { KeyForm } from './session/key-form.tsx';
import { session, goOnWithKey } from './session/session.ts';

// Loaded when they are first looked at: the list is there without them.
const OperationsPage = lazyView(() => import('./operations/operations-page.tsx').then(({ OperationsPage: page }) => page));
const LogPage = lazyView(() => import('./log/log-page.tsx').then(({ LogPage: page }) => page));

const PLACES = [
  { href: '#/', label: 'Now', names: ['now'] },
  { href: '#/courses', label: 'Courses', names: ['courses', 'course', 'new-course'] },
  { href: '#/log', label: 'Log', names: ['log'] },
  { href: '#/operations', label: 'Operations', names: ['operations'] },
] as const satisfies readonly { href: string; label: string; names: readonly View['name'][] }[];

const TITLES: Readonly<Record<View['name'], string>> = { now: 'Now', courses: 'Courses', 'new-course': 'New course', course: 'A course', log: 'Log', operations: 'Operations', unknown: 'No such view' };

export function App() {
  const view = useView();
  const { needsKey, hasKey } = useStore(session);
  const main = useRef<HTMLElement>(null);
  const place = placeOf(view);

  useEffect(() => void (document.title = `${TITLES[view.name]} · Coursewright`), [view.name]);

  // Whoever goes elsewhere by a link is there with the keyboard and the ear as well.
  const before = useRef(place);
  useEffect(() => {
    if (before.current !== place) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    before.current = place;
  }, [place]);

  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <header className="top">
        <a className="brand" href="#/">Coursewright</a>
        <nav aria-label="Views">
          {PLACES.map(({ href, label, names }) => (
            <a key={href} href={href} aria-current={(names as readonly string[]).includes(view.name) ? 'page' : undefined}>{label}</a>
          ))}
          <a href="/docs">API</a>
        </nav>
        <LiveNote />
        {hasKey ? <button type="button" className="quiet" onClick={() => goOnWithKey(undefined)}>Forget the key</button> : null}
      </header>
      <main ref={main} tabIndex={-1} id="main">
        {needsKey ? <KeyForm wasRefused={hasKey} /> : <ViewBoundary key={place}><Suspense fallback={<Loading what="the view" />}><Viewed view={view} /></Suspense></ViewBoundary>}
      </main>
      <TourCaption />
    </>
  );
}

/** By itself: events come ten times a second, and the rest of the frame need not be drawn for them. */
function LiveNote() {
  return <ConnectionNote connection={useStore(everything).connection} />;
}

function Viewed({ view }: { readonly view: View }) {
  switch (view.name) {
    case 'now': return <NowPage />;
    case 'courses': return <CoursesPage />;
    case 'new-course': return <NewCourse />;
    case 'course': return <CoursePage key={view.courseMapId} courseMapId={view.courseMapId} nodeId={view.nodeId} />;
    case 'log': return <LogPage query={view.query} />;
    case 'operations': return <OperationsPage />;
    case 'unknown': return <Empty title="There is no such view"><a href="#/courses">All courses</a></Empty>;
  }
}

/** Views of one place keep the focus where it is. */
function placeOf(view: View): string {
  return view.name === 'course' ? `course ${view.courseMapId}` : view.name;
}

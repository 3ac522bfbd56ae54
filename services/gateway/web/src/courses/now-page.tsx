/**
 * What happens now: the newest course that is being made, or the newest of all.
 */
import { CoursePage } from '../course/lazy-course-page.ts';
import { Empty, Failed, Loading } from '../design/states.tsx';
import { useStore } from '../live/store.ts';
import { useAnswer } from '../live/use-answer.ts';
import { session } from '../session/session.ts';

/** Somebody may ask for another one. */
const LOOK_EVERY_MS = 2000;

export function NowPage() {
  const { client } = useStore(session);
  const [newest, again] = useAnswer(client, async (signal) => {
    const ask = (status?: 'generating') => client.ask(client.api.GET('/api/v1/course-map/list', { params: { query: { limit: 1, ...(status === undefined ? {} : { status }) } }, signal }));
    return (await ask('generating')).course_maps[0] ?? (await ask()).course_maps[0];
  }, LOOK_EVERY_MS);
  if (newest.kind === 'loading') return <Loading what="the newest course" />;
  if (newest.kind === 'failed') return <Failed error={newest.error} onAgain={again} />;
  if (newest.data === undefined) return <Empty title="No course yet"><p>Ask for one, and see it grow here. <a className="button" href="#/courses/new">New course</a></p></Empty>;
  const { course_map_id: id } = newest.data;
  return <CoursePage key={id} courseMapId={id} nodeId={undefined} />;
}

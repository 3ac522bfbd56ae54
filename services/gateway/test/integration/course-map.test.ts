/** How one course is shown, and how far it is, at every point of its life. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream } from '@coursewright/events';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { courseRequest, NODES, plannedCourse } from '../fixtures/sample-course.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

const get = async (id: string) => (await gateway.send('GET', `/api/v1/course-map/${id}`)).json;
const progress = async (id: string) => (await gateway.send('GET', `/api/v1/course-map/${id}/progress`)).json;

/** A planned course. */
async function plannedId(): Promise<string> {
  const id = await generation.requestCourse();
  await generation.plan(id);
  return id;
}

t.test('a course that was only asked for has its request and nothing else yet', async (t) => {
  const id = await generation.requestCourse();
  const course = await get(id);
  t.strictSame(course, {
    course_map_id: id,
    status: 'requested',
    request: courseRequest(),
    map_meta: null,
    nodes: [],
    error: null,
    created_at: course.created_at,
    tenant: null,
  });
  t.equal(new Date(course.created_at).toISOString(), course.created_at);
});

t.test('a planned course is shown as it was planned, the nodes in the order of the map', async (t) => {
  const id = await plannedId();
  const course = await get(id);
  t.equal(course.status, 'generating');
  t.strictSame(course.map_meta, plannedCourse().map_meta);
  t.strictSame(course.nodes, NODES);
});

t.test('an id in capitals is the same course', async (t) => {
  const id = await plannedId();
  t.equal((await get(id.toUpperCase())).course_map_id, id);
  t.equal((await progress(id.toUpperCase())).course_map_id, id);
});

t.test('before the plan the progress is initializing, without nodes', async (t) => {
  const id = await generation.requestCourse();
  const initializing = {
    course_map_id: id,
    overall_status: 'initializing',
    learn_progress: 0,
    nodes_status: [],
    error: null,
  };
  t.strictSame(await progress(id), initializing);
  await generation.startPlanning(id);
  t.strictSame(await progress(id), initializing, 'nor while it is being planned');
});

t.test('the progress grows with every learn node, and a quiz does not count', async (t) => {
  const id = await plannedId();
  const seen = async () => {
    const { overall_status: status, learn_progress: share } = await progress(id);
    return [status, share] as const;
  };
  t.strictSame(await seen(), ['generating', 0]);
  await generation.startNode(id, 'start');
  t.strictSame(await seen(), ['generating', 0]);
  for (const [nodeId, wanted] of [
    ['left', 0.25],
    ['right', 0.5],
    ['end', 0.75],
  ] as const) {
    await generation.completeNode(id, nodeId);
    t.strictSame(await seen(), ['generating', wanted]);
  }
  t.strictSame((await progress(id)).nodes_status, [
    { node_id: 'start', type: 'learn', status: 'generating', error: null },
    { node_id: 'left', type: 'learn', status: 'completed', error: null },
    { node_id: 'right', type: 'learn', status: 'completed', error: null },
    { node_id: 'check', type: 'quiz', status: 'quiz_pending', error: null },
    { node_id: 'end', type: 'learn', status: 'completed', error: null },
  ]);
});

t.test('a course whose learn nodes are all completed is completed', async (t) => {
  const id = await plannedId();
  for (const nodeId of ['start', 'left', 'right', 'end']) await generation.completeNode(id, nodeId);
  t.match(await progress(id), { overall_status: 'completed', learn_progress: 1 });
  await generation.completeCourse(id);
  t.match(await progress(id), { overall_status: 'completed', learn_progress: 1 });
});

t.test('a third is written with four digits', async (t) => {
  const id = await generation.requestCourse();
  await generation.plan(
    id,
    NODES.filter(({ id: nodeId }) => nodeId !== 'right'),
  );
  await generation.completeNode(id, 'start');
  t.equal((await progress(id)).learn_progress, 0.3333);
});

t.test('a course that is over with a failed node is partial_failed, and the node says why', async (t) => {
  const id = await plannedId();
  for (const nodeId of ['start', 'left', 'right']) await generation.completeNode(id, nodeId);
  await generation.failNode(id, 'end', 'the model gave up');
  const seen = await progress(id);
  t.match(seen, { overall_status: 'partial_failed', learn_progress: 0.75, error: null });
  t.strictSame(seen.nodes_status.at(-1), {
    node_id: 'end',
    type: 'learn',
    status: 'failed',
    error: 'the model gave up',
  });
});

t.test('with a failed node and one still to come a course is generating', async (t) => {
  const id = await plannedId();
  await generation.failNode(id, 'left', 'the model gave up');
  t.match(await progress(id), { overall_status: 'generating' });
});

t.test('a course that could not be planned is failed, with the reason', async (t) => {
  const id = await generation.requestCourse();
  await generation.failPlanning(id, 'the provider refused');
  const seen = await progress(id);
  t.strictSame(seen, {
    course_map_id: id,
    overall_status: 'failed',
    learn_progress: 0,
    nodes_status: [],
    error: 'the provider refused',
  });
  t.match(await get(id), { status: 'failed', error: 'the provider refused', nodes: [] });
});

t.test('a cancelled course keeps what is completed', async (t) => {
  const id = await plannedId();
  await generation.completeNode(id, 'start');
  await generation.startNode(id, 'left');
  await generation.append(courseMapStream(id), { type: 'CourseMapCancelled', data: { reason: 'enough' } });
  const seen = await progress(id);
  t.match(seen, { overall_status: 'cancelled', learn_progress: 0.25 });
  t.strictSame(
    seen.nodes_status.map(({ status }: { status: string }) => status),
    ['completed', 'cancelled', 'cancelled', 'quiz_pending', 'cancelled'],
  );
});

t.test('the list and the progress say the same about every course', async (t) => {
  const { json } = await gateway.send('GET', '/api/v1/course-map/list?limit=100');
  t.ok(json.course_maps.length > 8);
  for (const listed of json.course_maps) {
    const seen = await progress(listed.course_map_id);
    t.strictSame(
      [listed.overall_status, listed.learn_progress],
      [seen.overall_status, seen.learn_progress],
      listed.overall_status,
    );
  }
});

t.test('HEAD is answered as GET is, without the body', async (t) => {
  const id = await plannedId();
  const answer = await gateway.send('HEAD', `/api/v1/course-map/${id}/progress`);
  t.equal(answer.status, 200);
  t.match(answer.headers.get('content-type'), /^application\/json/);
  t.equal(answer.text, '');
});

/**
 * The table of a course fits its terminal, tells the status by shape and word, and lets nothing that a model wrote command the terminal.
 */
import stringWidth from 'string-width';
import t from 'tap';
import { stripVTControlCharacters } from 'node:util';
import { courseTable, nodeLine } from '../../src/course-table.ts';
import { afterNews, newsOfEntry, newsOfEvent, viewOf, type Attempt, type CourseView, type NodeView } from '../../src/course-view.ts';

const NOW = Date.parse('2026-11-26T12:00:10Z');
const node = (id: string, changes: Partial<NodeView> = {}): NodeView => ({
  id, title: `Title of ${id}`, status: 'pending', error: null, attempt: undefined, workerId: undefined, startedAt: undefined, endedAt: undefined, ...changes,
});
const course: CourseView = {
  name: 'SQL: joins',
  status: 'generating',
  error: null,
  nodes: [
    node('n1', { status: 'completed', startedAt: NOW - 9000, endedAt: NOW - 4900 }),
    node('n2', { status: 'generating', startedAt: NOW - 3200, attempt: 2, workerId: 'generation-3f9a' }),
    node('n3', { status: 'failed', error: 'model_refused: no', startedAt: NOW - 9000, endedAt: NOW }),
    node('n4'),
    node('n5', { status: 'quiz_pending' }),
  ],
};

t.test('a bar, and a row for each node', async (t) => {
  const lines = courseTable(course, { width: 100, isColoured: false, now: NOW });
  t.equal(lines[0], 'SQL: joins  generating');
  t.match(lines[1], /^█{10}░{30} {2}1 of 4 cards, 1 failed$/);
  t.same(lines.slice(3).map((line) => line.trimEnd().replaceAll(/ {2,}/g, '  ')), [
    '✓ n1  Title of n1  completed  4.1 s',
    '▶ n2  Title of n2  generating  3.2 s · attempt 2 · generation-3f9a',
    '✗ n3  Title of n3  failed  model_refused: no',
    '· n4  Title of n4  pending',
    '? n5  Title of n5  quiz',
  ]);
});

t.test('no line is wider than the terminal, in any script and however narrow', async (t) => {
  const wide = { ...course, name: '结构化查询语言'.repeat(20), nodes: course.nodes.map((one) => ({ ...one, title: '👩‍💻 연결 '.repeat(30), error: 'x'.repeat(500) })) };
  for (const width of [20, 40, 61, 100, 200]) {
    for (const line of courseTable(wide, { width, isColoured: true, now: NOW }).slice(2)) {
      t.ok(stringWidth(line) <= width, `${stringWidth(line)} of ${width}: ${line}`);
    }
  }
});

t.test('what a model wrote commands no terminal', async (t) => {
  const hostile = '\u001b]0;owned\u0007\u001b[2J\u202eabc\r\n\u009b31m';
  const { nodes } = course;
  const lines = courseTable({ ...course, name: hostile, nodes: [{ ...nodes[2]!, title: hostile, error: hostile }] }, { width: 100, isColoured: false, now: NOW });
  // eslint-disable-next-line no-control-regex -- they are what must not be there
  for (const line of [...lines, nodeLine({ ...nodes[2]!, error: hostile }, NOW)]) t.notMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/u);
  const coloured = courseTable({ ...course, name: hostile }, { width: 100, isColoured: true, now: NOW });
  t.ok(coloured.every((line) => stripVTControlCharacters(line) !== line || line === '' || !line.includes('\u001b')));
});

t.test('a course that is not planned yet has neither bar nor rows', async (t) => {
  t.match(courseTable({ ...course, status: 'initializing', nodes: [], error: 'busy' }, { width: 60, isColoured: false, now: NOW }),
    ['SQL: joins  initializing', /^░{40}$/, 'the last planning failed: busy', '']);
});

t.test('since when a node is as it is comes from its events, those before us and those after', async (t) => {
  const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
  const entry = { position: 1, at: at(-9), what: 'GenerationStarted', node_id: 'n1', attempt: 1, worker_id: 'w1', who: 'w1', via: 'generation', why: null, correlation_id: 'c' };
  const event = (type: string, seconds: number, data: object) =>
    ({ position: 2, stream: 'node-0198+n1', version: 1, type, schema_version: 1, data: { ...data }, metadata: {}, recorded_at: at(seconds) });
  let attempts: ReadonlyMap<string, Attempt> = new Map();
  attempts = afterNews(attempts, newsOfEntry(entry)!);
  attempts = afterNews(attempts, newsOfEvent(event('GenerationInterrupted', -5, { attempt: 1 }))!);
  t.same(attempts.get('n1'), { attempt: 1, workerId: 'w1', startedAt: NOW - 9000, endedAt: NOW - 5000 });
  attempts = afterNews(attempts, newsOfEvent(event('GenerationStarted', -4, { attempt: 2, worker_id: 'w2' }))!);
  const progress = { course_map_id: 'c', overall_status: 'generating' as const, learn_progress: 0, error: null, nodes_status: [{ node_id: 'n1', type: 'learn' as const, status: 'generating' as const, error: null }] };
  t.match(viewOf('C', new Map([['n1', 'T']]), progress, attempts).nodes, [{ title: 'T', attempt: 2, workerId: 'w2', startedAt: NOW - 4000, endedAt: undefined }]);
  t.equal(newsOfEvent({ ...event('CourseMapPlanned', 0, {}), stream: 'course_map-0198' }), undefined);
  t.equal(newsOfEntry({ ...entry, node_id: null }), undefined);
});

t.test('a course that failed in part is called so, and its bar is full for no width', async (t) => {
  const nodes = Array.from({ length: 50 }, (_, index) => node(`n${index}`, { status: index === 0 ? 'failed' : 'completed' }));
  for (const width of [30, 40, 60, 100]) {
    const [first, bar] = courseTable({ ...course, status: 'partial_failed', nodes }, { width, isColoured: false, now: NOW });
    t.match(first, / {2}partly failed$/);
    t.match(bar, /░ {2}49 of 50 cards, 1 failed$/);
  }
});

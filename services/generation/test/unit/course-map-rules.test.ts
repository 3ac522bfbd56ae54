/** Which maps are valid, and what is said about the others. */
import t from 'tap';
import { NODE_COUNT_BY_MODE, type CourseMap, type CourseRequest, type MapNode } from '@coursewright/events';
import { findCourseMapProblems } from '../../src/domain/course-map-rules.ts';
import { courseMap, courseRequest, diamond, mapNode } from '../fixtures/sample-course.ts';

/** The diamond with these nodes changed. */
function changed(changes: Readonly<Record<string, Partial<MapNode>>>): MapNode[] {
  return diamond().map((node) => ({ ...node, ...changes[node.id] }));
}

/** Claims that the map has this problem, and no other. */
const refuses = (title: string, map: CourseMap | MapNode[], ...reasons: readonly RegExp[]) =>
  t.test(title, async (t) => {
    const problems = findCourseMapProblems(Array.isArray(map) ? courseMap(map) : map, courseRequest());
    t.equal(problems.length, reasons.length, problems.join(' '));
    for (const [index, reason] of reasons.entries()) t.match(problems[index], reason);
  });

/** A chain of merges with as many nodes as asked for: valid but for its count. */
function mapOfSize(count: number): MapNode[] {
  const [start, left, right] = diamond();
  const tail = Array.from({ length: count - 3 }, (_, index) =>
    mapNode(`t${index}`, index + 2, index === 0 ? ['left', 'right'] : [`t${index - 1}`]),
  );
  return [start, left, right, ...tail].filter((node) => node !== undefined);
}

t.test('a diamond with a quiz is valid', async (t) => {
  t.strictSame(findCourseMapProblems(courseMap(), courseRequest()), []);
});

t.test('the order of the nodes does not matter', async (t) => {
  t.strictSame(findCourseMapProblems(courseMap(diamond().reverse()), courseRequest()), []);
});

t.test('edges may skip layers', async (t) => {
  const nodes = changed({ end: { layer: 9, pre_requisites: ['start', 'right'] } });
  t.strictSame(findCourseMapProblems(courseMap(nodes), courseRequest()), []);
});

for (const [mode, [fewest, most]] of Object.entries(NODE_COUNT_BY_MODE) as [
  CourseRequest['mode'],
  [number, number],
][]) {
  t.test(`a ${mode} map has ${fewest} to ${most} nodes, not one less and not one more`, async (t) => {
    const request = courseRequest({ mode });
    const problemsAt = (count: number) => findCourseMapProblems(courseMap(mapOfSize(count), request), request);
    t.strictSame(problemsAt(fewest), []);
    t.strictSame(problemsAt(most), []);
    t.match(problemsAt(fewest - 1), [new RegExp(`${fewest} to ${most}.*has ${fewest - 1}`)]);
    t.match(problemsAt(most + 1), [new RegExp(`${fewest} to ${most}.*has ${most + 1}`)]);
  });
}

refuses(
  'an id twice is named',
  changed({ right: { id: 'left' }, end: { pre_requisites: ['left', 'start'] } }),
  /id left/,
);
refuses(
  'a prerequisite that does not exist is named',
  changed({ check: { pre_requisites: ['ghost'] } }),
  /check requires ghost/,
);
refuses(
  'a prerequisite named twice is refused',
  changed({ end: { pre_requisites: ['left', 'left'] } }),
  /end names .* twice/,
);
refuses(
  'a prerequisite in the same layer is refused',
  changed({ right: { pre_requisites: ['left'] } }),
  /right in layer 1/,
);
refuses('a prerequisite in a later layer is refused', changed({ left: { pre_requisites: ['end'] } }), /earlier layer/);
refuses('a node that requires itself is refused', changed({ left: { pre_requisites: ['left'] } }), /back to itself/);
refuses(
  'in a cycle each edge that leads back is named',
  changed({ left: { pre_requisites: ['right'] }, right: { pre_requisites: ['left'] } }),
  /left in layer 1 requires right/,
  /right in layer 1 requires left/,
);
refuses(
  'a map in which everything requires something has no start',
  changed({ start: { pre_requisites: ['end'] } }),
  /start in layer 0 requires end/,
  /here none is/,
);
refuses('two starts are named', changed({ right: { pre_requisites: [] } }), /start, right/);
refuses(
  'a start that is not in layer 0 is refused',
  diamond().map((node) => ({ ...node, layer: node.layer + 1 })),
  /layer 0/,
);
refuses('a start that is a quiz is refused', changed({ start: { type: 'quiz' } }), /its type is learn/);
refuses(
  'a map in which nobody can choose is refused',
  changed({ right: { layer: 2, pre_requisites: ['left'] }, check: { layer: 4 } }),
  /two or more nodes/,
);
refuses(
  'a map in which no paths come together is refused',
  changed({ end: { pre_requisites: ['left'] } }),
  /two or more prerequisites/,
);
refuses(
  'no nodes at all are refused, not a crash',
  [],
  /5 to 8/,
  /here none is/,
  /type learn/,
  /two or more nodes/,
  /two or more prerequisites/,
);

const { map_meta: meta, nodes } = courseMap();
refuses('another mode than asked for is refused', { map_meta: { ...meta, mode: 'Deep' }, nodes }, /mode is Light/);
refuses('another budget is refused', { map_meta: { ...meta, time_budget_minutes: 90 }, nodes }, /budget_minutes is 60/);
refuses('a wrong sum is refused', { map_meta: { ...meta, time_sum_minutes: 1 }, nodes }, /sum_minutes is 60/);
refuses('a wrong difference is refused', { map_meta: { ...meta, time_delta_minutes: 1 }, nodes }, /delta_minutes is 0/);

t.test('all problems of a map are told at once', async (t) => {
  const bad = changed({
    left: { pre_requisites: ['ghost'] },
    right: { pre_requisites: [] },
    end: { pre_requisites: ['end'] },
  });
  const problems = findCourseMapProblems({ map_meta: { ...meta, mode: 'Fast' }, nodes: bad }, courseRequest());
  t.equal(problems.length, 5, problems.join('\n'));
});

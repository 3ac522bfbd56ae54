/**
 * Which nodes come next: those whose own prerequisites are done, the longest remaining path first, no more than the
 * course may have in hand.
 */
import t from 'tap';
import { learnPrerequisites, nodesToSchedule } from '../../src/domain/ready-nodes.ts';
import { cancelNode, type NodeState } from '../../src/domain/node.ts';
import { completed, failed, interrupted, nodeAfter, scheduled, started } from '../fixtures/node-states.ts';
import { mapOf, nodesOf, type NodeShape } from '../fixtures/planned-map.ts';

const DIAMOND: readonly NodeShape[] = [
  { id: 'start' },
  { id: 'left', after: ['start'] },
  { id: 'right', after: ['start'] },
  { id: 'end', after: ['left', 'right'] },
];
const DONE = nodeAfter(scheduled(), started(), completed());
const FAILED = nodeAfter(scheduled(), started(), failed(1, true));
const RUNNING = nodeAfter(scheduled(), started());
const QUEUED = nodeAfter(scheduled());

t.test('in a diamond the ends wait for the start, and the last for both sides', async (t) => {
  t.same(next(DIAMOND, {}), ['start']);
  t.same(next(DIAMOND, { start: RUNNING }), []);
  t.same(next(DIAMOND, { start: DONE }), ['left', 'right']);
  t.same(next(DIAMOND, { start: DONE, left: DONE }), ['right']);
  t.same(next(DIAMOND, { start: DONE, left: DONE, right: RUNNING }), []);
  t.same(next(DIAMOND, { start: DONE, left: DONE, right: DONE }), ['end']);
  t.same(next(DIAMOND, { start: DONE, left: DONE, right: DONE, end: DONE }), []);
});

t.test('a prerequisite that finally failed counts as done, one that is to be tried again does not', async (t) => {
  t.same(next(DIAMOND, { start: DONE, left: DONE, right: FAILED }), ['end']);
  const toBeTriedAgain = nodeAfter(scheduled(), started(), failed());
  t.same(next(DIAMOND, { start: DONE, left: DONE, right: toBeTriedAgain }), ['right']);
});

t.test('there is no barrier between layers: a node waits for its own prerequisites only', async (t) => {
  const shapes = [...DIAMOND, { id: 'ahead', after: ['left'] }];
  t.same(next(shapes, { start: DONE, left: DONE, right: RUNNING }), ['ahead']);
});

t.test('a quiz is never scheduled, and what it requires is required by whatever follows it', async (t) => {
  const shapes: NodeShape[] = [{ id: 'first' }, { id: 'quiz', type: 'quiz', after: ['first'] }, { id: 'second', after: ['quiz'] }];
  t.same(next(shapes, {}), ['first']);
  t.same(next(shapes, { first: RUNNING }), []);
  t.same(next(shapes, { first: DONE }), ['second']);
});

t.test('the learn prerequisites of a node are found through any number of quizzes, each once', async (t) => {
  const nodes = nodesOf(mapOf([
    { id: 'a' },
    { id: 'b' },
    { id: 'q1', type: 'quiz', after: ['a', 'b'] },
    { id: 'q2', type: 'quiz', after: ['q1', 'a'] },
    { id: 'last', after: ['q2', 'b'] },
  ]));
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  t.same(learnPrerequisites(byId.get('last')!, byId).map(({ nodeId }) => nodeId).sort(), ['a', 'b']);
  t.same(learnPrerequisites(byId.get('a')!, byId), []);
});

t.test('no more nodes are in hand than the course may have', async (t) => {
  const shapes = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));
  t.same(next(shapes, {}, 3), ['a', 'b', 'c']);
  t.same(next(shapes, { a: RUNNING, b: QUEUED }, 3), ['c'], 'running and queued ones are in hand');
  t.same(next(shapes, { a: RUNNING, b: QUEUED, c: RUNNING }, 3), []);
  t.same(next(shapes, { a: RUNNING, b: QUEUED, c: RUNNING }, 2), [], 'nor when there are too many already');
  t.same(next(shapes, { a: DONE, b: FAILED, c: cancelNode(RUNNING) }, 3), ['d', 'e'], 'finished ones are not');
});

t.test('of the ready nodes, those with the longest remaining path go first', async (t) => {
  const shapes: NodeShape[] = [
    { id: 'short' },
    { id: 'long' },
    { id: 'middle' },
    { id: 'l2', after: ['long'] },
    { id: 'l3', after: ['l2'] },
    { id: 'm2', after: ['middle'] },
  ];
  t.same(next(shapes, {}), ['long', 'middle', 'short']);
  t.same(next(shapes, {}, 1), ['long']);
});

t.test('of equally urgent nodes, the one that stands first in the map goes first', async (t) => {
  t.same(next([{ id: 'z' }, { id: 'a' }, { id: 'm' }], {}), ['z', 'a', 'm']);
  const shuffled = nodesOf(mapOf([{ id: 'z' }, { id: 'a' }, { id: 'm' }])).reverse();
  t.same(nodesToSchedule(shuffled, 9).map(({ nodeId }) => nodeId), ['z', 'a', 'm']);
});

t.test('a node that was interrupted is ready again', async (t) => {
  t.same(next(DIAMOND, { start: nodeAfter(scheduled(), started(), interrupted()) }), ['start']);
});

t.test('a node that is queued, running or over is not scheduled again', async (t) => {
  for (const state of [QUEUED, RUNNING, DONE, FAILED, cancelNode(QUEUED)]) t.same(next([{ id: 'only' }], { only: state }), []);
});

t.test('the nodes that were given stay in their order', async (t) => {
  const nodes = Object.freeze(nodesOf(mapOf([{ id: 'short' }, { id: 'long' }, { id: 'l2', after: ['long'] }])));
  t.same(nodesToSchedule(nodes, 9).map(({ nodeId }) => nodeId), ['long', 'short']);
});

t.test('a cycle, should one ever be stored, ends the walk', async (t) => {
  const shapes = [{ id: 'a', after: ['b'] }, { id: 'b', after: ['a'] }, { id: 'c' }, { id: 'd' }];
  t.same(next(shapes, {}), ['c', 'd']);
});

/** The ids of what is scheduled next when these nodes stand as given and the others are fresh. */
function next(shapes: readonly NodeShape[], states: Readonly<Record<string, NodeState>>, courseConcurrency = 9): string[] {
  const nodes = nodesOf(mapOf(shapes)).map((node): NodeState => {
    const state = states[node.nodeId];
    if (state === undefined) return node;
    const { nodeId, type, place, preRequisites } = node;
    return { ...state, nodeId, type, place, preRequisites };
  });
  return nodesToSchedule(nodes, courseConcurrency).map(({ nodeId }) => nodeId);
}

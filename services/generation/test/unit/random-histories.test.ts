/**
 * A hundred thousand histories that chance makes up, decided by the domain: none leads to a state that must not be. What
 * may follow what is judged by rules of their own (`history-rules.ts`), not by the deciders.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { CourseMapEvent, NodeEvent } from '@coursewright/events';
import { nodeOfStream } from '@coursewright/events';
import type { DecidedAppend, LockedCourse } from '../../src/domain/course-decisions.ts';
import { evolveCourse, requestedCourse, type CourseState } from '../../src/domain/course.ts';
import { courseEventProblem, nodeEventProblem } from '../../src/domain/history-rules.ts';
import { decideNode, isWaiting } from '../../src/domain/node-decider.ts';
import { cancelNode, evolveNode, type NodeState } from '../../src/domain/node.ts';
import { learnPrerequisites } from '../../src/domain/ready-nodes.ts';
import { courseMap, decideTurn, turns } from '../fixtures/random-history.ts';
import { COURSE_ID, HASH, USAGE } from '../fixtures/node-states.ts';
import { nodesOf } from '../fixtures/planned-map.ts';

const HISTORIES = 100_000;
const COURSE_CONCURRENCY = 3;

t.test(`${HISTORIES.toLocaleString('en')} histories: every event may follow what was before it, and no course is ever stuck`, async (t) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(courseMap, turns, (map, history) => {
      let locked: LockedCourse = { course: requestedCourse(COURSE_ID), nodes: [] };
      const completions = new Map<string, number>();
      for (const turn of history) {
        const { appends, after } = decideTurn(locked, map, turn);
        const replayed = judge(locked, map, appends, completions);
        assert.deepEqual(replayed.course, after.course, 'the course stands where its events lead');
        assert.deepEqual(byId(replayed.nodes), byId(after.nodes), 'the nodes stand where their events lead');
        for (const { events } of appends) for (const { type } of events) seen.add(type);
        const isSettled = !['cancel', 'retry'].includes(turn[0]?.kind ?? '');
        if (isSettled) assertNotStuck(after);
        locked = after;
      }
      for (const [nodeId, times] of completions) assert.equal(times, 1, `${nodeId} was completed ${times} times`);
      for (const node of locked.nodes) assertStaleCommandsChangeNothing(node);
    }),
    { numRuns: HISTORIES },
  );
  const expected = [
    'CourseMapPlanningStarted', 'CourseMapPlanningInterrupted', 'CourseMapPlanningFailed', 'CourseMapPlanned', 'CourseMapCompleted',
    'CourseMapReopened', 'CourseMapRetryRequested', 'CourseMapCancelled', 'GenerationScheduled', 'GenerationStarted', 'GenerationCompleted', 'GenerationFailed',
    'GenerationInterrupted', 'RetryRequested', 'LateResultReceived',
  ];
  t.same(expected.filter((type) => !seen.has(type)), [], 'every event took part');
});

/** Takes the events one by one, each judged by what stands before it. */
function judge(before: LockedCourse, map: Parameters<typeof nodesOf>[0], appends: readonly DecidedAppend[], completions: Map<string, number>): LockedCourse {
  let course: CourseState = before.course;
  const nodes = new Map(before.nodes.map((node) => [node.nodeId, node]));
  for (const { stream, expectedVersion, events } of appends) {
    const nodeId = nodeOfStream(stream)?.nodeId;
    assert.equal(expectedVersion, nodeId === undefined ? course.version : nodes.get(nodeId)?.version, `the version that ${stream} is expected at`);
    for (const event of events) {
      if (nodeId === undefined) {
        const its = event as CourseMapEvent;
        assert.equal(courseEventProblem(course, its), undefined, its.type);
        course = evolveCourse(course, its);
        if (its.type === 'CourseMapPlanned') for (const node of nodesOf(map)) nodes.set(node.nodeId, node);
        if (its.type === 'CourseMapCancelled') for (const [id, node] of nodes) nodes.set(id, cancelNode(node));
        continue;
      }
      const its = event as NodeEvent;
      const node = nodes.get(nodeId)!;
      assert.equal(nodeEventProblem(node, its), undefined, `${its.type} of ${nodeId}`);
      if (its.type === 'GenerationScheduled' && node.attempt === 0) {
        for (const { status } of learnPrerequisites(node, nodes)) assert.ok(status === 'completed' || status === 'failed', 'what it builds on is over');
      }
      if (its.type === 'GenerationCompleted') completions.set(nodeId, (completions.get(nodeId) ?? 0) + 1);
      nodes.set(nodeId, evolveNode(node, its));
    }
  }
  return { course, nodes: [...nodes.values()] };
}

/** Something of an unfinished course is always queued or running, never more than it may have. */
function assertNotStuck({ course, nodes }: LockedCourse): void {
  const open = nodes.filter(({ status }) => status === 'pending' || status === 'generating');
  const moving = open.filter((node) => node.status === 'generating' || !isWaiting(node));
  assert.ok(moving.length <= COURSE_CONCURRENCY, `${moving.length} nodes are queued or running`);
  if (course.status === 'generating') assert.ok(moving.length > 0, 'nothing of an unfinished course is queued or running');
  if (course.status === 'completed') assert.equal(open.length, 0, 'a completed course has unfinished nodes');
}

/** A worker that knows an older attempt, or is another, is told nothing but that it is too late. */
function assertStaleCommandsChangeNothing(node: NodeState): void {
  for (const attempt of [node.attempt - 1, node.attempt + 1]) {
    const stale = { attempt, workerId: node.workerId ?? 'generation-a' };
    assert.deepEqual(decideNode({ type: 'CompleteGeneration', ...stale, contentHash: HASH, model: 'm', usage: USAGE, fromJournal: false }, node), []);
    assert.deepEqual(decideNode({ type: 'FailGeneration', ...stale, error: { code: 'e', message: 'm' }, retryable: true, maxAttempts: 3, outage: undefined }, node), []);
  }
  const other = { attempt: node.attempt, workerId: 'generation-z' };
  assert.deepEqual(decideNode({ type: 'CompleteGeneration', ...other, contentHash: HASH, model: 'm', usage: USAGE, fromJournal: false }, node), []);
}

function byId(nodes: readonly NodeState[]): NodeState[] {
  return [...nodes].sort((a, b) => a.place - b.place);
}

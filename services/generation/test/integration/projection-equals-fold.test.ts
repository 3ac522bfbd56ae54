/**
 * There are two folds of the log: the projections, written by triggers, and the pure functions that decisions are
 * made with. Whoever decides on a row decides on the other's fold, so the two must never differ.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  courseMapStream,
  courseOfStream,
  createPool,
  createPostgresEventStore,
  inTransaction,
  nodeOfStream,
  nodeStream,
  type CourseMap,
  type CourseMapEvent,
  type EventMetadata,
  type EventType,
  type NodeEvent,
} from '@coursewright/events';
import { testDatabase } from '@coursewright/db/testing';
import { evolveCourse, requestedCourse, type CourseState } from '../../src/domain/course.ts';
import { cancelNode, evolveNode, type NodeState } from '../../src/domain/node.ts';
import type { LockedCourse } from '../../src/domain/course-decisions.ts';
import { createPostgresCourseStates } from '../../src/infrastructure/postgres-course-states.ts';
import { mapOf, nodesOf, REQUEST } from '../fixtures/planned-map.ts';
import { courseMap, decideTurn, turns, type Turn } from '../fixtures/random-history.ts';

const RUNS = 300;
/** Every event that may move a course or a node. */
const MOVING_EVENTS: readonly EventType[] = [
  'CourseMapRequested',
  'CourseMapPlanningStarted',
  'CourseMapPlanningInterrupted',
  'CourseMapPlanningFailed',
  'CourseMapPlanned',
  'CourseMapCompleted',
  'CourseMapReopened',
  'CourseMapRetryRequested',
  'CourseMapCancelled',
  'GenerationScheduled',
  'GenerationStarted',
  'GenerationCompleted',
  'GenerationFailed',
  'GenerationInterrupted',
  'RetryRequested',
  'LateResultReceived',
];
const METADATA: EventMetadata = { correlation_id: 'c', causation_id: null, actor: 'test', via: 'generation' };

const database = await testDatabase(t);
const pool = createPool({
  databaseUrl: database.url,
  applicationName: 'test',
  maxConnections: 4,
  onConnectionLost: (error) => t.comment(error.message),
});
t.teardown(() => pool.end());
const store = createPostgresEventStore(pool);
const states = createPostgresCourseStates(pool);

t.test('however a course goes, its rows equal the fold of its events', async (t) => {
  const seen = new Set<EventType>();
  const wholeHistory = async (map: CourseMap, history: readonly Turn[]): Promise<void> => {
    const id = await requestCourse();
    let course: LockedCourse = { course: requestedCourse(id), nodes: [] };
    for (const turn of history) {
      course = await take(course, map, turn);
    }
    const folded = await fold(id, seen);
    assert.deepEqual(folded, sorted(course), 'the events in the log lead to the state that was decided on');
    assert.deepEqual(await rowsOf(id), folded, 'the rows equal the fold');
  };
  await fc.assert(fc.asyncProperty(courseMap, turns, wholeHistory), { numRuns: RUNS });
  const missing = MOVING_EVENTS.filter((type) => !seen.has(type));
  t.same(missing, [], 'every event that moves a course or a node took part');
});

t.test('a node\'s event and its course\'s cancellation, committed together, are projected in the order of the log', async (t) => {
  const id = await requestCourse();
  const course = await runUntilOneNodeFailed(id);
  const failed = course.nodes[0]!;
  t.equal(failed.status, 'failed');
  // Two clients of one gateway, at the same instant: the store commits them as one group.
  await Promise.all([
    store.appendToStream({
      stream: nodeStream({ courseMapId: id, nodeId: failed.nodeId }),
      expectedVersion: failed.version,
      events: [{ type: 'RetryRequested', data: { reason: 'client' } }],
      metadata: METADATA,
    }),
    store.appendToStream({
      stream: courseMapStream(id),
      expectedVersion: course.course.version,
      events: [{ type: 'CourseMapCancelled', data: { reason: 'no more' } }],
      metadata: METADATA,
    }),
  ]);
  t.same(await rowsOf(id), await fold(id), 'the rows equal the fold');
});

t.test('the comparison notices a node whose count differs by one', async (t) => {
  const id = await requestCourse();
  const course = await runUntilOneNodeFailed(id);
  const [first, ...others] = course.nodes;
  const tampered = { ...course, nodes: [{ ...first!, failures: first!.failures + 1 }, ...others] };
  t.notSame(await rowsOf(id), sorted(tampered));
  t.same(await rowsOf(id), sorted(course));
});

async function requestCourse(): Promise<string> {
  const id = randomUUID();
  await store.appendToStream({
    stream: courseMapStream(id),
    expectedVersion: 0,
    events: [{ type: 'CourseMapRequested', data: { request: REQUEST } }],
    metadata: METADATA,
  });
  return id;
}

/** Decides a turn and appends what was decided, all or none; returns how the course stands after it. */
async function take(course: LockedCourse, map: CourseMap, turn: Turn): Promise<LockedCourse> {
  const { appends, after } = decideTurn(course, map, turn);
  const withMetadata = appends.map((append) => ({ ...append, metadata: METADATA }));
  await inTransaction(pool, (transaction) => store.appendToStreams(withMetadata, transaction));
  return after;
}

/** A course of two nodes that do not depend on each other; the first is finally failed, the second queued. */
async function runUntilOneNodeFailed(id: string): Promise<LockedCourse> {
  const map = mapOf([{ id: 'n1' }, { id: 'n2' }]);
  let course: LockedCourse = { course: requestedCourse(id), nodes: [] };
  const history: Turn[] = [
    [{ kind: 'start', pick: 0, worker: 0 }],
    [{ kind: 'complete', pick: 0, worker: 0 }],
    [{ kind: 'start', pick: 0, worker: 0 }],
    [{ kind: 'fail', pick: 0, retryable: false, outage: undefined }],
  ];
  for (const turn of history) {
    course = await take(course, map, turn);
  }
  return course;
}

/** The course as its events, in order of position, make it; nothing else is consulted. */
async function fold(id: string, seen = new Set<EventType>()): Promise<LockedCourse> {
  let course: CourseState | undefined;
  let nodes: NodeState[] = [];
  for (const event of await eventsOf(id)) {
    seen.add(event.type);
    const node = nodeOfStream(event.stream);
    if (node !== undefined) {
      nodes = nodes.map((one) => (one.nodeId === node.nodeId ? evolveNode(one, event as NodeEvent) : one));
      continue;
    }
    course = course === undefined ? requestedCourse(id) : evolveCourse(course, event as CourseMapEvent);
    if (event.type === 'CourseMapPlanned') nodes = nodesOf(event.data);
    if (event.type === 'CourseMapCancelled') nodes = nodes.map(cancelNode);
  }
  if (course === undefined) throw new Error(`no event of course ${id}`);
  return { course, nodes };
}

async function eventsOf(id: string) {
  const { rows } = await pool.query<{ first: string }>('SELECT min(position) - 1 AS first FROM events WHERE stream = $1', [
    courseMapStream(id),
  ]);
  const { events } = await store.readAll({ after: BigInt(rows[0]!.first), limit: 1000 });
  return events.filter(({ stream }) => courseOfStream(stream) === id);
}

/** The rows, read as the service reads them when it decides. */
async function rowsOf(id: string): Promise<LockedCourse> {
  const { free: [loaded] } = await inTransaction(pool, (transaction) => states.lockFree([id], transaction));
  if (loaded === undefined) throw new Error(`no row of course ${id}`);
  return { course: loaded.course, nodes: loaded.nodes };
}

function sorted({ course, nodes }: LockedCourse): LockedCourse {
  return { course, nodes: nodes.toSorted((a, b) => a.place - b.place) };
}

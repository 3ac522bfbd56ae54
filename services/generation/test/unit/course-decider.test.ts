/**
 * What may happen to a course itself: its planning is fenced and retried like a node's attempt, and it is complete when
 * nothing of it is open.
 */
import t from 'tap';
import type { CourseMapEvent, InterruptionCause } from '@coursewright/events';
import { decideCourse, type CourseCommand } from '../../src/domain/course-decider.ts';
import { evolveCourse, requestedCourse, type CourseState } from '../../src/domain/course.ts';
import { cancelNode, plannedNode, type NodeState } from '../../src/domain/node.ts';
import {
  completed, COURSE_ID, courseAfter, DEADLINE, failed, jobOf, nodeAfter, OTHER_WORKER, scheduled, started, USAGE, WORKER,
} from '../fixtures/node-states.ts';
import { mapOf } from '../fixtures/planned-map.ts';

const MAP = mapOf([{ id: 'n1' }]);
const planning = (attempt = 1): CourseMapEvent => ({
  type: 'CourseMapPlanningStarted',
  data: { attempt, worker_id: WORKER, job_id: jobOf(attempt), deadline: DEADLINE },
});
const interrupted = (cause: InterruptionCause = 'worker_lost', attempt = 1): CourseMapEvent => ({
  type: 'CourseMapPlanningInterrupted',
  data: { attempt, cause, worker_id: WORKER, detected_after_ms: null },
});
const planningFailed = (attempt = 1, final = false): CourseMapEvent => ({
  type: 'CourseMapPlanningFailed',
  data: { attempt, error: { code: 'model_timeout', message: 'too slow' }, retryable: true, final, counts: true, outage_since: null },
});
const PLANNED: CourseMapEvent = { type: 'CourseMapPlanned', data: { attempt: 1, ...MAP, model: 'm', usage: USAGE } };
const COMPLETED: CourseMapEvent = { type: 'CourseMapCompleted', data: { completed_nodes: 1, failed_nodes: 0 } };
const REOPENED: CourseMapEvent = { type: 'CourseMapReopened', data: { node_ids: ['n1'] } };
const CANCELLED: CourseMapEvent = { type: 'CourseMapCancelled', data: { reason: 'a test' } };

const GIVEN = {
  requested: courseAfter(),
  planning: courseAfter(planning()),
  'to be planned again': courseAfter(planning(), planningFailed()),
  'interrupted while planning': courseAfter(planning(), interrupted()),
  'planning again': courseAfter(planning(), interrupted(), planning(2)),
  'never planned': courseAfter(planning(), planningFailed(1, true)),
  generating: courseAfter(planning(), PLANNED),
  completed: courseAfter(planning(), PLANNED, COMPLETED),
  reopened: courseAfter(planning(), PLANNED, COMPLETED, REOPENED),
  cancelled: courseAfter(planning(), PLANNED, CANCELLED),
} satisfies Record<string, CourseState>;
type Given = keyof typeof GIVEN;

const START: CourseCommand = { type: 'StartPlanning', attempt: 1, workerId: WORKER, jobId: jobOf(1), deadline: DEADLINE };
const COMPLETE: CourseCommand = { type: 'CompletePlanning', attempt: 1, workerId: WORKER, map: MAP, model: 'm', usage: USAGE };
const FAIL: CourseCommand & { type: 'FailPlanning' } = {
  type: 'FailPlanning', attempt: 1, workerId: WORKER, error: { code: 'model_timeout', message: 'too slow' }, retryable: true, maxAttempts: 3, outage: undefined,
};
const INTERRUPT: CourseCommand & { type: 'InterruptPlanning' } = {
  type: 'InterruptPlanning', cause: 'worker_lost', held: { workerId: WORKER, attempt: 1 }, detectedAfterMs: 310,
};
const DONE = nodeAfter(scheduled(), started(), completed());
const FAILED = nodeAfter(scheduled(), started(), failed(1, true));
const QUIZ = plannedNode({ nodeId: 'q1', type: 'quiz', place: 2, preRequisites: [] });
const settle = (...nodes: readonly NodeState[]): CourseCommand => ({ type: 'SettleCourse', nodes });

/** What a worker holds that was given a planning for the tenth time. */
const TENTH = { workerId: WORKER, attempt: 10 };

/** For each command, the states in which it applies; in every other state it leads to nothing. */
const APPLIES: readonly (readonly [name: string, command: CourseCommand, states: readonly Given[]])[] = [
  ['StartPlanning of the first attempt', START, ['requested']],
  ['StartPlanning of the second attempt', { ...START, attempt: 2 }, ['to be planned again', 'interrupted while planning']],
  ['StartPlanning of an attempt that is not next', { ...START, attempt: 3 }, []],
  ['CompletePlanning of the first attempt', COMPLETE, ['planning']],
  ['CompletePlanning of the second attempt', { ...COMPLETE, attempt: 2 }, ['planning again']],
  ['CompletePlanning of another worker', { ...COMPLETE, workerId: OTHER_WORKER }, []],
  ['FailPlanning of the first attempt', FAIL, ['planning']],
  ['FailPlanning of another worker', { ...FAIL, workerId: OTHER_WORKER }, []],
  ['InterruptPlanning of the first attempt', INTERRUPT, ['planning']],
  ['InterruptPlanning of the second attempt', { ...INTERRUPT, held: { workerId: WORKER, attempt: 2 } }, ['planning again']],
  ['InterruptPlanning of whoever holds it', { ...INTERRUPT, held: null }, ['planning', 'planning again']],
  ['InterruptPlanning of another worker', { ...INTERRUPT, held: { workerId: OTHER_WORKER, attempt: 1 } }, []],
  ['SettleCourse with nothing open', settle(DONE, FAILED, QUIZ), ['generating', 'reopened']],
  ['SettleCourse with a node waiting', settle(DONE, nodeAfter()), ['completed']],
];

for (const [name, command, states] of APPLIES) {
  t.test(`${name} applies to a course that is ${states.join(', ') || 'in no state at all'}, and to no other`, async (t) => {
    const applicable = (Object.keys(GIVEN) as Given[]).filter((given) => decideCourse(command, GIVEN[given]).length > 0);
    t.same(applicable, states);
  });

  t.test(`${name}, decided twice, writes once`, async (t) => {
    for (const given of states) {
      const after = decideCourse(command, GIVEN[given]).reduce(evolveCourse, GIVEN[given]);
      t.same(decideCourse(command, after), [], `on a course that was ${given}`);
    }
  });
}

t.test('a plan is recorded whole, with what it cost', async (t) => {
  t.same(decideCourse(COMPLETE, GIVEN.planning), [{ type: 'CourseMapPlanned', data: { attempt: 1, ...MAP, model: 'm', usage: USAGE } }]);
});

t.test('a planning failure is final when trying again cannot help, or when it was the last attempt', async (t) => {
  t.match(decideCourse(FAIL, GIVEN.planning), [{ data: { final: false } }]);
  t.match(decideCourse({ ...FAIL, retryable: false }, GIVEN.planning), [{ data: { final: true } }]);
  const last = courseAfter(planning(), planningFailed(), planning(2), planningFailed(2), planning(3));
  t.match(decideCourse({ ...FAIL, attempt: 3 }, last), [{ data: { final: true } }]);
});

t.test('a course whose planning loses its worker for the tenth time fails; being moved on purpose does not count, nor does the end of the database', async (t) => {
  const lostNineTimes = (cause: InterruptionCause) =>
    courseAfter(...Array.from({ length: 9 }, (_, index) => index + 1).flatMap((attempt) => [planning(attempt), interrupted(cause, attempt)]), planning(10));
  const events = decideCourse({ ...INTERRUPT, held: TENTH }, lostNineTimes('worker_lost'));
  t.match(events, [
    { type: 'CourseMapPlanningInterrupted', data: { attempt: 10, worker_id: WORKER, detected_after_ms: 310 } },
    { type: 'CourseMapPlanningFailed', data: { attempt: 10, error: { code: 'interrupted_too_often' }, final: true } },
  ]);
  t.equal(events.reduce(evolveCourse, lostNineTimes('worker_lost')).status, 'failed');
  t.equal(decideCourse({ ...INTERRUPT, held: TENTH }, lostNineTimes('shutdown')).length, 1);
  t.equal(decideCourse({ ...INTERRUPT, held: TENTH }, lostNineTimes('database_lost')).length, 1);
  t.equal(decideCourse({ ...INTERRUPT, cause: 'operator', held: TENTH }, lostNineTimes('worker_lost')).length, 1);
});

t.test('a course is complete when each of its nodes is completed, failed, cancelled or a quiz, and says how many', async (t) => {
  t.same(decideCourse(settle(DONE, DONE, FAILED, QUIZ), GIVEN.generating), [
    { type: 'CourseMapCompleted', data: { completed_nodes: 2, failed_nodes: 1 } },
  ]);
  for (const open of [nodeAfter(), nodeAfter(scheduled()), nodeAfter(scheduled(), started()), nodeAfter(scheduled(), started(), failed())]) {
    t.same(decideCourse(settle(DONE, open), GIVEN.generating), [], open.status);
  }
  t.equal(decideCourse(settle(DONE, cancelNode(nodeAfter())), GIVEN.generating).length, 1);
});

t.test('a completed course is reopened for the nodes that were asked for again', async (t) => {
  const again = { ...nodeAfter(), nodeId: 'again' };
  t.same(decideCourse(settle(DONE, again), GIVEN.completed), [{ type: 'CourseMapReopened', data: { node_ids: ['again'] } }]);
});

t.test('each event moves the course as it says', async (t) => {
  const statuses = Object.fromEntries(Object.entries(GIVEN).map(([given, { status }]) => [given, status]));
  t.same(statuses, {
    requested: 'requested',
    planning: 'planning',
    'to be planned again': 'requested',
    'interrupted while planning': 'requested',
    'planning again': 'planning',
    'never planned': 'failed',
    generating: 'generating',
    completed: 'completed',
    reopened: 'generating',
    cancelled: 'cancelled',
  });
  t.same(requestedCourse(COURSE_ID), { id: COURSE_ID, version: 1, status: 'requested', attempt: 0, failures: 0, outageSince: null, interruptions: 0, workerId: null });
  t.match(GIVEN['planning again'], { version: 4, attempt: 2, interruptions: 1, failures: 0, workerId: WORKER });
  t.match(GIVEN['to be planned again'], { version: 3, attempt: 1, failures: 1, workerId: null });
  t.equal(GIVEN.generating.workerId, null);
});

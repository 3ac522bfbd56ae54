/**
 * What is decided about a course under its lock: one set of appends, each at the version that was read, the jobs that
 * follow, and the end of the jobs that are over.
 */
import t from 'tap';
import { courseMapStream, nodeStream, type NodeEvent } from '@coursewright/events';
import { CourseDecisions } from '../../src/domain/course-decisions.ts';
import type { CourseState } from '../../src/domain/course.ts';
import { jobIdOf } from '../../src/domain/job-id.ts';
import { cancelNode, evolveNode, type NodeState } from '../../src/domain/node.ts';
import { completed, COURSE_ID, DEADLINE, failed, HASH, interrupted, RETRY_REQUESTED, scheduled, started, USAGE, WORKER } from '../fixtures/node-states.ts';
import { mapOf, nodesOf, type NodeShape } from '../fixtures/planned-map.ts';

const GENERATING: CourseState = { id: COURSE_ID, version: 3, status: 'generating', attempt: 1, failures: 0, outageSince: null, interruptions: 0, workerId: null };
const CHAIN: readonly NodeShape[] = [{ id: 'a' }, { id: 'b', after: ['a'] }];
const COURSE_STREAM = courseMapStream(COURSE_ID);

t.test('the job of a scheduled attempt is named after its stream and number, in the event and in the queue', async (t) => {
  const decisions = decide(CHAIN, {});
  decisions.scheduleReadyNodes(3);
  const jobId = jobIdOf(streamOf('a'), 1);
  t.same(decisions.jobsToSend, [{ id: jobId, courseMapId: COURSE_ID, nodeId: 'a', attempt: 1, delayMs: 0, ahead: false }]);
  t.same(decisions.appends(), [
    {
      stream: streamOf('a'),
      expectedVersion: 0,
      events: [{ type: 'GenerationScheduled', data: { attempt: 1, reason: 'planned', job_id: jobId, delay_ms: 0 } }],
    },
  ]);
  t.same(decisions.jobsToDelete, []);
});

t.test('a completion schedules the successor in the same decisions, and its own job is over', async (t) => {
  const decisions = decide(CHAIN, { a: [scheduledIn('a'), startedIn('a')] });
  const events = complete(decisions, 'a');
  t.equal(events.length, 1);
  decisions.scheduleReadyNodes(3);
  t.match(decisions.appends(), [
    { stream: streamOf('a'), expectedVersion: 2, events: [{ type: 'GenerationCompleted' }] },
    { stream: streamOf('b'), expectedVersion: 0, events: [{ type: 'GenerationScheduled', data: { reason: 'prerequisites_met' } }] },
  ]);
  t.same(decisions.jobsToDelete, [jobIdOf(streamOf('a'), 1)]);
  t.match(decisions.jobsToSend, [{ nodeId: 'b', attempt: 1 }]);
});

t.test('several events of one stream are one append, at the version that was read', async (t) => {
  const decisions = decide(CHAIN, { a: [scheduledIn('a'), startedIn('a')] });
  interrupt(decisions, 'a');
  decisions.scheduleReadyNodes(3);
  const [append, ...others] = decisions.appends();
  t.same(others, []);
  t.match(append, { stream: streamOf('a'), expectedVersion: 2 });
  t.same(append?.events.map(({ type }) => type), ['GenerationInterrupted', 'GenerationScheduled']);
});

t.test('an interrupted node goes ahead of the queue under a new job, and the dead one\'s job is deleted', async (t) => {
  const decisions = decide(CHAIN, { a: [scheduledIn('a'), startedIn('a')] });
  interrupt(decisions, 'a');
  decisions.scheduleReadyNodes(3);
  t.match(decisions.jobsToSend, [{ id: jobIdOf(streamOf('a'), 2), attempt: 2, ahead: true, delayMs: 0 }]);
  t.ok(decisions.jobsToDelete.includes(jobIdOf(streamOf('a'), 1)));
  t.notOk(decisions.jobsToDelete.includes(jobIdOf(streamOf('a'), 2)), 'never the job that is sent');
});

t.test('an attempt that an operator ended has its job deleted when the next is scheduled', async (t) => {
  for (const ending of [interrupted('operator'), failed(1, true)]) {
    const events = ending.type === 'GenerationFailed' ? [ending, RETRY_REQUESTED] : [ending];
    const decisions = decide(CHAIN, { a: [scheduledIn('a'), startedIn('a'), ...events] });
    decisions.scheduleReadyNodes(3);
    t.ok(decisions.jobsToDelete.includes(jobIdOf(streamOf('a'), 1)), ending.type);
    t.match(decisions.jobsToSend, [{ id: jobIdOf(streamOf('a'), 2), attempt: 2 }]);
  }
});

t.test('the reason says what led to the attempt', async (t) => {
  const reasonAfter = (...events: NodeEvent[]) => {
    const decisions = decide(CHAIN, { a: events });
    decisions.scheduleReadyNodes(3);
    const [scheduledEvent] = decisions.appends()[0]?.events ?? [];
    return scheduledEvent?.type === 'GenerationScheduled' ? scheduledEvent.data.reason : undefined;
  };
  t.equal(reasonAfter(), 'planned');
  t.equal(reasonAfter(scheduledIn('a'), startedIn('a'), failed()), 'retry');
  t.equal(reasonAfter(scheduledIn('a'), startedIn('a'), interrupted()), 'recovered');
  t.equal(reasonAfter(scheduledIn('a'), startedIn('a'), failed(1, true), RETRY_REQUESTED), 'operator');
});

t.test('a delay is that of its own node and of no other', async (t) => {
  const decisions = decide([{ id: 'a' }, { id: 'b' }], {});
  decisions.scheduleReadyNodes(3, new Map([['b', 2500]]));
  t.same(decisions.jobsToSend.map(({ nodeId, delayMs }) => [nodeId, delayMs]), [['b', 2500], ['a', 0]]);
  t.match(decisions.appends()[0]?.events, [{ data: { delay_ms: 2500 } }]);
});

t.test('a node that waits out a delay keeps its place, however urgent others are: nobody else remembers for how long', async (t) => {
  const shapes: NodeShape[] = [{ id: 'root' }, { id: 'leaf', after: ['root'] }, { id: 'long', after: ['root'] }, { id: 'longer', after: ['long'] }];
  const decisions = decide(shapes, {
    root: [scheduledIn('root'), startedIn('root'), completed()],
    leaf: [scheduledIn('leaf'), startedIn('leaf'), failed()],
  });
  decisions.scheduleReadyNodes(1, new Map([['leaf', 30_000]]));
  t.same(decisions.jobsToSend.map(({ nodeId, delayMs }) => [nodeId, delayMs]), [['leaf', 30_000]]);
});

t.test('each command is decided on the state that those before it led to', async (t) => {
  const decisions = decide(CHAIN, { a: [scheduledIn('a'), startedIn('a')] });
  t.equal(complete(decisions, 'a').length, 1);
  t.equal(complete(decisions, 'a').length, 0, 'the second time it is complete already');
  t.equal(interrupt(decisions, 'a').length, 0);
  t.equal(decisions.appends().length, 1);
});

t.test('two siblings that complete together schedule their common successor once', async (t) => {
  const diamond: NodeShape[] = [{ id: 'left' }, { id: 'right' }, { id: 'end', after: ['left', 'right'] }];
  const decisions = decide(diamond, { left: [scheduledIn('left'), startedIn('left')], right: [scheduledIn('right'), startedIn('right')] });
  complete(decisions, 'left');
  complete(decisions, 'right');
  decisions.scheduleReadyNodes(3);
  decisions.scheduleReadyNodes(3);
  t.same(decisions.jobsToSend.map(({ nodeId }) => nodeId), ['end']);
});

t.test('a completed course comes after the events that completed it', async (t) => {
  const decisions = decide([{ id: 'a' }], { a: [scheduledIn('a'), startedIn('a')] });
  complete(decisions, 'a');
  decisions.scheduleReadyNodes(3);
  t.match(decisions.appends(), [
    { stream: streamOf('a'), events: [{ type: 'GenerationCompleted' }] },
    { stream: COURSE_STREAM, expectedVersion: 3, events: [{ type: 'CourseMapCompleted', data: { completed_nodes: 1, failed_nodes: 0 } }] },
  ]);
  t.equal(decisions.course.status, 'completed');
});

t.test('a plan comes before the events of its nodes', async (t) => {
  const planning: CourseState = { ...GENERATING, version: 2, status: 'planning', workerId: WORKER };
  const map = mapOf(CHAIN);
  const decisions = new CourseDecisions({ course: planning, nodes: [] });
  decisions.decideCourse({ type: 'CompletePlanning', attempt: 1, workerId: WORKER, map, model: 'm', usage: USAGE });
  decisions.addNodes(nodesOf(map));
  decisions.scheduleReadyNodes(3);
  t.match(decisions.appends(), [
    { stream: COURSE_STREAM, expectedVersion: 2, events: [{ type: 'CourseMapPlanned' }] },
    { stream: streamOf('a'), expectedVersion: 0, events: [{ type: 'GenerationScheduled' }] },
  ]);
});

t.test('a reopened course comes before the attempt that it was reopened for', async (t) => {
  const decisions = decide([{ id: 'a' }], { a: [scheduledIn('a'), startedIn('a'), failed(1, true), RETRY_REQUESTED] }, { ...GENERATING, status: 'completed' });
  decisions.scheduleReadyNodes(3);
  t.match(decisions.appends(), [
    { stream: COURSE_STREAM, events: [{ type: 'CourseMapReopened', data: { node_ids: ['a'] } }] },
    { stream: streamOf('a'), events: [{ type: 'GenerationScheduled' }] },
  ]);
});

t.test('nothing is scheduled in a course that is not generating', async (t) => {
  for (const status of ['requested', 'planning', 'failed', 'cancelled'] as const) {
    const decisions = decide(CHAIN, {}, { ...GENERATING, status });
    decisions.scheduleReadyNodes(3);
    t.same([decisions.appends(), decisions.jobsToSend, decisions.jobsToDelete], [[], [], []], status);
  }
});

t.test('a healthy course is left alone', async (t) => {
  const decisions = decide(CHAIN, { a: [scheduledIn('a'), startedIn('a')] });
  decisions.scheduleReadyNodes(3);
  t.same([decisions.appends(), decisions.jobsToSend, decisions.jobsToDelete], [[], [], []]);
});

t.test('a command for a node that the course does not have leads to nothing', async (t) => {
  const decisions = decide(CHAIN, {});
  t.same(interrupt(decisions, 'nobody'), []);
  t.same(decisions.appends(), []);
});

t.test('a cancelled course loses its running nodes and its queued jobs', async (t) => {
  const shapes = ['running', 'queued', 'fresh', 'done'].map((id) => ({ id }));
  const locked = nodesIn(shapes, {
    running: [scheduledIn('running'), startedIn('running')],
    queued: [scheduledIn('queued')],
    done: [scheduledIn('done'), startedIn('done'), completed()],
  }).map(cancelNode);
  const decisions = new CourseDecisions({ course: { ...GENERATING, status: 'cancelled' }, nodes: locked });
  decisions.stopCancelledNodes();
  t.match(decisions.appends(), [
    { stream: streamOf('running'), expectedVersion: 2, events: [{ type: 'GenerationInterrupted', data: { cause: 'cancelled', worker_id: WORKER } }] },
  ]);
  t.equal(decisions.appends().length, 1);
  t.same([...new Set(decisions.jobsToDelete)].sort(), [jobIdOf(streamOf('running'), 1), jobIdOf(streamOf('queued'), 1)].sort());
  t.ok(decisions.nodes.every(({ nodeId, status }) => status === (nodeId === 'done' ? 'completed' : 'cancelled')));
});

t.test('a node that was asked for again at the instant of the cancellation is refused, not left pending', async (t) => {
  const nodes = nodesIn([{ id: 'a' }], { a: [scheduledIn('a'), startedIn('a'), failed(1, true), RETRY_REQUESTED] });
  const decisions = new CourseDecisions({ course: { ...GENERATING, status: 'cancelled' }, nodes });
  decisions.stopCancelledNodes();
  t.match(decisions.appends(), [{ stream: streamOf('a'), expectedVersion: 4, events: [{ type: 'GenerationFailed', data: { final: true } }] }]);
  t.same(decisions.nodes.map(({ status }) => status), ['failed']);
});

t.test('planning has a job as long as the course waits for it, under the number of the next attempt', async (t) => {
  const requested: CourseState = { ...GENERATING, version: 3, status: 'requested', attempt: 1 };
  const job = { id: jobIdOf(COURSE_STREAM, 2), courseMapId: COURSE_ID, attempt: 2, delayMs: 700, ahead: true };
  t.same(new CourseDecisions({ course: requested, nodes: [] }).planningJob(700, true), job);
  for (const status of ['planning', 'generating', 'completed', 'failed', 'cancelled'] as const) {
    t.equal(new CourseDecisions({ course: { ...requested, status }, nodes: [] }).planningJob(0, false), undefined, status);
  }
});

function decide(shapes: readonly NodeShape[], events: Readonly<Record<string, readonly NodeEvent[]>>, course = GENERATING): CourseDecisions {
  return new CourseDecisions({ course, nodes: nodesIn(shapes, events) });
}

function nodesIn(shapes: readonly NodeShape[], events: Readonly<Record<string, readonly NodeEvent[]>>): NodeState[] {
  return nodesOf(mapOf(shapes)).map((node) => (events[node.nodeId] ?? []).reduce(evolveNode, node));
}

function streamOf(nodeId: string) {
  return nodeStream({ courseMapId: COURSE_ID, nodeId });
}

function scheduledIn(nodeId: string): NodeEvent {
  const event = scheduled();
  return { ...event, data: { ...event.data, job_id: jobIdOf(streamOf(nodeId), 1) } } as NodeEvent;
}

function startedIn(nodeId: string): NodeEvent {
  const event = started();
  return { ...event, data: { ...event.data, job_id: jobIdOf(streamOf(nodeId), 1), deadline: DEADLINE } } as NodeEvent;
}

function complete(decisions: CourseDecisions, nodeId: string): NodeEvent[] {
  return decisions.decideNode(nodeId, { type: 'CompleteGeneration', attempt: 1, workerId: WORKER, contentHash: HASH, model: 'm', usage: USAGE, fromJournal: false });
}

function interrupt(decisions: CourseDecisions, nodeId: string): NodeEvent[] {
  return decisions.decideNode(nodeId, { type: 'InterruptGeneration', cause: 'worker_lost', held: { workerId: WORKER, attempt: 1 }, detectedAfterMs: 300 });
}

/**
 * What may happen to a node: given its events, when it is told something, then these events follow, or none.
 */
import t from 'tap';
import type { InterruptionCause, NodeEvent } from '@coursewright/events';
import { decideNode, isWaiting, type NodeCommand } from '../../src/domain/node-decider.ts';
import { cancelNode, evolveNode, plannedNode, type NodeState } from '../../src/domain/node.ts';
import {
  completed, DEADLINE, failed, HASH, interrupted, jobOf, LATE_RESULT, nodeAfter, OTHER_WORKER, RETRY_REQUESTED, scheduled,
  started, USAGE, WORKER,
} from '../fixtures/node-states.ts';

/** Every state that a node can be in. */
const GIVEN = {
  fresh: nodeAfter(),
  queued: nodeAfter(scheduled()),
  running: nodeAfter(scheduled(), started()),
  completed: nodeAfter(scheduled(), started(), completed()),
  failed: nodeAfter(scheduled(), started(), failed(1, true)),
  'to be tried again': nodeAfter(scheduled(), started(), failed()),
  interrupted: nodeAfter(scheduled(), started(), interrupted()),
  'asked for again': nodeAfter(scheduled(), started(), failed(1, true), RETRY_REQUESTED),
  'queued again': nodeAfter(scheduled(), started(), interrupted(), scheduled(2)),
  'running again': nodeAfter(scheduled(), started(), interrupted(), scheduled(2), started(2)),
  'cancelled while queued': cancelNode(nodeAfter(scheduled())),
  'cancelled while running': cancelNode(nodeAfter(scheduled(), started())),
  quiz: plannedNode({ nodeId: 'q1', type: 'quiz', place: 1, preRequisites: [] }),
} satisfies Record<string, NodeState>;
type Given = keyof typeof GIVEN;

const SCHEDULE: NodeCommand = { type: 'ScheduleGeneration', reason: 'retry', jobId: jobOf(9), delayMs: 1500 };
const START: NodeCommand = { type: 'StartGeneration', attempt: 1, jobId: jobOf(1), workerId: WORKER, deadline: DEADLINE };
const COMPLETE: NodeCommand = {
  type: 'CompleteGeneration', attempt: 1, workerId: WORKER, contentHash: HASH, model: 'm', usage: USAGE, fromJournal: false,
};
const ERROR = { code: 'model_timeout', message: 'too slow' };
const FAIL: NodeCommand & { type: 'FailGeneration' } = {
  type: 'FailGeneration', attempt: 1, workerId: WORKER, error: ERROR, retryable: true, maxAttempts: 3, outage: undefined,
};
const INTERRUPT: NodeCommand & { type: 'InterruptGeneration' } = {
  type: 'InterruptGeneration', cause: 'worker_lost', held: { workerId: WORKER, attempt: 1 }, detectedAfterMs: 310,
};

/** What a worker holds that was given a node for the tenth time. */
const TENTH = { workerId: WORKER, attempt: 10 };

/** For each command, the states in which it applies; in every other state it leads to nothing. */
const APPLIES: readonly (readonly [name: string, command: NodeCommand, states: readonly Given[]])[] = [
  ['ScheduleGeneration', SCHEDULE, ['fresh', 'to be tried again', 'interrupted', 'asked for again']],
  ['StartGeneration of the first attempt', START, ['queued']],
  ['StartGeneration of the second attempt', { ...START, attempt: 2, jobId: jobOf(2) }, ['queued again']],
  ['CompleteGeneration of the first attempt', COMPLETE, ['running']],
  ['CompleteGeneration of the second attempt', { ...COMPLETE, attempt: 2 }, ['running again']],
  ['CompleteGeneration of another worker', { ...COMPLETE, workerId: OTHER_WORKER }, []],
  ['FailGeneration of the first attempt', FAIL, ['running']],
  ['FailGeneration of the second attempt', { ...FAIL, attempt: 2 }, ['running again']],
  ['FailGeneration of another worker', { ...FAIL, workerId: OTHER_WORKER }, []],
  ['InterruptGeneration of the first attempt', INTERRUPT, ['running', 'cancelled while running']],
  ['InterruptGeneration of the second attempt', { ...INTERRUPT, held: { workerId: WORKER, attempt: 2 } }, ['running again']],
  ['InterruptGeneration of whoever holds it', { ...INTERRUPT, held: null }, ['running', 'running again', 'cancelled while running']],
  ['RefuseGeneration', { type: 'RefuseGeneration', code: 'course_cancelled' }, ['fresh', 'to be tried again', 'interrupted', 'asked for again']],
  ['InterruptGeneration of another worker', { ...INTERRUPT, held: { workerId: OTHER_WORKER, attempt: 1 } }, []],
];

for (const [name, command, states] of APPLIES) {
  t.test(`${name} applies to a node that is ${states.join(', ') || 'in no state at all'}, and to no other`, async (t) => {
    const applicable = (Object.keys(GIVEN) as Given[]).filter((given) => decideNode(command, GIVEN[given]).length > 0);
    t.same(applicable, states);
  });

  t.test(`${name}, decided twice, writes once`, async (t) => {
    for (const given of states) {
      const after = decideNode(command, GIVEN[given]).reduce(evolveNode, GIVEN[given]);
      t.same(decideNode(command, after), [], `on a node that was ${given}`);
    }
  });
}

t.test('scheduling gives the next attempt its number, reason, job and delay', async (t) => {
  then(t, decideNode(SCHEDULE, GIVEN.fresh), [
    { type: 'GenerationScheduled', data: { attempt: 1, reason: 'retry', job_id: jobOf(9), delay_ms: 1500 } },
  ]);
  t.match(decideNode(SCHEDULE, GIVEN.interrupted), [{ data: { attempt: 2 } }]);
});

t.test('starting names the worker, the job and the deadline', async (t) => {
  then(t, decideNode(START, GIVEN.queued), [
    { type: 'GenerationStarted', data: { attempt: 1, worker_id: WORKER, job_id: jobOf(1), deadline: DEADLINE } },
  ]);
});

t.test('a job other than the attempt\'s own starts nothing', async (t) => {
  then(t, decideNode({ ...START, jobId: jobOf(7) }, GIVEN.queued), []);
});

t.test('completing records the content\'s hash, the model and what it used', async (t) => {
  then(t, decideNode(COMPLETE, GIVEN.running), [
    { type: 'GenerationCompleted', data: { attempt: 1, content_hash: HASH, model: 'm', usage: USAGE, from_journal: false } },
  ]);
});

t.test('a failure is final when trying again cannot help, or when it was the last attempt', async (t) => {
  const final = (command: Partial<typeof FAIL>, state = GIVEN.running) => {
    const [event] = decideNode({ ...FAIL, ...command }, state);
    return event?.type === 'GenerationFailed' ? event.data.final : undefined;
  };
  t.equal(final({}), false, 'the first of three');
  t.equal(final({ retryable: false }), true, 'not to be tried again');
  t.equal(final({ maxAttempts: 1 }), true, 'the only one');
  const failedTwice = nodeAfter(scheduled(), started(), failed(), scheduled(2), started(2), failed(2), scheduled(3), started(3));
  t.equal(final({ attempt: 3 }, failedTwice), true, 'the third of three');
  t.equal(final({ attempt: 3, maxAttempts: 4 }, failedTwice), false, 'the third of four');
});

t.test('interruptions do not use up the failures that a node may have', async (t) => {
  const interruptedTwice = nodeAfter(scheduled(), started(), interrupted(), scheduled(2), started(2), interrupted(), scheduled(3), started(3));
  t.match(decideNode({ ...FAIL, attempt: 3 }, interruptedTwice), [{ data: { final: false } }]);
});

t.test('an interruption says who held the node, why it was taken, and how long after', async (t) => {
  then(t, decideNode({ ...INTERRUPT, held: null }, GIVEN.running), [
    { type: 'GenerationInterrupted', data: { attempt: 1, cause: 'worker_lost', worker_id: WORKER, detected_after_ms: 310 } },
  ]);
});

for (const cause of ['worker_lost', 'deadline_passed'] as const) {
  t.test(`a node that ${cause} hits for the tenth time is set aside as failed`, async (t) => {
    const events = decideNode({ ...INTERRUPT, cause, held: TENTH }, lostNineTimes('worker_lost'));
    t.match(events, [
      { type: 'GenerationInterrupted', data: { attempt: 10, cause } },
      { type: 'GenerationFailed', data: { attempt: 10, error: { code: 'interrupted_too_often' }, retryable: false, final: true } },
    ]);
    t.equal(events.length, 2);
    t.equal(events.reduce(evolveNode, lostNineTimes('worker_lost')).status, 'failed');
  });
}

t.test('a node is not set aside for the ninth worker that is lost over it', async (t) => {
  const events = decideNode({ ...INTERRUPT, held: { workerId: WORKER, attempt: 10 } }, { ...lostNineTimes('worker_lost'), interruptions: 8 });
  t.same(events.map(({ type }) => type), ['GenerationInterrupted']);
});

for (const cause of ['database_lost', 'shutdown', 'operator', 'cancelled', 'claim_lost'] as const) {
  t.test(`a node is not set aside for ${cause}, neither at the tenth time nor by those before`, async (t) => {
    t.match(decideNode({ ...INTERRUPT, cause, held: TENTH }, lostNineTimes('worker_lost')).map(({ type }) => type), ['GenerationInterrupted']);
    t.match(decideNode({ ...INTERRUPT, held: TENTH }, lostNineTimes(cause)).map(({ type }) => type), ['GenerationInterrupted']);
  });
}

t.test('a refused node fails for good, and says why', async (t) => {
  const events = decideNode({ type: 'RefuseGeneration', code: 'course_cancelled' }, GIVEN['asked for again']);
  t.match(events, [{ type: 'GenerationFailed', data: { attempt: 1, error: { code: 'course_cancelled' }, retryable: false, final: true } }]);
  t.equal(events.reduce(evolveNode, GIVEN['asked for again']).status, 'failed');
});

t.test('after a retry was asked for, losses count from the beginning', async (t) => {
  const events = [failed(10, true), RETRY_REQUESTED, scheduled(11), started(11)].reduce(evolveNode, lostNineTimes('worker_lost'));
  t.same(decideNode({ ...INTERRUPT, held: null }, events).map(({ type }) => type), ['GenerationInterrupted']);
});

const LATE: NodeCommand & { type: 'ReceiveLateResult' } = {
  type: 'ReceiveLateResult', attempt: 1, workerId: OTHER_WORKER, contentHash: HASH, model: 'm', usage: USAGE,
};

for (const given of ['queued again', 'running again', 'interrupted', 'asked for again'] as const) {
  t.test(`a late result completes a node that is ${given}: its newest attempt adopts the card`, async (t) => {
    const attempt = GIVEN[given].attempt;
    then(t, decideNode(LATE, GIVEN[given]), [
      LATE_RESULT,
      { type: 'GenerationCompleted', data: { attempt, content_hash: HASH, model: 'm', usage: USAGE, from_journal: true } },
    ]);
  });
}

for (const given of ['completed', 'failed', 'cancelled while queued', 'cancelled while running'] as const) {
  t.test(`a late result for a node that is ${given} is recorded, and changes nothing`, async (t) => {
    then(t, decideNode(LATE, GIVEN[given]), [LATE_RESULT]);
    t.equal(evolveNode(GIVEN[given], LATE_RESULT).status, GIVEN[given].status);
  });
}

t.test('what an attempt brings that runs, or never ran, is no late result', async (t) => {
  t.same(decideNode({ ...LATE, workerId: WORKER }, GIVEN.running), []);
  t.same(decideNode({ ...LATE, attempt: 2 }, GIVEN.interrupted), []);
});

t.test('a node waits for a job when it is unfinished and no attempt is queued or running', async (t) => {
  const waiting = (Object.keys(GIVEN) as Given[]).filter((given) => isWaiting(GIVEN[given]));
  t.same(waiting, ['fresh', 'to be tried again', 'interrupted', 'asked for again']);
});

t.test('deciding changes neither the state nor the command', async () => {
  // Writing to what is frozen throws.
  for (const [, command] of APPLIES) for (const state of Object.values(GIVEN)) decideNode(deepFreeze(command), deepFreeze(state));
});

/** A node whose tenth attempt runs, after nine that were taken away for this cause. */
function lostNineTimes(cause: InterruptionCause): NodeState {
  const lost = Array.from({ length: 9 }, (_, index) => index + 1).flatMap((attempt) => [scheduled(attempt), started(attempt), interrupted(cause, attempt)]);
  return nodeAfter(...lost, scheduled(10), started(10));
}

function then(t: Pick<typeof import('tap').t, 'same'>, events: readonly NodeEvent[], expected: readonly NodeEvent[]): void {
  t.same(events, expected);
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  return Object.freeze(value);
}

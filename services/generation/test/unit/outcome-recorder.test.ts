/**
 * A finished call is a paid answer: it is held until the log has it, or says that it no longer counts; and no outcome
 * waits for another that cannot be recorded.
 */
import { createHash } from 'node:crypto';
import t from 'tap';
import { ArchivedStreamError, type NodeEvent } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { createOutcomeRecorder } from '../../src/application/outcome-recorder.ts';
import { recordOutcomes, type Outcome } from '../../src/application/record-outcomes.ts';
import type { NodeState } from '../../src/domain/node.ts';
import { claimOf, inMemoryCourse, type InMemoryCourse } from '../fixtures/in-memory-course.ts';
import { completed, interrupted, LATE_RESULT, OTHER_WORKER, scheduled, started, USAGE, WORKER } from '../fixtures/node-states.ts';

t.test('a written card is recorded: the event, the card and the verdict', async (t) => {
  const course = inMemoryCourse(1);
  t.equal(await recorderOf(course).record(written('n1')), 'recorded');
  t.match(course.nodes.get('n1'), { status: 'completed', version: 3 });
  t.same(course.artifacts.map(({ hash }) => hash), [hashOf('n1')]);
});

t.test('a failed call is recorded and the next attempt queued, no sooner than the provider asked for', async (t) => {
  const course = inMemoryCourse(2);
  const recorder = recorderOf(course);
  await Promise.all([recorder.record(notWritten('n1')), recorder.record(notWritten('n2', { retryAfterMs: 20_000 }))]);
  t.match(course.nodes.get('n1'), { status: 'pending', failures: 1, attempt: 2, lastEvent: 'GenerationScheduled' });
  t.same(course.jobs.map(({ nodeId, attempt, delayMs }) => ({ nodeId, attempt, delayMs })), [
    { nodeId: 'n1', attempt: 2, delayMs: 500 },
    { nodeId: 'n2', attempt: 2, delayMs: 20_000 },
  ]);
  t.same(course.artifacts, []);
});

t.test('a failure by the provider\'s fault counts for nothing, and the pauses grow with the outage, up to a minute; no sooner than it asked for', async (t) => {
  const course = inMemoryCourse(1);
  const recorder = recorderOf(course);
  const began = course.now.getTime();
  const fail = (attempt: number, lastedMs: number, asked: { retryAfterMs?: number } = {}) => {
    course.now = new Date(began + lastedMs);
    const claimed = { ...claimOf('n1'), attempt, startedVersion: course.nodes.get('n1')!.version };
    return recorder.record({ ...notWritten('n1', { isProvidersFault: true, ...asked }), claimed });
  };
  const attempts = [{ at: 0 }, { at: 500 }, { at: 8000 }, { at: 59_999 }, { at: 59_999, retryAfterMs: 70_000 }];
  for (const [index, { at, ...asked }] of attempts.entries()) {
    await fail(index + 1, at, asked);
    t.match(course.nodes.get('n1'), { status: 'pending', failures: 0, outageSince: '2030-01-01T00:00:00.000Z', attempt: index + 2 });
    course.happens('n1', startedAs(course.nodes.get('n1')!));
  }
  t.same(course.jobs.map(({ delayMs }) => delayMs), [500, 500, 4000, 30_000, 70_000], 'half of the outage so far, where chance is 0');

  await fail(6, 60_000);
  t.match(course.nodes.get('n1'), { status: 'pending', failures: 1, attempt: 7 }, 'out for longer than is forgiven: it counts');
  t.equal(course.jobs.at(-1)?.delayMs, 30_000, 'and the pauses stay long');
});

t.test('a failure that cannot be mended ends the node and queues nothing', async (t) => {
  const course = inMemoryCourse(1);
  await recorderOf(course).record(notWritten('n1', { retryable: false }));
  t.equal(course.nodes.get('n1')?.status, 'failed');
  t.same(course.jobs, []);
});

t.test('outcomes of the same turn are recorded in one transaction', async (t) => {
  const course = inMemoryCourse(5);
  const recorder = recorderOf(course);
  const verdicts = await Promise.all(['n1', 'n2', 'n3', 'n4', 'n5'].map((id) => recorder.record(written(id))));
  t.same(verdicts, Array(5).fill('recorded'));
  t.same(course.transactions, [5]);
});

t.test('what is finished while a commit is on its way is recorded together by the next', async (t) => {
  const course = inMemoryCourse(4);
  const recorder = recorderOf(course);
  const commit = Promise.withResolvers<void>();
  course.beforeCommit = () => commit.promise;
  const first = recorder.record(written('n1'));
  await until('the first commit is on its way', () => course.transactions.length === 1);
  const others = ['n2', 'n3'].map((id) => recorder.record(written(id)));
  await new Promise(setImmediate);
  others.push(recorder.record(written('n4')));
  t.same(course.transactions, [1], 'one transaction at a time');
  commit.resolve();
  await Promise.all([first, ...others]);
  t.same(course.transactions, [1, 3]);
});

t.test('a batch has a hundred outcomes at most', async (t) => {
  const course = inMemoryCourse(130);
  const recorder = recorderOf(course);
  await Promise.all([...course.nodes.keys()].map((id) => recorder.record(written(id))));
  t.same(course.transactions, [100, 30]);
});

t.test('what comes for a course that is archived by now is given up, and nothing else with it', async (t) => {
  const course = inMemoryCourse(2);
  const recorder = createOutcomeRecorder<Outcome>({
    record: async (outcomes) => {
      if (outcomes.some(({ claimed: { nodeId } }) => nodeId === 'n1')) throw new ArchivedStreamError('node-x+n1');
      return recordOutcomes(course.context, outcomes);
    },
    describe: () => ({}),
    log: course.context.log,
  });
  t.same(await Promise.all([recorder.record(written('n1')), recorder.record(written('n2'))]), ['fenced', 'recorded']);
});

t.test('while the database is away the outcome is held, and recorded once it is back', async (t) => {
  const course = inMemoryCourse(1);
  let away = true;
  course.beforeCommit = () => {
    if (away) throw new Error('the database is away');
  };
  let verdict: string | undefined;
  const recorded = recorderOf(course).record(written('n1')).then((answer) => (verdict = answer));
  await until('it was tried three times', () => course.transactions.length >= 3);
  t.equal(verdict, undefined, 'nobody is told anything meanwhile');
  t.equal(course.nodes.get('n1')?.status, 'generating');
  away = false;
  t.equal(await recorded, 'recorded');
  t.equal(course.nodes.get('n1')?.status, 'completed');
});

t.test('one outcome that cannot be recorded does not stop the others', async (t) => {
  const course = inMemoryCourse(4);
  let bad = true;
  course.beforeCommit = (nodeIds) => {
    if (bad && nodeIds.includes('n2')) throw new Error('the database refuses n2');
  };
  const recorder = recorderOf(course);
  let badVerdict: string | undefined;
  const held = recorder.record(written('n2')).then((verdict) => (badVerdict = verdict));
  const verdicts = await Promise.all(['n1', 'n3', 'n4'].map((id) => recorder.record(written(id))));
  t.same(verdicts, ['recorded', 'recorded', 'recorded']);
  t.equal(badVerdict, undefined, 'and the bad one is held');
  bad = false;
  await held;
  t.equal(badVerdict, 'recorded');
});

t.test('a card whose node was taken away is adopted by the attempt that runs now', async (t) => {
  const course = inMemoryCourse(2);
  for (const event of [interrupted(), scheduled(2), started(2, OTHER_WORKER)]) course.happens('n1', event);
  const recorder = recorderOf(course);
  t.same(await Promise.all([recorder.record(written('n1')), recorder.record(written('n2'))]), ['adopted', 'recorded']);
  t.match(course.nodes.get('n1'), { status: 'completed', version: 7 });
  t.same(course.artifacts.map(({ hash }) => hash).sort(), [hashOf('n1'), hashOf('n2')].sort());
});

t.test('a card for a node that is done is late: that it came is recorded, once, and nothing else changes', async (t) => {
  const course = inMemoryCourse(1);
  for (const event of [interrupted(), scheduled(2), started(2, OTHER_WORKER), completed(2)]) course.happens('n1', event);
  let lose = true;
  course.afterCommit = () => {
    if (!lose) return;
    lose = false;
    throw new Error('the connection broke after COMMIT');
  };
  t.equal(await recorderOf(course).record(written('n1')), 'late');
  t.match(course.nodes.get('n1'), { status: 'completed', lastEvent: 'LateResultReceived', version: 7 });
});

t.test('a failure, or a card from the journal, whose node was taken away is fenced, and nothing of it is kept', async (t) => {
  const course = inMemoryCourse(2);
  for (const nodeId of ['n1', 'n2']) course.happens(nodeId, interrupted());
  const recorder = recorderOf(course);
  const outcomes: Outcome[] = [
    { kind: 'not_written', claimed: claimOf('n1'), error: { code: 'e', message: 'm' }, retryable: true, isProvidersFault: false, retryAfterMs: undefined },
    { ...written('n2'), fromJournal: true } as Outcome,
  ];
  t.same(await Promise.all(outcomes.map((outcome) => recorder.record(outcome))), ['fenced', 'fenced']);
  for (const nodeId of ['n1', 'n2']) t.match(course.nodes.get(nodeId), { status: 'pending', version: 4 });
  t.same(course.artifacts, []);
});

t.test('any event at all that moved the node fences the outcome, even one that leaves it generating', async (t) => {
  const course = inMemoryCourse(1);
  course.happens('n1', LATE_RESULT);
  t.equal(await recorderOf(course).record(written('n1')), 'fenced');
  t.match(course.nodes.get('n1'), { status: 'generating', version: 3 });
});

t.test('a commit whose answer was lost is recognised: recorded, and only once', async (t) => {
  const course = inMemoryCourse(1);
  let lose = true;
  course.afterCommit = () => {
    if (!lose) return;
    lose = false;
    throw new Error('the connection broke after COMMIT');
  };
  t.equal(await recorderOf(course).record(written('n1')), 'recorded');
  t.match(course.nodes.get('n1'), { status: 'completed', version: 3 });
  t.equal(course.artifacts.length, 1);
});

t.test('a node that somebody else is changing is waited for without holding up others', async (t) => {
  const course = inMemoryCourse(2);
  course.busy.add('n1');
  const recorder = recorderOf(course);
  const waiting = recorder.record(written('n1'));
  t.equal(await recorder.record(written('n2')), 'recorded');
  t.equal(course.nodes.get('n1')?.status, 'generating');
  course.busy.delete('n1');
  t.equal(await waiting, 'recorded');
});

t.test('what comes for a course that somebody else holds is held, and recorded once it is free', async (t) => {
  const course = inMemoryCourse(1);
  course.held = true;
  let verdict: string | undefined;
  const recorded = recorderOf(course).record(written('n1')).then((answer) => (verdict = answer));
  await until('it was tried twice', () => course.transactions.length >= 2);
  t.equal(verdict, undefined, 'which is no reason to give up what was paid for');
  course.held = false;
  t.equal(await recorded, 'recorded');
  t.equal(verdict, 'recorded');
});

function written(nodeId: string): Outcome {
  const card = { type: 'knowledge_card' as const, node_id: nodeId, totalPagesInCard: 2, markdown: '## A', yaml: 'type: knowledge_card' };
  return { kind: 'written', claimed: claimOf(nodeId), artifact: { hash: hashOf(nodeId), card, keyIdeas: [] }, model: 'm', usage: USAGE, fromJournal: false };
}

function hashOf(nodeId: string): string {
  return createHash('sha256').update(nodeId).digest('hex');
}

function notWritten(nodeId: string, details: { retryable?: boolean; retryAfterMs?: number; isProvidersFault?: boolean } = {}): Outcome {
  const error = { code: 'model_unavailable', message: '503' };
  return { kind: 'not_written', claimed: claimOf(nodeId), error, retryable: true, isProvidersFault: false, retryAfterMs: undefined, ...details };
}

function recorderOf({ context }: InMemoryCourse) {
  return createOutcomeRecorder<Outcome>({
    record: (outcomes) => recordOutcomes(context, outcomes),
    describe: ({ claimed }) => ({ node_id: claimed.nodeId }),
    log: context.log,
  });
}

/** The event by which the attempt that a node has queued begins. */
function startedAs({ attempt, jobId }: NodeState): NodeEvent {
  return { type: 'GenerationStarted', data: { attempt, worker_id: WORKER, job_id: jobId ?? '', deadline: '2030-01-01T00:00:00.000Z' } };
}

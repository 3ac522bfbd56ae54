/**
 * How each event moves a node.
 */
import t from 'tap';
import type { NodeEvent } from '@coursewright/events';
import { cancelNode, evolveNode, plannedNode } from '../../src/domain/node.ts';
import { completed, failed, interrupted, jobOf, LATE_RESULT, nodeAfter, RETRY_REQUESTED, scheduled, started, WORKER } from '../fixtures/node-states.ts';

const NOBODY = { workerId: null, jobId: null };

t.test('a planned learn node is pending at version 0, a quiz is left for later', async (t) => {
  const place = { nodeId: 'n1', place: 3, preRequisites: ['n0'] };
  t.match(plannedNode({ ...place, type: 'learn' }), { ...place, ...NOBODY, status: 'pending', version: 0, lastEvent: null, attempt: 0 });
  t.match(plannedNode({ ...place, type: 'quiz' }), { status: 'quiz_pending', version: 0 });
});

t.test('every event moves the version by one and is remembered as the last', async (t) => {
  const all = [scheduled(), started(), completed(), failed(), interrupted(), RETRY_REQUESTED, LATE_RESULT];
  for (const event of all) {
    const before = nodeAfter(scheduled(), started());
    t.match(evolveNode(before, event), { version: before.version + 1, lastEvent: event.type }, event.type);
  }
});

t.test('a scheduled attempt is the newest and has a job, but no worker', async (t) => {
  t.match(nodeAfter(scheduled(4)), { status: 'pending', attempt: 4, workerId: null, jobId: jobOf(4) });
});

t.test('a started attempt has a worker and a job', async (t) => {
  t.match(nodeAfter(scheduled(), started()), { status: 'generating', attempt: 1, workerId: WORKER, jobId: jobOf(1) });
});

t.test('a completed node has neither', async (t) => {
  t.match(nodeAfter(scheduled(), started(), completed()), { status: 'completed', ...NOBODY });
});

t.test('a failure counts; it ends the node only if it is final', async (t) => {
  t.match(nodeAfter(scheduled(), started(), failed()), { status: 'pending', failures: 1, ...NOBODY });
  t.match(nodeAfter(scheduled(), started(), failed(1, true)), { status: 'failed', failures: 1, ...NOBODY });
});

t.test('an interruption counts unless it was meant, or the database was lost', async (t) => {
  for (const cause of ['worker_lost', 'deadline_passed'] as const) {
    t.match(nodeAfter(scheduled(), started(), interrupted(cause)), { status: 'pending', interruptions: 1, failures: 0, ...NOBODY }, cause);
  }
  for (const cause of ['database_lost', 'shutdown', 'operator', 'cancelled', 'claim_lost'] as const) {
    t.match(nodeAfter(scheduled(), started(), interrupted(cause)), { status: 'pending', interruptions: 0, ...NOBODY }, cause);
  }
});

t.test('what does not count as a failure says since when the provider is out, until something else comes of the node', async (t) => {
  const since = '2029-12-31T00:00:00.000Z';
  const met: NodeEvent = { type: 'GenerationFailed', data: { attempt: 1, error: { code: 'model_unavailable', message: '503' }, retryable: true, final: false, counts: false, outage_since: since } };
  t.match(nodeAfter(scheduled(), started(), met), { status: 'pending', failures: 0, outageSince: since, ...NOBODY });
  t.match(nodeAfter(scheduled(), started(), met, scheduled(2), started(2)), { failures: 0, outageSince: since });
  t.match(nodeAfter(scheduled(), started(), met, scheduled(2), started(2), interrupted('worker_lost', 2)), { outageSince: since });
  t.match(nodeAfter(scheduled(), started(), met, scheduled(2), started(2), completed(2)), { status: 'completed', outageSince: null });
  t.match(nodeAfter(scheduled(), started(), met, scheduled(2), started(2), failed(2)), { failures: 1, outageSince: null });
  t.match(nodeAfter(scheduled(), started(), { ...met, data: { ...met.data, final: true } }, RETRY_REQUESTED), { failures: 0, outageSince: null });
});

t.test('asking for a retry forgets failures and interruptions, and goes on counting attempts', async (t) => {
  const node = nodeAfter(scheduled(), started(), interrupted(), scheduled(2), started(2), failed(2, true), RETRY_REQUESTED);
  t.match(node, { status: 'pending', failures: 0, interruptions: 0, attempt: 2, ...NOBODY });
});

t.test('a late result changes nothing but the version', async (t) => {
  const running = nodeAfter(scheduled(), started());
  t.same(evolveNode(running, LATE_RESULT), { ...running, version: running.version + 1, lastEvent: 'LateResultReceived' });
});

t.test('cancelling the course cancels what is unfinished, and moves no version', async (t) => {
  for (const unfinished of [nodeAfter(), nodeAfter(scheduled()), nodeAfter(scheduled(), started())]) {
    t.same(cancelNode(unfinished), { ...unfinished, status: 'cancelled' });
  }
  const quiz = plannedNode({ nodeId: 'q', type: 'quiz', place: 1, preRequisites: [] });
  for (const over of [nodeAfter(scheduled(), started(), completed()), nodeAfter(scheduled(), started(), failed(1, true)), quiz]) {
    t.equal(cancelNode(over), over);
  }
});

t.test('a cancelled node stays cancelled, whatever is still reported of it', async (t) => {
  const cancelled = cancelNode(nodeAfter(scheduled(), started()));
  for (const event of [scheduled(2), started(), completed(), failed(), failed(1, true), interrupted('cancelled'), RETRY_REQUESTED, LATE_RESULT]) {
    t.equal(evolveNode(cancelled, event).status, 'cancelled', event.type);
  }
  t.match(evolveNode(cancelled, interrupted('cancelled')), NOBODY, 'but its worker is let go');
});

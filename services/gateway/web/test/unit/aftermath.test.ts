/**
 * What became of a fault, told from the log.
 */
import t from 'tap';
import type { CourseEvent } from '@coursewright/client';
import { aftermathOf, type FaultMade } from '../../src/break-it/aftermath.ts';

const COURSE = '01a21b41-2152-77cc-b679-09e4d8510d8a';
const KILLED: FaultMade = { fault: 'kill', process: 'generation-1', worker_id: 'generation-a', at: '2026-01-01T00:00:10.000Z' };

let position = 0;
function event(type: string, node: string, second: number, data: Record<string, unknown>): CourseEvent {
  position += 1;
  return { position, stream: `node-${COURSE}+${node}`, version: position, type, schema_version: 1, data, metadata: {}, recorded_at: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString() };
}

t.test('a node of the killed worker is noticed, goes on elsewhere, and is done', async (t) => {
  const events = [
    event('GenerationStarted', 'n1', 9, { worker_id: 'generation-a' }),
    event('GenerationInterrupted', 'n1', 10.34, { worker_id: 'generation-a', cause: 'worker_lost' }),
    event('GenerationStarted', 'n1', 10.4, { worker_id: 'generation-b' }),
  ];
  const saved = { courseMapId: COURSE, nodeId: 'n1', noticedAfterMs: 340, wentOnWith: 'generation-b', isDone: false };
  t.match(aftermathOf(KILLED, events), [saved]);
  t.match(aftermathOf(KILLED, [...events, event('GenerationCompleted', 'n1', 12, { from_journal: true })]), [{ ...saved, isDone: true, fromJournal: true }]);
});

t.test('what others lost, what was lost before, and what fails by itself is not of this fault', async (t) => {
  t.strictSame(aftermathOf(KILLED, [
    event('GenerationInterrupted', 'n1', 9, { worker_id: 'generation-a' }),
    event('GenerationInterrupted', 'n2', 11, { worker_id: 'generation-b' }),
    event('GenerationFailed', 'n3', 11, { final: false }),
    event('GenerationInterrupted', 'n4', 100, { worker_id: 'generation-a' }),
  ]), []);
});

t.test('what befalls all counts for all; failures are of the model', async (t) => {
  const events = [event('GenerationInterrupted', 'n1', 11, { worker_id: 'generation-b' }), event('GenerationFailed', 'n2', 11, { final: false })];
  t.match(aftermathOf({ ...KILLED, fault: 'cut_database', worker_id: null }, events).map(({ nodeId }) => nodeId), ['n1']);
  t.match(aftermathOf({ ...KILLED, fault: 'fail_model', worker_id: null }, events).map(({ nodeId }) => nodeId), ['n2']);
});

t.test('a node that is lost too often has failed, whatever was hoped for; what fails again was noticed when it failed first', async (t) => {
  const lost = [
    event('GenerationInterrupted', 'n1', 10.3, { worker_id: 'generation-a', cause: 'worker_lost' }),
    event('GenerationFailed', 'n1', 10.3, { final: true, error: { code: 'interrupted_too_often' } }),
  ];
  t.match(aftermathOf(KILLED, lost), [{ nodeId: 'n1', hasFailed: true, isDone: false }]);
  t.match(aftermathOf(KILLED, [...lost, event('GenerationStarted', 'n1', 12, { worker_id: 'generation-b' })]), [{ hasFailed: false, wentOnWith: 'generation-b' }]);
  const failing = [event('GenerationFailed', 'n2', 10.5, { final: false }), event('GenerationFailed', 'n2', 14, { final: true })];
  t.match(aftermathOf({ ...KILLED, fault: 'fail_model', worker_id: null }, failing), [{ noticedAfterMs: 500, hasFailed: true }]);
});

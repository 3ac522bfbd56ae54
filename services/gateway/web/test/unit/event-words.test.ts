/**
 * What an event is called, and in which tone: a course that ended with failed nodes is not told as one that went well.
 */
import t from 'tap';
import { lineFor, toneOf } from '../../src/log/event-words.ts';

const told = (type: string, data: Record<string, unknown>) => [lineFor({ type, data }), toneOf({ type, data })];

t.test('a course that ended is told with what failed of it', async (t) => {
  t.strictSame(told('CourseMapCompleted', { completed_nodes: 4, failed_nodes: 0 }), ['course completed', 'good']);
  t.strictSame(told('CourseMapCompleted', { completed_nodes: 3, failed_nodes: 1 }), ['course ended: 3 cards done, 1 failed', 'trouble']);
});

t.test('a failure that does not count is told as the provider\'s', async (t) => {
  const failed = (data: object) => lineFor({ type: 'GenerationFailed', data: { ...data } });
  t.strictSame([failed({ final: false, counts: false }), failed({ final: false, counts: true }), failed({ final: false }), failed({ final: true, counts: true })],
    ['failed by the provider\'s fault', 'failed', 'failed', 'failed for good']);
  t.equal(lineFor({ type: 'CourseMapPlanningFailed', data: { final: false, counts: false } }), 'planning failed by the provider\'s fault');
});

t.test('a stream that is parked is a trouble; one that is asked for again is a step', async (t) => {
  t.strictSame(['StreamParked', 'ParkedStreamRetried', 'ParkedEventSkipped', 'StreamUnparked'].map((type) => toneOf({ type, data: {} })), ['trouble', 'step', 'step', 'step']);
});

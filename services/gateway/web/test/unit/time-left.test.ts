/**
 * How long a course will take yet, by its own cards.
 */
import t from 'tap';
import type { MapNode, NodeStanding } from '../../src/course/fold.ts';
import { outageSince, timeLeft } from '../../src/course/time-left.ts';

const BEGUN = new Date('2026-01-01T00:00:00Z');

function standing(id: string, status: NodeStanding['status'], { tookMs = 0, layer = 0, after = [] as string[] } = {}): NodeStanding {
  const node: MapNode = { id, title: id, description: id, type: 'learn', layer, pre_requisites: after, estimated_minutes: 10, reward_multiplier: 1 };
  return { node, status, attempt: 1, worker: undefined, since: new Date(BEGUN.getTime() + tookMs), begunAt: status === 'pending' ? undefined : BEGUN, error: undefined, outageSince: undefined, fromJournal: false, interruptions: 0 };
}

t.test('nothing is told of a course that is done, or has one card to go by', async (t) => {
  t.equal(timeLeft({ nodes: [standing('a', 'completed'), standing('b', 'completed')] }), undefined);
  t.equal(timeLeft({ nodes: [standing('a', 'completed', { tookMs: 1000 }), standing('b', 'pending')] }), undefined);
});

t.test('cards that wait for one another take their time one after the other', async (t) => {
  const done = [1000, 1000, 1000, 9000].map((tookMs, index) => standing(`d${index}`, 'completed', { tookMs }));
  const chain = [standing('x', 'generating', { layer: 1 }), standing('y', 'pending', { layer: 2, after: ['x'] }), standing('z', 'pending', { layer: 3, after: ['y'] })];
  t.strictSame(timeLeft({ nodes: [...done, ...chain] }), { p50: 3000, p90: 27_000 });
});

t.test('cards that wait for nobody wait for a free hand', async (t) => {
  const done = [1000, 1000].map((tookMs, index) => standing(`d${index}`, 'completed', { tookMs }));
  const wide = [standing('a', 'generating'), standing('b', 'generating'), standing('c', 'pending'), standing('d', 'pending')];
  t.strictSame(timeLeft({ nodes: [...done, ...wide] }), { p50: 2000, p90: 2000 });
});

t.test('while the provider is out nothing is told of the time, but since when it is', async (t) => {
  const done = [1000, 1000].map((tookMs, index) => standing(`d${index}`, 'completed', { tookMs }));
  const met = (id: string, status: NodeStanding['status'], second: number): NodeStanding => ({ ...standing(id, status), outageSince: new Date(BEGUN.getTime() + second * 1000) });
  const nodes = [...done, met('x', 'pending', 9), met('y', 'generating', 4), met('z', 'cancelled', 1)];
  t.equal(timeLeft({ nodes }), undefined);
  t.strictSame(outageSince({ nodes }), new Date(BEGUN.getTime() + 4000));
  t.equal(outageSince({ nodes: [...done, standing('x', 'pending')] }), undefined);
});

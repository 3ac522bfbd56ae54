/**
 * Nobody takes the places of others, and a place that is given back is there again.
 */
import t from 'tap';
import { createStreamLimits } from '../../src/streaming/stream-limits.ts';

t.test('a client has so many places, and all have so many together', async (t) => {
  const limits = createStreamLimits({ inAll: 3, perClient: 2 });
  const [one, two] = [limits.take('a'), limits.take('a')];
  t.equal(limits.take('a'), 'too_many_of_client');
  t.type(limits.take('b'), 'function');
  t.equal(limits.take('c'), 'too_many_in_all');
  t.equal(limits.take('a'), 'too_many_of_client', 'which says more');
  if (typeof one === 'string' || typeof two === 'string') throw new Error('no place');
  one();
  one();
  t.type(limits.take('c'), 'function', 'once given back, once free');
  t.equal(limits.take('c'), 'too_many_in_all', 'and not twice');
});

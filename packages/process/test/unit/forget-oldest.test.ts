/** What is remembered stays within its number, and what was put in last stays longest. */
import t from 'tap';
import { forgetOldest } from '../../src/index.ts';

t.test('the oldest go, and no more than must', async (t) => {
  const map = new Map([['a', 1], ['b', 2], ['c', 3]]);
  forgetOldest(map, 3);
  t.equal(map.size, 3);
  forgetOldest(map, 1);
  t.same([...map], [['c', 3]]);
  forgetOldest(map, 0);
  t.equal(map.size, 0);
  const set = new Set(['a', 'b']);
  forgetOldest(set, 1);
  t.same([...set], ['b']);
});

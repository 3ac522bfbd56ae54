import t from 'tap';
import { timeOrderedId } from '../../src/time-ordered-id.ts';

t.test('ids of one process sort in the order in which they were made, also within one millisecond', async (t) => {
  const ids = Array.from({ length: 5000 }, timeOrderedId);
  t.same(ids.toSorted(), ids);
  t.equal(new Set(ids).size, ids.length);
});

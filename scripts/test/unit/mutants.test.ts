/**
 * What the mutants break stands in their files, once: a mutant that has gone stale is noticed when the code moves, and not when somebody runs it.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { MUTANTS } from '../../mutants/list.ts';

t.test('every mutant fits its file', async (t) => {
  for (const { name, file, find } of MUTANTS) {
    const code = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    t.equal(code.split(find).length - 1, 1, name);
  }
});

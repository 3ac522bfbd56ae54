/** Shapes of JSON that are refused, and those that are not. */
import fc from 'fast-check';
import t from 'tap';
import { mistakeOfShape } from '../../src/api/json-shape.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const keys = (count: number): string => `{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join()}}`;

for (const [json, says] of [
  ['{"a":1,"a":2}', /has the key "a" twice/],
  ['{"a":1,"\\u0061":2}', /has the key "a" twice/],
  ['{"a":{"b":1, "b" :2}}', /"b" twice/],
  ['{"a":{"b":1},"a":2}', /"a" twice/],
  ['[{"a":1},{"a":1,"b":{},"a":1}]', /"a" twice/],
  ['{"":1,"":2}', /has the key "" twice/],
  [nested(33), /32 levels/],
  [nested(32_000), /32 levels/],
  [keys(1001), /1000 keys/],
] as const) {
  t.test(`refused: ${json.slice(0, 40)}`, async (t) => t.match(mistakeOfShape(json), says));
}

for (const json of ['{}', '{"a":1,"b":1}', '{"a":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":"a"}', '{"a":["a","a"]}', '{"a":"\\"a\\":"}', '{"a\\\\":1,"a":2}', nested(32), keys(1000), '"a"', '{"a" \n : ":"}']) {
  t.test(`taken: ${json.slice(0, 40)}`, async (t) => t.equal(mistakeOfShape(json), undefined));
}

t.test('whatever a program writes is taken, and with one key written twice it is refused', async (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { minKeys: 1, maxKeys: 8 }), fc.nat(4), (value, indent) => {
      const json = JSON.stringify(value, null, indent);
      if (mistakeOfShape(json) !== undefined) return false;
      const [key] = Object.keys(JSON.parse(json) as object);
      if (key === undefined) return true; // The one key was __proto__, which a program does not write.
      const twice = `${json.slice(0, json.lastIndexOf('}'))},${JSON.stringify(key)}:0}`;
      return mistakeOfShape(twice)?.endsWith('twice in one object') === true;
    }),
    { numRuns: 2000 },
  );
  t.pass('2,000 texts');
});

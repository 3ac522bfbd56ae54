/**
 * The form knows every field of the API and its limits, as the API's own document has them.
 */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { CONCEPTS, LEVELS, MINUTES, MODES, requestOf, TEXTS } from '../../src/courses/course-fields.ts';

interface Field {
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly items?: Field;
}

const document = JSON.parse(await readFile(new URL('../../../../../docs/openapi.json', import.meta.url), 'utf8')) as
  { readonly components: { readonly schemas: { readonly CourseRequest: { readonly properties: Record<string, Field>; readonly required: readonly string[] } } } };
const { properties, required } = document.components.schemas.CourseRequest;

t.test('every field has a place in the form', async (t) => {
  const known = [...TEXTS.map(({ name }) => name), 'level', 'mode', 'total_commitment_minutes', 'interested_concepts'];
  t.strictSame(known.toSorted(), Object.keys(properties).toSorted());
});

t.test('the limits are those of the API', async (t) => {
  for (const { name, longest, isRequired } of TEXTS) {
    t.equal(longest, properties[name]?.maxLength, name);
    t.equal(isRequired, required.includes(name), name);
  }
  t.strictSame(LEVELS, properties['level']?.enum);
  t.strictSame(MODES, properties['mode']?.enum);
  t.match(properties['total_commitment_minutes'], { minimum: MINUTES.least, maximum: MINUTES.most });
  t.equal(CONCEPTS.most, properties['interested_concepts']?.maxItems);
  t.equal(CONCEPTS.longest, properties['interested_concepts']?.items?.maxLength);
});

t.test('what is left empty is left out', async (t) => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ topic: ' T ', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: '60', interested_concepts: ' a \n\nb', language: '' })) form.set(name, value);
  t.strictSame(requestOf(form), { topic: 'T', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60, interested_concepts: ['a', 'b'] });
});

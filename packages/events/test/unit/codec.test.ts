/**
 * The codec: what is written fits its schema, what was written by older releases is lifted step by step, and what
 * cannot be understood is refused rather than passed on.
 */
import t from 'tap';
import { z } from 'zod';
import { createCodec, type EventSchemas } from '../../src/codec.ts';
import { UndecodableEventError } from '../../src/index.ts';

/** A type whose name was split in version 2 and gained an age in version 3. */
const PERSON_MET: EventSchemas = {
  1: { schema: z.strictObject({ name: z.string() }) },
  2: {
    schema: z.strictObject({ first: z.string(), last: z.string() }),
    upcast: (older) => {
      const [first, last] = (older as { name: string }).name.split(' ');
      return { first, last };
    },
  },
  3: {
    schema: z.strictObject({ first: z.string(), last: z.string(), age: z.int().nullable() }),
    upcast: (older) => ({ ...(older as object), age: null }),
  },
};
const codec = createCodec({ PersonMet: PERSON_MET });

t.test('an event is written in the newest version of its type', async (t) => {
  const data = { first: 'Ada', last: 'Lovelace', age: 36 };
  t.same(codec.encode({ type: 'PersonMet', data }), { type: 'PersonMet', schema_version: 3, data });
});

t.test('an event of any older version is lifted to the newest, one version at a time', async (t) => {
  const decode = (schema_version: number, data: unknown) => codec.decode({ type: 'PersonMet', schema_version, data });
  const lifted = { type: 'PersonMet', data: { first: 'Ada', last: 'Lovelace', age: null } };
  t.same(decode(1, { name: 'Ada Lovelace' }), lifted);
  t.same(decode(2, { first: 'Ada', last: 'Lovelace' }), lifted);
  t.same(decode(3, { first: 'Ada', last: 'Lovelace', age: 36 }).data, { first: 'Ada', last: 'Lovelace', age: 36 });
});

t.test('decoding changes neither the row nor its data', async (t) => {
  const row = Object.freeze({ type: 'PersonMet', schema_version: 1, data: Object.freeze({ name: 'Ada Lovelace' }) });
  codec.decode(row);
  t.same(row, { type: 'PersonMet', schema_version: 1, data: { name: 'Ada Lovelace' } });
});

t.test('data that an upcast made is checked as well', async (t) => {
  refused(t, () => codec.decode({ type: 'PersonMet', schema_version: 1, data: { name: 'Plato' } }), 2);
});

t.test('a type that nobody knows is refused, both ways', async (t) => {
  refused(t, () => codec.encode({ type: 'PersonLost', data: {} }), 0, 'PersonLost');
  refused(t, () => codec.decode({ type: 'PersonLost', schema_version: 1, data: {} }), 1, 'PersonLost');
});

t.test('a name that every object inherits is no type', async (t) => {
  refused(t, () => codec.encode({ type: 'constructor', data: {} }), 0, 'constructor');
  refused(t, () => codec.decode({ type: 'constructor', schema_version: 1, data: {} }), 1, 'constructor');
});

t.test('a version that a newer release wrote is refused, and so is one that never was', async (t) => {
  refused(t, () => codec.decode({ type: 'PersonMet', schema_version: 4, data: {} }), 4);
  refused(t, () => codec.decode({ type: 'PersonMet', schema_version: 0, data: {} }), 0);
});

t.test('data that does not fit is refused and the field is named', async (t) => {
  const wrong = { first: 'Ada', last: 'Lovelace', age: 'old' };
  t.throws(() => codec.encode({ type: 'PersonMet', data: wrong }), { code: 'undecodable_event', message: /data\.age/ });
  refused(t, () => codec.encode({ type: 'PersonMet', data: undefined }), 3);
  refused(t, () => codec.encode({ type: 'PersonMet', data: { first: 'Ada', last: 'L', age: 1, height: 2 } }), 3);
});

t.test('a version above the first without an upcast is refused when the program starts', async (t) => {
  const schema = z.strictObject({});
  t.throws(() => createCodec({ Grew: { 1: { schema }, 2: { schema } } }), { code: 'undecodable_event', schemaVersion: 2 });
});

t.test('a version missing in between is refused when the program starts', async (t) => {
  const schema = z.strictObject({});
  t.throws(() => createCodec({ Grew: { 1: { schema }, 3: { schema, upcast: () => ({}) } } }), {
    code: 'undecodable_event',
    schemaVersion: 2,
  });
});

function refused(t: Pick<typeof import('tap').t, 'throws'>, attempt: () => unknown, schemaVersion: number, type = 'PersonMet'): void {
  t.throws(attempt, UndecodableEventError);
  t.throws(attempt, { code: 'undecodable_event', type, schemaVersion });
}

/**
 * The vocabulary as other languages know it. A version of an event that is committed here was written into logs: it is never
 * changed, only followed by the next one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import t from 'tap';
import { z } from 'zod';
import type { EventSchemas } from '../../src/codec.ts';
import { eventSchemas } from '../../src/index.ts';
import { asyncApiDocument, eventSchemaDocuments, fileOf, type JsonDocument } from '../../src/schema-documents.ts';

const SHOWN_TYPES = new Set(['object', 'string', 'number', 'boolean', 'array', 'enum', 'literal', 'nullable', 'optional', 'union', 'record', 'null', 'unknown', 'never', 'pipe']);
const SHOWN_CHECKS = new Set(['min_length', 'max_length', 'greater_than', 'less_than', 'number_format', 'string_format']);

/** As much of a schema's inside as is looked at. */
interface ZodDef {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string } } }[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
}

const read = (url: string): unknown => JSON.parse(readFileSync(new URL(url, import.meta.url), 'utf8'));
const committed = readdirSync(new URL('../../schemas/', import.meta.url)).sort();
const documents = eventSchemaDocuments();

t.test('every version that was ever committed is still what it was, and can still be read', async (t) => {
  for (const file of committed) {
    const now = documents.get(file);
    t.ok(now, `${file}: a version that was recorded cannot be removed`);
    t.same(now, read(`../../schemas/${file}`), `${file}: a version is never changed. Add the next one, with an upcast from this one.`);
  }
});

t.test('every version has a committed schema', async (t) => {
  t.same([...documents.keys()].sort(), committed, 'run pnpm events:schemas, and commit what it writes');
  t.equal(documents.size, Object.values(eventSchemas).reduce((sum, versions) => sum + Object.keys(versions).length, 0));
});

t.test('a schema says all that it demands: nothing is checked or changed that its JSON Schema cannot show', async (t) => {
  for (const [type, versions] of Object.entries<EventSchemas>(eventSchemas)) {
    for (const [version, { schema }] of Object.entries(versions)) {
      t.same(hiddenDemands(schema), [], `${type} ${version}: the committed schema would stay as it is when this changes`);
    }
  }
  const shown = z.strictObject({ n: z.int().min(1), of: z.array(z.enum(['a'])).nullable().optional() });
  t.same(hiddenDemands(shown), []);
  for (const [hidden, found] of [
    [z.string().refine((value) => value !== ''), ['custom']],
    [z.string().trim(), ['overwrite']],
    [z.string().transform(Number), ['transform']],
    [z.object({ a: z.array(z.string().toLowerCase()) }), ['overwrite']],
    [z.preprocess(String, z.string()), ['transform']],
    [z.string().default('x'), ['default']],
  ] as const) t.same(hiddenDemands(hidden), found);
});

t.test('recorded events fit the committed schemas, as a validator of other people sees it; broken ones do not', async (t) => {
  const ajv = new Ajv2020({ strict: false });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  const histories = readdirSync(new URL('../fixtures/histories/', import.meta.url));
  for (const file of histories) {
    for (const { type, schema_version: version, data } of read(`../fixtures/histories/${file}`) as { type: string; schema_version: number; data: object }[]) {
      const validate = ajv.compile(withoutId(read(`../../schemas/${fileOf(type, version)}`) as JsonDocument));
      t.ok(validate(data), `${file}: ${JSON.stringify(validate.errors)}`);
      t.notOk(validate({ ...data, unheard_of: 1 }), `${file}: with a field more`);
    }
  }
});

t.test('the AsyncAPI document is committed, and each of its references leads somewhere', async (t) => {
  const document = asyncApiDocument();
  t.same(read('../../../../docs/asyncapi.json'), document, 'run pnpm events:schemas, and commit what it writes');
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
  t.ok(references.length > 2 * documents.size);
  for (const path of references) {
    const target = path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
    t.ok(target, path);
  }
});

/** What a schema checks or does that is not in its JSON Schema, by zod's words. */
function hiddenDemands(schema: z.ZodType): string[] {
  const { def } = (schema as z.ZodType & { readonly _zod: { readonly def: ZodDef } })._zod;
  const checks = (def.checks ?? []).map(({ _zod }) => _zod.def.check).filter((check) => !SHOWN_CHECKS.has(check));
  const parts = [def.element, def.innerType, def.in, def.out, def.keyType, def.valueType, ...(def.options ?? []), ...Object.values(def.shape ?? {})];
  const type = SHOWN_TYPES.has(def.type) ? [] : [def.type];
  return [...type, ...checks, ...parts.flatMap((part) => (part === undefined ? [] : hiddenDemands(part)))];
}

/** One validator may not know an id twice. */
function withoutId({ $id: _, ...schema }: JsonDocument): JsonDocument {
  return schema;
}

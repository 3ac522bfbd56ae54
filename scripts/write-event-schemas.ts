/**
 * `pnpm events:schemas`: writes the vocabulary's JSON Schemas and the AsyncAPI document. A schema that stands there already is
 * never written again: what was recorded under it must be readable for ever.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { asyncApiDocument, eventSchemaDocuments, type JsonDocument } from '../packages/events/src/schema-documents.ts';

const SCHEMAS = fileURLToPath(new URL('../packages/events/schemas/', import.meta.url));
const ASYNC_API = fileURLToPath(new URL('../docs/asyncapi.json', import.meta.url));

const text = (document: JsonDocument): string => `${JSON.stringify(document, null, 2)}\n`;

await mkdir(SCHEMAS, { recursive: true });
for (const [file, document] of eventSchemaDocuments()) {
  if (existsSync(SCHEMAS + file)) continue;
  await writeFile(SCHEMAS + file, text(document));
  console.log(`wrote packages/events/schemas/${file}`);
}
await writeFile(ASYNC_API, text(asyncApiDocument()));
console.log('wrote docs/asyncapi.json');

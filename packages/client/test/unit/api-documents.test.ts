/**
 * What is committed of the API is what the gateway serves.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { apiDocuments } from '../../../../scripts/api-documents.ts';

t.test('the committed documents are those of the operations; after a change: pnpm api:documents', async (t) => {
  for (const { path, content } of await apiDocuments()) {
    t.ok(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8') === content, path);
  }
});

/**
 * `pnpm api:documents`: writes the OpenAPI document that the gateway serves, and the types that the client has of it.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { apiDocuments } from './api-documents.ts';

for (const { path, content } of await apiDocuments()) {
  await writeFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), content);
  console.log(`wrote ${path}`);
}

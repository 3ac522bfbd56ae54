/**
 * What is committed of the API's description: the OpenAPI document as it is served, and the client's types, made from it.
 */
import openapiTS, { astToString } from 'openapi-typescript';
import { describeApi } from '../services/gateway/src/api/document.ts';
import type { Gateway } from '../services/gateway/src/gateway.ts';
import { createOperations } from '../services/gateway/src/operations.ts';
import { VERSION } from '../services/gateway/src/version.ts';

export interface CommittedDocument {
  /** From the project folder. */
  readonly path: string;
  readonly content: string;
}

const HEADER = '// Made by `pnpm api:documents` from docs/openapi.json; not to be edited.\n\n';

/** Which operations there are does not depend on what a gateway reaches, so this needs none. */
export async function apiDocuments(): Promise<readonly CommittedDocument[]> {
  const document = JSON.stringify(describeApi(createOperations({} as Gateway), VERSION), null, 2);
  const types = astToString(await openapiTS(document, { alphabetize: true }));
  return [
    { path: 'docs/openapi.json', content: `${document}\n` },
    { path: 'packages/client/src/openapi.ts', content: HEADER + types },
  ];
}

/**
 * The API described by itself: the OpenAPI document, and pages that need no other host.
 */
import { z } from 'zod';
import { hasAlready } from '../api/if-none-match.ts';
import { operation, type Answer, type Operation } from '../api/operation.ts';
import { findAsset } from '../documentation/assets.ts';
import { API_PAGE, problemPage, PROBLEMS_PAGE } from '../documentation/pages.ts';
import { Problem, PROBLEMS, type ProblemCode } from '../problem.ts';
import { VERSION } from '../version.ts';

const CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** A page may load what this server has, and nothing else; Swagger UI draws its arrows as data. */
const PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const html = (description: string): Answer => ({ description, body: z.string(), mediaType: 'text/html' });

/** Describes `operations`, and itself. */
export function documentationOperations(operations: readonly Operation[]): Operation[] {
  const common = { method: 'get', tag: 'Documentation', scope: 'none', problems: [] } as const;
  let document: string | undefined;
  const all: Operation[] = [
    operation({
      ...common,
      id: 'getOpenApi',
      path: '/openapi.json',
      summary: 'The OpenAPI document of the API',
      answers: { 200: { description: 'OpenAPI 3.1.', body: z.looseObject({ openapi: z.string() }) } },
      async handle({ ctx }) {
        // Loaded for those who ask: what makes documents takes memory that those who watch courses need.
        const { describeApi } = await import('../api/document.ts');
        ctx.type = 'application/json';
        ctx.body = document ??= JSON.stringify(describeApi([...operations, ...all], VERSION));
      },
    }),
    operation({
      ...common,
      id: 'getDocs',
      path: '/docs',
      summary: 'The API, to read and to try',
      answers: { 200: html('A page that shows the document.') },
      handle({ ctx }) {
        ctx.set('content-security-policy', PAGE_POLICY);
        ctx.type = 'html';
        ctx.body = API_PAGE;
      },
    }),
    operation({
      ...common,
      id: 'getProblems',
      path: '/docs/problems',
      summary: 'All problems',
      answers: { 200: html('A page with a table of them.') },
      handle({ ctx }) {
        ctx.set('content-security-policy', PAGE_POLICY);
        ctx.type = 'html';
        ctx.body = PROBLEMS_PAGE;
      },
    }),
    operation({
      ...common,
      id: 'getProblem',
      path: '/docs/problems/{code}',
      summary: 'What a problem means, and the way out',
      params: z.strictObject({ code: z.enum(CODES) }),
      answers: { 200: html('A page about it: where the `type` of a problem document leads.') },
      handle({ ctx, params: { code } }) {
        ctx.set('content-security-policy', PAGE_POLICY);
        ctx.type = 'html';
        ctx.body = problemPage(code);
      },
    }),
    operation({
      ...common,
      id: 'getAsset',
      path: '/docs/assets/{name}',
      summary: 'What the pages load',
      params: z.strictObject({ name: z.string() }),
      headers: { 'If-None-Match': 'The `ETag` of what the client has.' },
      answers: {
        200: { description: 'The asset.', body: z.string(), mediaType: ['text/css', 'text/javascript'], headers: { ETag: 'Of its content.' } },
        304: { description: 'The client has it.' },
      },
      problems: ['route_not_found'],
      async handle({ ctx, params: { name } }) {
        const asset = await findAsset(name);
        if (asset === undefined) throw new Problem('route_not_found', { detail: ctx.path });
        ctx.set({ etag: asset.etag, 'cache-control': 'public, no-cache' });
        ctx.type = asset.mediaType;
        ctx.body = asset.content;
        if (hasAlready(ctx, asset.etag)) {
          ctx.body = null;
          ctx.status = 304;
        }
      },
    }),
  ];
  return all;
}

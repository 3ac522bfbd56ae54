/**
 * The API described by itself: the OpenAPI document, and pages that need no other host.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { answerUnchanged } from '../api/if-none-match.ts';
import { operation, type Answer, type Operation } from '../api/operation.ts';
import { findAsset } from '../documentation/assets.ts';
import { API_PAGE, problemPage, PROBLEMS_PAGE } from '../documentation/pages.ts';
import { Problem, PROBLEMS, type ProblemCode } from '../problem.ts';
import { VERSION } from '../version.ts';

const CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** A page may load what this server has, and nothing else; Swagger UI draws its arrows as data. */
const PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const COMMON = { method: 'get', tag: 'Documentation', scope: 'none', problems: [] } as const;

const html = (description: string): Answer => ({ description, body: z.string(), mediaType: 'text/html' });

/** Describes `operations`, and itself. */
export function documentationOperations(operations: readonly Operation[]): Operation[] {
  let document: string | undefined;
  const all: Operation[] = [
    operation({
      ...COMMON,
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
    page('getDocs', '/docs', 'The API, to read and to try', 'A page that shows the document.', API_PAGE),
    page('getProblems', '/docs/problems', 'All problems', 'A page with a table of them.', PROBLEMS_PAGE),
    operation({
      ...COMMON,
      id: 'getProblem',
      path: '/docs/problems/{code}',
      summary: 'What a problem means, and the way out',
      params: z.strictObject({ code: z.enum(CODES) }),
      answers: { 200: html('A page about it: where the `type` of a problem document leads.') },
      handle({ ctx, params: { code } }) {
        show(ctx, problemPage(code));
      },
    }),
    operation({
      ...COMMON,
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
        ctx.set('cache-control', 'public, no-cache');
        if (answerUnchanged(ctx, asset.etag)) return;
        ctx.type = asset.mediaType;
        ctx.body = asset.content;
      },
    }),
  ];
  return all;
}

function page(id: string, path: Operation['path'], summary: string, description: string, content: string): Operation {
  return operation({ ...COMMON, id, path, summary, answers: { 200: html(description) }, handle: ({ ctx }) => show(ctx, content) });
}

function show(ctx: Context, content: string): void {
  ctx.set('content-security-policy', PAGE_POLICY);
  ctx.type = 'html';
  ctx.body = content;
}

/**
 * The page: what people look at, at `/`. It stands on the API alone; nothing here answers it anything that a client could not ask.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { answerUnchanged } from '../api/if-none-match.ts';
import { operation, type Operation } from '../api/operation.ts';
import { PAGE_MEDIA_TYPES, readPageFiles, type Encoding, type PageFile } from '../page/page-files.ts';
import { Problem } from '../problem.ts';

/**
 * Its own files and nothing else; and text becomes markup through its one policy, which cleans cards. React Flow sets styles by script,
 * which no policy has to allow.
 */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
  + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types card";
/** A name with the hash of its content never has another. */
const FOR_EVER = 'public, max-age=31536000, immutable';

const COMMON = { method: 'get', tag: 'Documentation', scope: 'none' } as const;
const TAGGED = { headers: { 'If-None-Match': 'The `ETag` of what the client has.' } };
const ETAG = { ETag: 'Of its content.' };

export function pageOperations(): Operation[] {
  let files: ReturnType<typeof readPageFiles> | undefined;
  const find = async (name: string): Promise<PageFile | undefined> => {
    const read = await (files ??= readPageFiles());
    // It may be built by the next time.
    if (read.size === 0) files = undefined;
    return read.get(name);
  };
  return [
    operation({
      ...COMMON,
      ...TAGGED,
      id: 'getPage',
      path: '/',
      summary: 'The page, for people',
      answers: { 200: { description: 'The page.', body: z.string(), mediaType: 'text/html', headers: ETAG }, 304: { description: 'The client has it.' } },
      problems: ['route_not_found'],
      async handle({ ctx }) {
        const file = await find('index.html');
        if (file === undefined) throw new Problem('route_not_found', { detail: 'The page is not built: `pnpm --filter @coursewright/web build` does that. The API is at /docs.' });
        ctx.set({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' });
        send(ctx, file);
      },
    }),
    operation({
      ...COMMON,
      ...TAGGED,
      id: 'getPageFile',
      path: '/assets/{name}',
      summary: 'What the page loads',
      params: z.strictObject({ name: z.string() }),
      answers: { 200: { description: 'The file.', body: z.string(), mediaType: Object.values(PAGE_MEDIA_TYPES), headers: ETAG }, 304: { description: 'The client has it.' } },
      problems: ['route_not_found'],
      async handle({ ctx, params: { name } }) {
        const file = await find(`assets/${name}`);
        if (file === undefined) throw new Problem('route_not_found', { detail: ctx.path });
        ctx.set('cache-control', FOR_EVER);
        send(ctx, file);
      },
    }),
  ];
}

function send(ctx: Context, { content, etag, mediaType }: PageFile): void {
  // The smallest that the client takes, in whatever order it says them.
  const bySize = (Object.keys(content) as Encoding[]).sort((one, other) => (content[one]?.length ?? 0) - (content[other]?.length ?? 0));
  const taken = ctx.acceptsEncodings();
  const encoding = bySize.find((each) => taken.includes(each)) ?? 'identity';
  ctx.vary('Accept-Encoding');
  if (answerUnchanged(ctx, etag)) return;
  ctx.type = mediaType;
  ctx.body = content[encoding] ?? content.identity;
  if (encoding !== 'identity') ctx.set('content-encoding', encoding);
}

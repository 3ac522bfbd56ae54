/**
 * How far a course is.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { progress } from '../api/course-documents.ts';
import { answerUnchanged, hasAlready } from '../api/if-none-match.ts';
import { operation, type Operation } from '../api/operation.ts';
import { courseParams, instantParameter } from '../api/parameters.ts';
import type { Gateway } from '../gateway.ts';
import { preferredWaitSeconds } from '../preferences.ts';
import { Problem } from '../problem.ts';
import { progressAt } from '../queries/course-in-time.ts';
import type { Progress } from '../queries/progress.ts';
import type { Reader } from '../queries/reader.ts';
import { waitForChange } from '../streaming/wait-for-change.ts';

/** Of the document: another one makes every ETag another, so that a release which changes it is seen. */
const FORMAT = 1;

const progressQuery = z.strictObject({
  at: instantParameter('How the course stood at this instant, told from the log, to the microsecond.').optional(),
});

export function progressOperations(gateway: Gateway): Operation[] {
  return [
    operation({
      id: 'getProgress',
      method: 'get',
      path: '/api/v1/course-map/{course_map_id}/progress',
      tag: 'Watching',
      scope: 'courses:read',
      summary: 'How far a course is',
      params: courseParams,
      query: progressQuery,
      headers: {
        'If-None-Match': 'The `ETag` of what the client has.',
        Prefer: '`wait=30`: answer when there is news, or after so many seconds, 60 at most. Takes a place as a stream does.',
      },
      answers: {
        200: {
          description: 'Its progress.',
          body: progress,
          headers: { ETag: "The course's revision; there is none with `at`.", 'Preference-Applied': 'For how long the answer would have waited.' },
        },
        304: { description: 'Nothing has happened.', headers: { ETag: "The course's revision." } },
      },
      problems: ['course_map_not_found', 'too_many_streams', 'streams_full'],
      async handle({ ctx, client, reader, params: { course_map_id: id }, query: { at } }) {
        await (at === undefined ? answerNow(gateway, ctx, reader, client, id) : answerThen(ctx, reader, id, at));
      },
    }),
  ];
}

async function answerThen(ctx: Context, reader: Reader, id: string, at: string): Promise<void> {
  const document = await progressAt(reader, id, at);
  if (document === undefined) throw new Problem('course_map_not_found', { detail: `${id} was not there at ${at}` });
  ctx.set('cache-control', 'private, no-cache');
  ctx.type = 'application/json';
  ctx.body = document;
}

async function answerNow(gateway: Gateway, ctx: Context, reader: Reader, client: string, id: string): Promise<void> {
  const found = await findNews(gateway, ctx, reader, client, id);
  ctx.set('cache-control', 'private, no-cache');
  if (answerUnchanged(ctx, etagOf(found))) return;
  ctx.type = 'application/json';
  ctx.body = found.document;
}

/** The course's progress now; or, when the client has that and prefers to wait for news, as soon as there is any. */
async function findNews({ progress, tail, eventStreams }: Gateway, ctx: Context, reader: Reader, client: string, id: string): Promise<Progress> {
  const look = async (): Promise<Progress> => {
    const found = await progress.find(reader, id);
    if (found === undefined) throw new Problem('course_map_not_found', { detail: id });
    return found;
  };
  const isNews = (found: Progress): boolean => !hasAlready(ctx, etagOf(found));
  const found = await look();
  const seconds = preferredWaitSeconds(ctx);
  if (seconds === 0 || isNews(found)) return found;

  const giveBack = eventStreams.takePlace(client);
  const left = new AbortController();
  ctx.res.once('close', () => left.abort());
  try {
    ctx.set('preference-applied', `wait=${seconds}`);
    const signal = AbortSignal.any([left.signal, eventStreams.stopping]);
    return await waitForChange(tail, id, { look, isNews, limitMs: seconds * 1000, signal });
  } finally {
    giveBack();
  }
}

function etagOf({ revision }: Progress): string {
  return `"${FORMAT}-${revision}"`;
}

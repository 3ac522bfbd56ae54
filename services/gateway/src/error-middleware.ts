/**
 * First in the chain: names each request, logs it, and turns whatever is thrown behind it into a problem document.
 */
import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { ArchivedStreamError, isTransientDatabaseError } from '@coursewright/events';
import type { Logger } from '@coursewright/process';
import { TokensUnavailableError } from './auth/tokens.ts';
import { Problem } from './problem.ts';
import { TooManyStreamsError } from './streaming/event-streams.ts';

/** What the middleware leaves for those behind it. */
export interface RequestState {
  /** Follows this request through events, jobs and logs as their correlation id. */
  requestId: string;
  /** The path of the operation that serves it, as it is declared. */
  route?: string;
}

/** A request id of the caller's own is kept when it is harmless in logs and headers. */
const HARMLESS_ID = /^[A-Za-z0-9._-]{1,100}$/;

/** How long a client should wait when the database, or an identity provider, is away. */
const RETRY_AFTER_SECONDS = '2';
/** How long when all places for those who watch are taken. */
const STREAM_RETRY_AFTER_SECONDS = '5';

/** While the database is away every request says so; one line a second is enough, with how many there were. */
const TELL_EVERY_MS = 1000;

export function errorMiddleware(log: Logger): Middleware<RequestState> {
  let untold = 0;
  let toldAtMs = -Infinity;

  /** Not the client's doing, and a retry may hide it from whoever runs the service. */
  function tellOfDatabase(error: unknown, { path, state }: Context & { state: RequestState }): void {
    untold += 1;
    if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
    log.warn({ err: error, request_id: state.requestId, path, requests: untold }, 'The database did not serve requests');
    [untold, toldAtMs] = [0, performance.now()];
  }

  return async (ctx, next) => {
    const given = ctx.get('x-request-id');
    const requestId = HARMLESS_ID.test(given) ? given : randomUUID();
    ctx.state.requestId = requestId;
    ctx.set('x-request-id', requestId);
    const startedAt = performance.now();
    try {
      await next();
      if (ctx.body === undefined) refuseUnanswered(ctx);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === 'internal_error') log.error({ err: error, request_id: requestId }, 'Request failed');
      else if (problem.code === 'database_unavailable') tellOfDatabase(error, ctx);
      ctx.status = problem.status;
      ctx.set(problem.details.headers ?? {});
      ctx.body = problem.toDocument(requestId);
      ctx.type = 'application/problem+json';
    }
    log.debug(
      {
        request_id: requestId,
        method: ctx.method,
        path: ctx.path,
        status: ctx.status,
        ms: Math.round(performance.now() - startedAt),
      },
      'Request answered',
    );
  };
}

/** What no route has answered. The router has set Allow where the path is known and the method is not. */
function refuseUnanswered(ctx: Context): void {
  if (ctx.status === 404) throw new Problem('route_not_found', { detail: ctx.path });
  if (ctx.status === 405 || ctx.status === 501) {
    throw new Problem('method_not_allowed', { detail: `${ctx.path} knows ${ctx.response.get('allow') || 'other methods'}.` });
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isTransientDatabaseError(error)) {
    return new Problem('database_unavailable', {
      detail: 'Nothing was changed unless the answer was lost on its way. Try again.',
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    });
  }
  if (error instanceof TooManyStreamsError) {
    return new Problem(error.ofClient ? 'too_many_streams' : 'streams_full', { headers: { 'retry-after': STREAM_RETRY_AFTER_SECONDS }, cause: error });
  }
  if (error instanceof TokensUnavailableError) return new Problem('authentication_unavailable', { headers: { 'retry-after': RETRY_AFTER_SECONDS }, cause: error });
  if (error instanceof ArchivedStreamError) {
    return new Problem('course_map_archived', { detail: 'It stays as it is until an operator brings it back: pnpm db:archive --restore.', cause: error });
  }
  return new Problem('internal_error', { cause: error });
}

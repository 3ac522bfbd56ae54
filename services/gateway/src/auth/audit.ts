/**
 * Who was let in, who was not, and what administrators did: a line in the log for each, with the same fields, for whoever keeps watch. Not
 * events of ours: whoever knocks without a key must not be able to write into the log of courses.
 */
import type { Context } from 'koa';
import type { Logger } from '@coursewright/process';
import type { RequestState } from '../error-middleware.ts';

/** The words that others search for. */
export type Audited = 'AuthFailed' | 'AuthzDenied' | 'AdminActed';

export interface Audit {
  /**
   * @param actor who it was, as events name him; undefined where nobody can tell
   * @param operation what was asked for
   */
  tell(what: Audited, ctx: Context, details: { readonly actor: string | undefined; readonly operation: string; readonly scope?: string }): void;
}

const SENTENCES: Readonly<Record<Audited, string>> = {
  AuthFailed: 'Somebody without a valid key or token was refused',
  AuthzDenied: 'Somebody was refused what he may not do',
  AdminActed: 'An administrator did something',
};

export function createAudit(log: Logger): Audit {
  return {
    tell(what, ctx, { actor, ...details }) {
      const fields = { audit: what, actor: actor ?? null, ip: ctx.ip, request_id: (ctx.state as RequestState).requestId, path: ctx.path, ...details };
      if (what === 'AdminActed') log.info(fields, SENTENCES[what]);
      else log.warn(fields, SENTENCES[what]);
    },
  };
}

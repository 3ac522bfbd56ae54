/**
 * Tells who asks, by the `Authorization` header. A token in a URL would stand in logs and histories.
 */
import type { Context } from 'koa';
import { Problem } from '../problem.ts';
import { isApiKey, type ApiKeys } from './api-keys.ts';
import { ANYBODY, type Principal, type Scope } from './principal.ts';
import type { Tokens } from './tokens.ts';

export interface Authentication {
  /** @throws Problem unauthenticated when nobody can be told */
  identify(ctx: Context): Promise<Principal>;
}

/** Everybody may do everything: on a machine of one's own, or behind something that knows who may. */
export const OPEN: Authentication = { identify: () => Promise.resolve(ANYBODY) };

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,8000})$/i;

/** @param tokens of an identity provider, if one is trusted */
export function createAuthentication(keys: ApiKeys, tokens: Tokens | undefined): Authentication {
  return {
    async identify(ctx) {
      const given = ctx.get('authorization');
      if (given === '') throw unauthenticated('Bearer realm="coursewright"', 'Send a key or a token in the header: Authorization: Bearer <key>.');
      const [, token] = BEARER.exec(given) ?? [];
      const principal = token === undefined ? undefined : isApiKey(token) ? await keys.find(token) : await tokens?.find(token);
      if (principal !== undefined) return principal;
      throw unauthenticated('Bearer realm="coursewright", error="invalid_token"', 'The key or token is none, is expired, or was revoked.');
    },
  };
}

/** @throws Problem forbidden when he may not */
export function requireScope({ scopes }: Principal, scope: Scope): void {
  if (scopes.has(scope)) return;
  const challenge = `Bearer realm="coursewright", error="insufficient_scope", scope="${scope}"`;
  throw new Problem('forbidden', { detail: `This needs the scope ${scope}.`, headers: { 'www-authenticate': challenge } });
}

function unauthenticated(challenge: string, detail: string): Problem {
  return new Problem('unauthenticated', { detail, headers: { 'www-authenticate': challenge } });
}

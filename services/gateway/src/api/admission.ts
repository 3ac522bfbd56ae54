/**
 * Whether whoever asks may: who he is, what he may do, and how often he has asked; each refusal is told to those who keep watch.
 */
import type { Context } from 'koa';
import type { Audit } from '../auth/audit.ts';
import { requireScope, type Authentication } from '../auth/authentication.ts';
import { ANYBODY, type Principal, type Scope } from '../auth/principal.ts';
import type { RequestRates } from '../limits/request-rates.ts';
import { Problem } from '../problem.ts';

export interface Admitting {
  readonly authentication: Authentication;
  readonly rates: RequestRates;
  readonly audit: Audit;
}

/** What is asked for. */
export interface Wanted {
  readonly id: string;
  readonly scope: Scope | 'none';
}

/** @throws Problem unauthenticated, forbidden, rate_limited, and what the database or an identity provider refuses with */
export async function admit(ctx: Context, { id: operation, scope }: Wanted, { authentication, rates, audit }: Admitting): Promise<Principal> {
  if (scope === 'none') return ANYBODY;
  let principal: Principal | undefined;
  try {
    principal = await authentication.identify(ctx);
    requireScope(principal, scope);
  } catch (error) {
    if (error instanceof Problem && error.code === 'unauthenticated') audit.tell('AuthFailed', ctx, { actor: undefined, operation });
    if (error instanceof Problem && error.code === 'forbidden') audit.tell('AuthzDenied', ctx, { actor: principal?.id, operation, scope });
    throw error;
  }
  await rates.count(ctx, principal.tenant === undefined ? principal.id ?? ctx.ip : `tenant:${principal.tenant}`);
  return principal;
}

/** Whether what was admitted still would be: for what lasts longer than a credential may. While nobody can tell, it is. */
export async function isStillAdmitted(ctx: Context, { scope }: Wanted, { authentication }: Pick<Admitting, 'authentication'>): Promise<boolean> {
  if (scope === 'none') return true;
  try {
    requireScope(await authentication.identify(ctx), scope);
    return true;
  } catch (error) {
    return !(error instanceof Problem);
  }
}

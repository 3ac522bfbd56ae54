/**
 * Who asks, and what he may do.
 */

/** What a key or token may allow, each by itself: `admin` does not bring the others with it. */
export const SCOPES = ['courses:read', 'courses:write', 'events:read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** As events name who caused them: `key:cw_1a2b3c4d`, `user:…` of a token; undefined where nobody is told apart. */
  readonly id: string | undefined;
  readonly scopes: ReadonlySet<Scope>;
  /** To whose courses he is bound; undefined: to nobody's, he sees all. */
  readonly tenant: string | undefined;
}

/** By which name what is his own is kept apart from what is others': the same user may act for several tenants. */
export function nameOf({ id, tenant }: Principal): string | undefined {
  return tenant === undefined || id === undefined ? id : `${id} of ${tenant}`;
}

/** What a tenant's credential may allow: the others reach beyond every tenant. */
const SCOPES_OF_TENANTS: readonly Scope[] = ['courses:read', 'courses:write'];
/** As the database has it: it becomes part of events. */
const TENANT = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Whoever reaches a gateway that is open. */
export const ANYBODY: Principal = { id: undefined, scopes: new Set(SCOPES), tenant: undefined };

/**
 * Who has a credential with these words among its scopes (it may have others, of other services), bound to a tenant if one is given.
 * Undefined when that is no name of a tenant.
 */
export function principalOf(id: string, words: readonly string[], tenant: string | undefined): Principal | undefined {
  if (tenant !== undefined && !TENANT.test(tenant)) return undefined;
  const possible = tenant === undefined ? SCOPES : SCOPES_OF_TENANTS;
  return { id, scopes: new Set(possible.filter((scope) => words.includes(scope))), tenant };
}

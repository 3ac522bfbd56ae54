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
}

/** Whoever reaches a gateway that is open. */
export const ANYBODY: Principal = { id: undefined, scopes: new Set(SCOPES) };

/** Those of these words that are scopes: a token may have others, of other services. */
export function scopesAmong(words: readonly string[]): ReadonlySet<Scope> {
  return new Set(SCOPES.filter((scope) => words.includes(scope)));
}

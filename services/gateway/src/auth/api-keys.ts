/**
 * Keys of the API. The database has their hashes, and tells a gateway what a key may do, and nothing else of it.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { query } from '@coursewright/events';
import { forgetOldest } from '@coursewright/process';
import { principalOf, type Principal } from './principal.ts';

export interface ApiKeys {
  /** Who has this key; undefined when it is none, or none any more. What was revoked is taken for {@link REMEMBERED_MS} at most. */
  find(key: string): Promise<Principal | undefined>;
}

/** As `make_api_key` makes them. */
const KEY = /^cw_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/;
const REMEMBERED_MS = 5000;
const MOST_REMEMBERED = 10_000;
const PRINCIPAL_OF_KEY = 'SELECT prefix, scopes, tenant FROM principal_of_api_key($1)';

interface KeyRow {
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly tenant: string | null;
}

/** Whether it has the form of one. */
export function isApiKey(token: string): boolean {
  return KEY.test(token);
}

export function createApiKeys(pool: pg.Pool, now: () => number = () => performance.now()): ApiKeys {
  const known = new Map<string, { readonly principal: Principal; readonly until: number }>();

  return {
    async find(key) {
      // By its hash, here as there: who reads our memory finds no key, and a comparison tells nothing by its time.
      const hash = createHash('sha256').update(key).digest();
      const name = hash.toString('base64');
      const remembered = known.get(name);
      if (remembered !== undefined && remembered.until > now()) return remembered.principal;
      known.delete(name);
      const { rows } = await query<KeyRow>(pool, { name: 'principal-of-key', text: PRINCIPAL_OF_KEY, values: [hash] });
      const [row] = rows;
      const principal = row && principalOf(`key:${row.prefix}`, row.scopes, row.tenant ?? undefined);
      if (principal === undefined) return undefined;
      known.set(name, { principal, until: now() + REMEMBERED_MS });
      forgetOldest(known, MOST_REMEMBERED);
      return principal;
    },
  };
}

/**
 * `pnpm keys`: the keys of the API.
 *
 *     pnpm keys create --name "the page" --scopes courses:read,courses:write [--days 90] [--tenant acme]
 *     pnpm keys list
 *     pnpm keys revoke cw_1a2b3c4d
 *
 * Exit codes: 0 done, 2 wrong usage, or it could not be carried out.
 */
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { asOwner } from './as-owner.ts';
import { onDatabase } from './on-database.ts';

const USAGE = `usage: pnpm keys create --name <whose it is> --scopes <some of courses:read,courses:write,events:read,admin> [--days <until it expires>] [--tenant <whose courses alone it reaches>]
       pnpm keys list
       pnpm keys revoke <the key's beginning, like cw_1a2b3c4d>`;

interface ListedKey {
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly tenant: string | null;
  readonly status: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

export async function keysCommand(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  if (what === 'create') return create(rest);
  if (what === 'list' && rest.length === 0) return list();
  if (what === 'revoke' && rest.length === 1) return revoke(rest[0] ?? '');
  return misused(what === undefined ? 'say what to do' : `${args.join(' ')}: not understood`);
}

async function create(args: readonly string[]): Promise<number> {
  let given: { name?: string; scopes?: string; days?: string; tenant?: string };
  try {
    given = parseArgs({ args: [...args], options: { name: { type: 'string' }, scopes: { type: 'string' }, days: { type: 'string' }, tenant: { type: 'string' } } }).values;
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
  const { name, scopes, days, tenant } = given;
  if (name === undefined || scopes === undefined) return misused('give --name and --scopes');
  if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days)) return misused(`--days ${days} is no whole number of days`);
  const { rows } = await ask<{ key: string }>('SELECT make_api_key($1, $2, make_interval(days => $3), $4) AS key', [name, scopes.split(',').map((scope) => scope.trim()), days ?? null, tenant ?? null]);
  console.log(rows[0]?.key);
  console.error('This is the only time that it is shown. It goes into the header: Authorization: Bearer <key>');
  return 0;
}

async function list(): Promise<number> {
  const { rows } = await ask<ListedKey>('SELECT prefix, name, scopes, tenant, status, created_at, expires_at FROM ops.api_keys ORDER BY created_at', []);
  if (rows.length === 0) console.error('There are no keys yet: pnpm keys create.');
  for (const { prefix, name, scopes, tenant, status, created_at: made, expires_at: until } of rows) {
    console.log([prefix, status.padEnd(7), scopes.join(','), `made ${day(made)}`, until === null ? 'does not expire' : `until ${day(until)}`, tenant === null ? 'all courses' : `tenant ${tenant}`, name].join('  '));
  }
  return 0;
}

async function revoke(prefix: string): Promise<number> {
  const { rows } = await ask<{ revoked: boolean }>('SELECT revoke_api_key($1) AS revoked', [prefix]);
  console.log(rows[0]?.revoked === true ? `${prefix} is revoked; gateways stop taking it within 5 seconds.` : `${prefix} was revoked before.`);
  return 0;
}

function ask<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<pg.QueryResult<Row>> {
  return onDatabase('refuse', (databaseUrl) => asOwner(databaseUrl, 'coursewright-keys', (client) => client.query<Row>(text, values)));
}

function day(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

function misused(what: string): number {
  console.error(`${what}\n${USAGE}`);
  return 2;
}

/**
 * Two tables of the same columns, row by row: which rows differ, and in what.
 */
import type pg from 'pg';

/** A row that is not what the log says. */
export interface Difference {
  readonly table: string;
  /** Its key, as a person would write it. */
  readonly row: string;
  /** What stands in the table, and what the log says, by column; undefined on the side where there is no such row. */
  readonly columns: readonly { readonly column: string; readonly kept: unknown; readonly fromLog: unknown }[];
}

export interface ComparedTables {
  readonly kept: string;
  readonly fresh: string;
  readonly key: readonly string[];
}

interface Pair {
  readonly kept: Record<string, unknown> | null;
  readonly fresh: Record<string, unknown> | null;
}

/** The condition under which two rows `k` and `f` differ, columns in the order of the kept table. */
function differ(columns: readonly string[]): string {
  const all = (alias: string): string => columns.map((column) => `${alias}.${column}`).join(', ');
  return `(${all('k')}) IS DISTINCT FROM (${all('f')})`;
}

async function columnsOf(client: pg.ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum', [table]);
  return rows.map(({ name }) => name);
}

/** Both tables side by side, and the condition under which a row differs; cut to these first keys where some are given as $1. */
async function sideBySide(client: pg.ClientBase, { kept, fresh, key }: ComparedTables, isCut: boolean): Promise<string> {
  const rowsOf = (table: string): string => (isCut ? `(SELECT * FROM ${table} WHERE ${key[0] ?? ''}::text = ANY ($1))` : table);
  return `FROM ${rowsOf(kept)} k FULL JOIN ${rowsOf(fresh)} f USING (${key.join(', ')}) WHERE ${differ(await columnsOf(client, kept))}`;
}

/** The first keys of all rows that differ; among these alone, where some are given. */
export async function differingKeys(client: pg.ClientBase, tables: ComparedTables, among?: readonly string[]): Promise<readonly string[]> {
  const compared = await sideBySide(client, tables, among !== undefined);
  const { rows } = await client.query<{ id: string }>(`SELECT DISTINCT ${tables.key[0] ?? ''}::text AS id ${compared}`, among === undefined ? [] : [among]);
  return rows.map(({ id }) => id);
}

/** The rows that differ among those with such a first key, at most `limit` of them, and how many there are. */
export async function differencesAmong(
  client: pg.ClientBase,
  tables: ComparedTables,
  ids: readonly string[],
  limit: number,
): Promise<{ readonly count: number; readonly differences: readonly Difference[] }> {
  const { rows } = await client.query<Pair & { count: string }>(
    `SELECT to_jsonb(k) AS kept, to_jsonb(f) AS fresh, count(*) OVER () AS count ${await sideBySide(client, tables, true)}
     ORDER BY ${tables.key.join(', ')} LIMIT $2`, [ids, limit]);
  return { count: Number(rows[0]?.count ?? 0), differences: rows.map((pair) => differenceOf(tables, pair)) };
}

/** Makes those rows of the kept table what the fresh one says. Returns how many were written or removed. */
export async function replaceDifferences(client: pg.ClientBase, { kept, fresh, key }: ComparedTables, ids: readonly string[]): Promise<number> {
  const columns = await columnsOf(client, kept);
  const [first = ''] = key;
  const others = columns.filter((column) => !key.includes(column));
  const removed = await client.query(
    `DELETE FROM ${kept} k WHERE k.${first}::text = ANY ($1)
       AND NOT EXISTS (SELECT FROM ${fresh} f WHERE ${key.map((column) => `f.${column} = k.${column}`).join(' AND ')})`, [ids]);
  const written = await client.query(
    `INSERT INTO ${kept} AS k (${columns.join(', ')}) SELECT ${columns.map((column) => `f.${column}`).join(', ')}
     FROM ${fresh} f LEFT JOIN ${kept} k USING (${key.join(', ')}) WHERE f.${first}::text = ANY ($1) AND ${differ(columns)}
     ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`, [ids]);
  return (removed.rowCount ?? 0) + (written.rowCount ?? 0);
}

function differenceOf({ kept: table, key }: ComparedTables, { kept, fresh }: Pair): Difference {
  const row = key.map((column) => String((kept ?? fresh ?? {})[column])).join(' ');
  const columns = Object.keys(kept ?? fresh ?? {})
    .filter((column) => JSON.stringify(kept?.[column]) !== JSON.stringify(fresh?.[column]))
    .map((column) => ({ column, kept: kept?.[column], fromLog: fresh?.[column] }));
  return { table, row, columns };
}

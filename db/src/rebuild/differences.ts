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

/** The values of the key's first column of all rows that differ. */
export async function differingKeys(client: pg.ClientBase, { kept, fresh, key }: ComparedTables): Promise<readonly string[]> {
  const columns = await columnsOf(client, kept);
  const { rows } = await client.query<{ id: string }>(
    `SELECT DISTINCT ${key[0] ?? ''}::text AS id FROM ${kept} k FULL JOIN ${fresh} f USING (${key.join(', ')}) WHERE ${differ(columns)} ORDER BY 1`);
  return rows.map(({ id }) => id);
}

/** The rows that differ among those with such a first key, at most `limit` of them, and how many there are. */
export async function differencesAmong(
  client: pg.ClientBase,
  { kept, fresh, key }: ComparedTables,
  ids: readonly string[],
  limit: number,
): Promise<{ readonly count: number; readonly differences: readonly Difference[] }> {
  const columns = await columnsOf(client, kept);
  const [first = ''] = key;
  const { rows } = await client.query<Pair & { count: string }>(
    `SELECT to_jsonb(k) AS kept, to_jsonb(f) AS fresh, count(*) OVER () AS count
     FROM (SELECT * FROM ${kept} WHERE ${first}::text = ANY ($1)) k
     FULL JOIN (SELECT * FROM ${fresh} WHERE ${first}::text = ANY ($1)) f USING (${key.join(', ')})
     WHERE ${differ(columns)} ORDER BY ${key.join(', ')} LIMIT $2`, [ids, limit]);
  return { count: Number(rows[0]?.count ?? 0), differences: rows.map((pair) => differenceOf(kept, key, pair)) };
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

function differenceOf(table: string, key: readonly string[], { kept, fresh }: Pair): Difference {
  const row = key.map((column) => String((kept ?? fresh ?? {})[column])).join(' ');
  const columns = Object.keys(kept ?? fresh ?? {})
    .filter((column) => JSON.stringify(kept?.[column]) !== JSON.stringify(fresh?.[column]))
    .map((column) => ({ column, kept: kept?.[column], fromLog: fresh?.[column] }));
  return { table, row, columns };
}

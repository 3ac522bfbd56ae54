/**
 * The schema as text: what all migrations add up to, for people to read and for a diff to review. Made from the
 * catalog, because pg_dump does not come along with the local server; sorted, so that the same schema is the same text.
 * The queue's schema is pg-boss' own business and left out.
 */
import { connectOwner, ownerClient } from '@coursewright/postgres';

/** Each yields lines of text, in order. Read with this package's own search path, so that names stay short. */
const PARTS: readonly { readonly title: string; readonly sql: string }[] = [
  {
    title: 'Tables',
    sql: `
      SELECT format(E'CREATE %sTABLE %s (\\n%s\\n)%s;', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, c.oid::regclass,
        string_agg(format('  %s %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          CASE WHEN co.collname = 'C' THEN ' COLLATE "C"' ELSE '' END,
          CASE WHEN a.attidentity = 'a' THEN ' GENERATED ALWAYS AS IDENTITY'
               WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END,
          CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END), E',\\n' ORDER BY a.attnum),
        coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '')) AS text
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      LEFT JOIN pg_collation co ON co.oid = a.attcollation
      WHERE c.relkind = 'r' AND OURS(c.relnamespace) AND c.relname <> 'migrations'
      GROUP BY c.oid ORDER BY c.oid::regclass::text`,
  },
  {
    title: 'Constraints',
    sql: `
      SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s;', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) AS text
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
      WHERE OURS(c.relnamespace) AND c.relname <> 'migrations' AND k.contype IN ('p', 'u', 'c', 'f')
      ORDER BY k.conrelid::regclass::text, k.conname`,
  },
  {
    title: 'Indexes',
    sql: `
      SELECT pg_get_indexdef(i.indexrelid) || ';' AS text
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      WHERE OURS(c.relnamespace) AND c.relname <> 'migrations'
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
      ORDER BY i.indexrelid::regclass::text`,
  },
  {
    title: 'Views',
    sql: `
      SELECT format(E'CREATE VIEW %s AS\\n%s', c.oid::regclass, pg_get_viewdef(c.oid, true)) AS text
      FROM pg_class c WHERE c.relkind = 'v' AND OURS(c.relnamespace) ORDER BY c.oid::regclass::text`,
  },
  {
    title: 'Functions',
    sql: `
      SELECT pg_get_functiondef(p.oid) || ';' AS text
      FROM pg_proc p WHERE OURS(p.pronamespace) ORDER BY p.oid::regprocedure::text`,
  },
  {
    title: 'Triggers',
    sql: `
      SELECT pg_get_triggerdef(g.oid) || ';' ||
        CASE g.tgenabled WHEN 'A' THEN format(' ALTER TABLE %s ENABLE ALWAYS TRIGGER %I;', g.tgrelid::regclass, g.tgname) ELSE '' END AS text
      FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
      WHERE NOT g.tgisinternal AND OURS(c.relnamespace) ORDER BY g.tgrelid::regclass::text, g.tgname`,
  },
  {
    title: 'Rights of the roles',
    sql: `
      SELECT format('GRANT %s ON %s TO %s;', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), what, r.rolname) AS text
      FROM (
        SELECT c.oid::regclass::text AS what, c.relacl AS acl FROM pg_class c WHERE c.relkind IN ('r', 'v') AND OURS(c.relnamespace)
        UNION ALL
        SELECT format('%s (%s)', t.attrelid::regclass, t.attname), t.attacl FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid WHERE OURS(c.relnamespace)
        UNION ALL
        SELECT 'FUNCTION ' || p.oid::regprocedure, p.proacl FROM pg_proc p WHERE OURS(p.pronamespace)
        UNION ALL
        SELECT 'SCHEMA ' || n.nspname, n.nspacl FROM pg_namespace n WHERE OURS(n.oid)
      ) things
      CROSS JOIN LATERAL aclexplode(acl) a
      JOIN pg_roles r ON r.oid = a.grantee AND r.rolname LIKE 'coursewright%'
      GROUP BY what, r.rolname ORDER BY what, r.rolname`,
  },
];

const HEADER = `-- The schema that all migrations add up to. Made by \`pnpm db:dump-schema\`, never edited: its diff is for the review.
-- Where PostgreSQL was built without lz4, the card's column is compressed otherwise; nothing else depends on the server.
`;

/**
 * The schemas public, ops and outbox of a migrated database, as text. The same migrations give the same text.
 *
 * @param databaseUrl as its owner
 */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const client = ownerClient({ databaseUrl, applicationName: 'coursewright: dump' });
  await connectOwner(client);
  try {
    await client.query('SET search_path = public, pg_catalog');
    let text = HEADER;
    for (const { title, sql } of PARTS) {
      const ours = sql.replace(/OURS\(([a-z.]+)\)/g, "$1 IN ('public'::regnamespace, 'ops'::regnamespace, 'outbox'::regnamespace)");
      const { rows } = await client.query<{ text: string }>(ours);
      text += `\n-- ── ${title} ──\n\n${rows.map((row) => row.text.trimEnd()).join('\n\n')}\n`;
    }
    return text;
  } finally {
    await client.end();
  }
}

/**
 * What the owner of a database needs before the first migration, asked of the catalogs. An owner of a hosted database is no superuser, and
 * what the server says when a right is missing names neither the right nor who could give it.
 */
import type pg from 'pg';
import { MigrationError } from './migration-error.ts';

/** Every role that the migrations make where it is missing. Roles belong to the server: another database of it may have made them. */
const ROLES = ['coursewright_service', 'coursewright_operator', 'coursewright_consumer', 'coursewright_tenant'] as const;

// Since 16 whoever makes a role may grant it, and may not act as it by that alone.
const RIGHTS = `
  SELECT quote_ident(current_user) AS user, quote_ident(current_database()) AS database,
         pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS read_only,
         to_regnamespace('public') IS NOT NULL AS has_public,
         coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), true) AS may_use_public,
         (SELECT pg_has_role(d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = current_database()) AS owns_database,
         me.rolsuper OR me.rolcreaterole AS may_make_roles,
         ARRAY(SELECT w.name FROM unnest($1::text[]) w (name) WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = w.name)) AS missing_roles,
         coalesce((SELECT pg_has_role(r.oid, CASE WHEN v.number < 160000 THEN 'MEMBER' ELSE 'SET' END) FROM pg_roles r WHERE r.rolname = $1[1]), false) AS is_service,
         coalesce((SELECT pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') OR me.rolsuper
                          OR (me.rolcreaterole AND v.number < 160000)
                   FROM pg_roles r WHERE r.rolname = $1[1]), false) AS may_grant_service,
         coalesce((SELECT pg_has_role(s.oid, t.oid, 'MEMBER') FROM pg_roles s, pg_roles t WHERE s.rolname = $1[1] AND t.rolname = $1[4]), false) AS service_is_tenant,
         coalesce((SELECT pg_has_role(t.oid, 'MEMBER WITH ADMIN OPTION') OR me.rolsuper
                          OR (me.rolcreaterole AND v.number < 160000)
                   FROM pg_roles t WHERE t.rolname = $1[4]), false) AS may_grant_tenant
  FROM pg_roles me, (SELECT current_setting('server_version_num')::integer AS number) v WHERE me.rolname = current_user`;

interface Rights {
  readonly user: string;
  readonly database: string;
  readonly standby: boolean;
  readonly read_only: boolean;
  readonly has_public: boolean;
  readonly may_use_public: boolean;
  readonly owns_database: boolean;
  readonly may_make_roles: boolean;
  readonly missing_roles: readonly string[];
  readonly is_service: boolean;
  readonly may_grant_service: boolean;
  readonly service_is_tenant: boolean;
  readonly may_grant_tenant: boolean;
}

/**
 * @param owner a session as whoever migrates
 * @throws MigrationError `read_only`; `right_missing`, with what a superuser, or who owns the roles, has to run
 */
export async function requireRights(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<Rights>(RIGHTS, [ROLES]);
  const [rights] = rows;
  if (rights === undefined) return;
  if (rights.standby) throw new MigrationError('read_only', 'The server is a standby, which takes no changes: set DATABASE_URL to the primary.');
  if (rights.read_only) {
    throw new MigrationError('read_only', `The database ${rights.database} is read-only (default_transaction_read_only is on for it, for ${rights.user}, or for the server): `
      + 'migrate when it is writable again.');
  }
  if (!rights.has_public) throw new MigrationError('right_missing', `The database ${rights.database} has no schema public: run CREATE SCHEMA public AUTHORIZATION ${rights.user};`);
  const statements = statementsFor(rights);
  if (statements.length === 0) return;
  throw new MigrationError('right_missing', `The user ${rights.user} has not all rights that an installation takes; have a superuser `
    + `(or on a hosted server its administrator) run, once: ${statements.join(' ')}`);
}

/** What gives the rights that are missing. */
function statementsFor(rights: Rights): string[] {
  const { user, database, missing_roles: missing } = rights;
  const statements: string[] = [];
  if (!rights.owns_database) statements.push(`ALTER DATABASE ${database} OWNER TO ${user};`);
  // The schema belongs to whoever owns the database, unless somebody has changed that.
  if (rights.owns_database && !rights.may_use_public) statements.push(`GRANT USAGE, CREATE ON SCHEMA public TO ${user};`);
  const makes = rights.may_make_roles;
  if (!makes) statements.push(...missing.map((role) => `CREATE ROLE ${role} NOLOGIN;`));
  const [service, , , tenant] = ROLES;
  // Whoever makes a role may grant it.
  const mayGrant = (role: string, asTheyStand: boolean): boolean => (missing.includes(role) ? makes : asTheyStand);
  if (!rights.is_service && !mayGrant(service, rights.may_grant_service)) statements.push(`GRANT ${service} TO ${user};`);
  if (!rights.service_is_tenant && !mayGrant(tenant, rights.may_grant_tenant)) statements.push(`GRANT ${tenant} TO ${service};`);
  return statements;
}

/**
 * The settings that a session of ours depends on. Server, database and login have settings of their own, made for other programs, and
 * whatever a session does not set is theirs: a date in German, an `events` in another schema, row security that is off. So each session
 * sets them, in the start-up message: nothing is run before they count.
 *
 * Not among them is `default_transaction_read_only`: who sets that wants nothing to be written, by us either.
 */

/** What every program of ours reads and writes by. */
const COMMON = {
  // How values look as text; node-postgres reads dates in ISO alone.
  datestyle: 'ISO,MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  quote_all_identifiers: 'off',
  // How statements are read.
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  search_path: 'public',
  // With row security off, a statement that a policy would narrow is refused.
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // What was acknowledged survives a crash. (It waits for standbys where the server has synchronous ones, and no longer.)
  synchronous_commit: 'on',
  // A statement that is refused ends no session.
  exit_on_error: 'off',
  // Sessions that wait (in a pool, for a notification, with a lock) are no less wanted than others.
  idle_session_timeout: '0',
} as const;

/** Of a service: nobody waits or holds a lock for ever. */
const OF_A_SERVICE = {
  ...COMMON,
  statement_timeout: '30s',
  lock_timeout: '5s',
  // A process that is silent for longer inside a transaction is frozen; what it has locked is wanted elsewhere, as soon as its lease is
  // over. One that merely computed for so long has its transaction rolled back, and tries again.
  idle_in_transaction_session_timeout: '1500ms',
  // A service looks things up. A statement that was planned while a table was small must not read all of it later.
  enable_seqscan: 'off',
} as const;

/** Of the database's owner, for what may take long: a migration, a rebuild, a proof. */
const OF_THE_OWNER = {
  ...COMMON,
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  default_table_access_method: 'heap',
} as const;

/** Who a session is for. */
export interface SessionIdentity {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

/** In the form that node-postgres takes, and pg-boss. */
export interface SessionOptions {
  readonly connectionString: string;
  readonly application_name: string;
}

/** Options for any session of a service that acts as `role`. */
export function serviceOptions(identity: SessionIdentity, role: string): SessionOptions {
  return optionsFor(identity, { role, ...OF_A_SERVICE });
}

/** Options for any session of the owner of the database, who acts as himself. */
export function ownerOptions(identity: SessionIdentity): SessionOptions {
  return optionsFor(identity, OF_THE_OWNER);
}

function optionsFor({ databaseUrl, applicationName }: SessionIdentity, settings: Readonly<Record<string, string>>): SessionOptions {
  const url = new URL(databaseUrl);
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`);
  // The URL may bring options of its own; the later of two settings wins, which is ours. Those of PGOPTIONS are not asked for then.
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...ours].join(' ').trim());
  return { connectionString: url.href, application_name: applicationName };
}

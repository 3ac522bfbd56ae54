/** How every program of Coursewright reaches Postgres, and what it makes of what Postgres says. */
export * from './connection-pool.ts';
export { watchDatabase, type DatabaseWatch, type DatabaseWatchSettings } from './database-watch.ts';
export { connectOwner, ownerClient } from './owner-session.ts';
export { OLDEST_PROGRAM, requireSchema, SCHEMA_VERSION, schemaMismatchOf, SchemaMismatchError, type SchemaVersions } from './schema-version.ts';
export { ownerOptions, type SessionIdentity } from './session-settings.ts';
export { kindOfSqlState, type SqlStateKind } from './sql-states.ts';
export { inTransaction, query, type Transaction } from './transaction.ts';
export { DatabaseUnavailableError, isDatabaseAway, isLockTimeout, isTransientDatabaseError } from './unavailable.ts';

/** What others may use of this package. */
export { dumpSchema } from './dump-schema.ts';
export { isPortFree } from './local-postgres/free-port.ts';
export { localDataDir } from './data-dir.ts';
export { migrate, type MigrateOptions } from './migrate.ts';
export { MigrationError, type MigrationErrorCode } from './migration-error.ts';
export { startLocalPostgres, type LocalPostgres, type LocalPostgresOptions } from './local-postgres.ts';
export { LocalPostgresError, type LocalPostgresErrorCode } from './local-postgres/error.ts';

/** What others may use of this package. */
export { archivable, archive, restoreFromArchive, type Archived } from './archive.ts';
export { CommandError, type CommandErrorCode } from './command-error.ts';
export { dumpSchema } from './dump-schema.ts';
export { isPortFree } from './local-postgres/free-port.ts';
export { localDataDir } from './data-dir.ts';
export { migrate, type MigrateOptions } from './migrate.ts';
export { MigrationError, type MigrationErrorCode } from './migration-error.ts';
export { startLocalPostgres, type LocalPostgres, type LocalPostgresOptions } from './local-postgres.ts';
export { LocalPostgresError, type LocalPostgresErrorCode } from './local-postgres/error.ts';
export type { Projection, Rebuilt } from './rebuild/projection.ts';
export { PROJECTIONS, rebuild, RebuildUnderWayError, type RebuildOptions } from './rebuild/rebuild.ts';

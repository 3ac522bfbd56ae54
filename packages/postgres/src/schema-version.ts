/**
 * Which schema a program is written for, and whether a database has it. A program that meets another one must not serve half: some of its
 * statements would pass, others fail, and the log would get words that its readers do not know.
 */
import pg from 'pg';
import { DatabaseUnavailableError } from './unavailable.ts';

/** The number of the newest migration that this program knows; a test holds the two equal. */
export const SCHEMA_VERSION = 43;
/**
 * The oldest programs that may go on while the schema is this new, by the schema that they were written for. Migrating says so in the
 * database; before the first release there is no older program to be kind to.
 */
export const OLDEST_PROGRAM = SCHEMA_VERSION;

/** What a database says of itself. */
export interface SchemaVersions {
  /** The newest migration that it has. */
  readonly version: number;
  /** Programs that were written for this schema, or a newer one, may use it. */
  readonly oldestProgram: number;
}

/** The database's schema is not one that this program can use. */
export class SchemaMismatchError extends Error {
  override readonly name = 'SchemaMismatchError';
  readonly code = 'schema_mismatch';
  /** Which of the two has to be brought up to the other. */
  readonly behind: 'database' | 'program';
  /** The database's; undefined when it is older than such numbers, or has no schema of ours. */
  readonly version: number | undefined;

  constructor(behind: 'database' | 'program', version: number | undefined) {
    const found = version === undefined ? 'is not migrated, or by a program that is much older' : `has schema ${version}`;
    super(behind === 'database'
      ? `the database ${found}, and this program needs ${SCHEMA_VERSION}: run pnpm db:migrate of this release`
      : `the database ${found}, and this program knows ${SCHEMA_VERSION}: start the release that migrated it`);
    this.behind = behind;
    this.version = version;
  }
}

/** What is wrong between a program and a database; undefined when nothing is. `found` is undefined for a database without numbers. */
export function schemaMismatchOf(found: SchemaVersions | undefined): SchemaMismatchError | undefined {
  if (found === undefined || found.version < SCHEMA_VERSION) return new SchemaMismatchError('database', found?.version);
  return found.oldestProgram > SCHEMA_VERSION ? new SchemaMismatchError('program', found.version) : undefined;
}

const VERSIONS = { name: 'schema-version', text: 'SELECT version, oldest_program AS "oldestProgram" FROM schema_version' };

/** A table, a schema or a right that only a migrated database has. */
const MISSING = new Set(['42P01', '3F000', '42501']);
/** The start-up message names a role that the server does not know: no database of it was ever migrated. */
const NO_SUCH_ROLE = '22023';

/**
 * Compares the database's schema with the one that this program is written for.
 *
 * @param run runs a statement on a session of a service, connecting it first if need be
 * @throws SchemaMismatchError when the program cannot use it; whatever `run` throws when nobody can tell
 */
export async function requireSchema(run: (statement: pg.QueryConfig) => Promise<pg.QueryResult<SchemaVersions>>): Promise<void> {
  let found: SchemaVersions | undefined;
  try {
    found = (await run(VERSIONS)).rows[0];
  } catch (error) {
    if (!isOfNoSchema(error)) throw error;
  }
  const mismatch = schemaMismatchOf(found);
  if (mismatch !== undefined) throw mismatch;
}

function isOfNoSchema(error: unknown): boolean {
  if (error instanceof pg.DatabaseError && MISSING.has(error.code ?? '')) return true;
  const connecting = error instanceof DatabaseUnavailableError ? error.cause : error;
  return connecting instanceof pg.DatabaseError && connecting.code === NO_SUCH_ROLE;
}

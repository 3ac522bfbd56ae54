/**
 * The database's commands:
 *     pnpm db:migrate        brings the database of DATABASE_URL, or the local one, to the current schema
 *     pnpm db:rebuild        folds the log anew, and makes the projections what it says; see rebuild-command.ts
 *     pnpm db:archive        moves the events of old courses out of the way, or back; see archive-command.ts
 *     pnpm keys              makes, lists and revokes keys of the API; see keys-command.ts
 *     pnpm db:dump-schema    writes db/schema.sql from the migrations
 *
 * Exit codes: what the command says; 2 when it could not be carried out.
 */
import { mkdtemp, chmod, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archiveCommand } from './archive-command.ts';
import { CommandError } from './command-error.ts';
import { dumpSchema } from './dump-schema.ts';
import { startLocalPostgres } from './local-postgres.ts';
import { keysCommand } from './keys-command.ts';
import { LocalPostgresError } from './local-postgres/error.ts';
import { migrate } from './migrate.ts';
import { MigrationError } from './migration-error.ts';
import { onDatabase } from './on-database.ts';
import { rebuildCommand } from './rebuild-command.ts';
import { RebuildUnderWayError } from './rebuild/rebuild.ts';

const SCHEMA_FILE = fileURLToPath(new URL('../schema.sql', import.meta.url));

/** Each returns its exit code. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  migrate: migrateDatabase,
  rebuild: rebuildCommand,
  archive: archiveCommand,
  keys: keysCommand,
  'dump-schema': writeSchema,
};

const [, , name = '', ...args] = process.argv;
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`usage: node db/src/main.ts ${Object.keys(COMMANDS).join(' | ')}`);
  process.exit(2);
}
try {
  process.exitCode = await command(args);
} catch (error) {
  // These say in one sentence what to do; anything else is a defect and shows where it happened.
  const isExpected = [CommandError, LocalPostgresError, MigrationError, RebuildUnderWayError].some((expected) => error instanceof expected);
  console.error(isExpected ? (error as Error).message : error);
  process.exitCode = 2;
}

async function migrateDatabase(): Promise<number> {
  await onDatabase('make', (databaseUrl) => migrate(databaseUrl, { log: (line) => console.log(line) }));
  console.log('The database has the current schema.');
  return 0;
}

/** From an empty server of its own, so that nothing but the migrations is in it. */
async function writeSchema(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'coursewright-schema-'));
  await chmod(folder, 0o755);
  const server = await startLocalPostgres({ dataDir: join(folder, 'data'), settings: { fsync: 'off' } });
  try {
    await migrate(server.url);
    await writeFile(SCHEMA_FILE, await dumpSchema(server.url));
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  console.log('wrote db/schema.sql');
  return 0;
}

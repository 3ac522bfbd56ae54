/**
 * The database's commands:
 *     pnpm db:migrate        brings the database of DATABASE_URL, or the local one, to the current schema
 *     pnpm db:dump-schema    writes db/schema.sql from the migrations
 */
import { mkdtemp, chmod, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localDataDir } from './data-dir.ts';
import { dumpSchema } from './dump-schema.ts';
import { startLocalPostgres } from './local-postgres.ts';
import { LocalPostgresError } from './local-postgres/error.ts';
import { migrate } from './migrate.ts';
import { MigrationError } from './migration-error.ts';

const SCHEMA_FILE = fileURLToPath(new URL('../schema.sql', import.meta.url));

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = { migrate: migrateDatabase, 'dump-schema': writeSchema };

const command = COMMANDS[process.argv[2] ?? ''];
if (command === undefined) {
  console.error(`usage: node db/src/main.ts ${Object.keys(COMMANDS).join(' | ')}`);
  process.exit(2);
}
try {
  await command();
} catch (error) {
  if (!(error instanceof MigrationError || error instanceof LocalPostgresError)) throw error;
  console.error(error.message);
  process.exit(1);
}

async function migrateDatabase(): Promise<void> {
  const log = (line: string): void => console.log(line);
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '') {
    await migrate(url, { log });
  } else {
    const dataDir = join(await localDataDir(process.env['COURSEWRIGHT_DATA_DIR']), 'postgres');
    const server = await startLocalPostgres({ dataDir, log });
    try {
      await migrate(server.url, { log });
    } finally {
      await server.stop();
    }
  }
  console.log('The database has the current schema.');
}

/** From an empty server of its own, so that nothing but the migrations is in it. */
async function writeSchema(): Promise<void> {
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
}

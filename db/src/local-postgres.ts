/**
 * A real PostgreSQL 18 on a folder of this machine, for people and tests that have no server of their own.
 *
 * The server is a process of its own that outlives ours: it leaves the terminal's process group, so that a Ctrl-C does
 * not take the database away from services that are still draining, and if we are killed it goes on, whole, until the
 * next start adopts it. Whoever starts it stops it with `stop()`.
 */
import { realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { accountFor } from './local-postgres/account.ts';
import { findBinaries } from './local-postgres/binaries.ts';
import { claimServer, type Claim, type Sharing } from './local-postgres/claim.ts';
import { ensureInitialised, prepareParents, readPassword } from './local-postgres/data-folder.ts';
import { LocalPostgresError } from './local-postgres/error.ts';
import { inspectFolder } from './local-postgres/postmaster.ts';
import { notStarted, startServer, stopServer, type Server, type StopMode } from './local-postgres/server.ts';

const PATIENCE_MS = 60_000;
/** How long somebody else's claim on a shared server is waited for: it may be about to stop it. */
const CLAIM_PATIENCE_MS = 15_000;

export interface LocalPostgresOptions {
  /** Made when missing. Its parents must be open to the user that Postgres runs as. */
  readonly dataDir: string;
  /** Exactly this port; without it the last one, or the first free one from 15432 upwards. */
  readonly port?: number;
  /** Server settings over the defaults, such as `{ fsync: 'off' }`. An adopted server keeps those it has. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `exclusive` (the default): nobody else may use it. `shared`: the last of its users stops it. */
  readonly sharing?: Sharing;
  /** Told in one line what is being done. */
  readonly log?: (line: string) => void;
}

export interface LocalPostgres {
  /** For the database `coursewright`, as its superuser, with the password. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Whether the server ran already, left behind by a run that was killed, or shared. */
  readonly adopted: boolean;
  /**
   * Resolves when the server was lost without `stop()`: killed, or it restarted itself after a crash. Calling
   * `startLocalPostgres` again with the same options brings it back on the same port.
   */
  readonly lost: Promise<void>;
  /**
   * Stops the server and waits until it is gone; one that others share only loses a user. `fast` (the default) ends
   * the sessions and leaves nothing to recover; `immediate` is the crash. May be called twice.
   *
   * @throws LocalPostgresError `stopping_failed`
   */
  stop(mode?: StopMode): Promise<void>;
}

/**
 * Starts the server on `dataDir`, or adopts the one that runs there and nobody owns any more.
 * Data is flushed as PostgreSQL does by default unless `settings` say otherwise. Listens on 127.0.0.1 alone.
 *
 * @throws LocalPostgresError with a sentence for the person at the terminal
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const asked = resolve(options.dataDir);
  const dataDir = await realpath(asked).catch(() => asked);
  const account = await accountFor(dataDir);
  await prepareParents(dataDir, account);
  const binaries = await findBinaries(account, resolve(dataDir, '..'));
  const durable = options.settings?.['fsync'] !== 'off';
  if (await ensureInitialised(dataDir, account, binaries, durable)) options.log?.(`made a new database in ${dataDir}`);

  const server = { dataDir, account, binaries };
  const deadline = Date.now() + PATIENCE_MS;
  const claimDeadline = Date.now() + (options.sharing === 'shared' ? CLAIM_PATIENCE_MS : 0);
  let adopted = true;
  for (;;) {
    const folder = await inspectFolder(dataDir);
    if (folder.kind === 'idle') {
      if (folder.leftover) await rm(join(dataDir, 'postmaster.pid'), { force: true });
      adopted = !await startServer(server, options.port, options.settings ?? {});
      continue;
    }
    if (folder.postmaster.ready) {
      const { port } = folder.postmaster;
      const maintenanceUrl = urlOf('postgres', port, await readPassword(dataDir));
      const result = await claimServer(maintenanceUrl, options.sharing ?? 'exclusive');
      if (result.kind === 'claimed') {
        if (adopted) options.log?.(`using the database server that already runs on ${dataDir}`);
        return owned(server, port, result.claim, adopted);
      }
      if (result.kind === 'taken' && Date.now() >= claimDeadline) throw inUse(dataDir);
    }
    if (Date.now() >= deadline) throw await notStarted(dataDir);
    await sleep(20);
  }
}

async function owned(server: Server, port: number, claim: Claim, adopted: boolean): Promise<LocalPostgres> {
  const password = await readPassword(server.dataDir);
  await createDatabase(urlOf('postgres', port, password));
  let stopping: Promise<void> | undefined;
  const stop = async (mode: StopMode): Promise<void> => {
    try {
      if (await claim.release()) await stopServer(server, mode);
    } finally {
      await claim.end();
    }
  };
  return {
    url: urlOf('coursewright', port, password),
    port,
    dataDir: server.dataDir,
    adopted,
    lost: claim.lost,
    stop: (mode = 'fast') => stopping ??= stop(mode),
  };
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query("SELECT FROM pg_database WHERE datname = 'coursewright'");
    if (found.rowCount === 0) await client.query('CREATE DATABASE coursewright');
  } catch (error) {
    // duplicate_database, or the unique index that says the same of two at once: a sharer was faster.
    if (!['42P04', '23505'].includes((error as pg.DatabaseError).code ?? '')) throw error;
  } finally {
    await client.end();
  }
}

function urlOf(database: string, port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
}

function inUse(dataDir: string): LocalPostgresError {
  return new LocalPostgresError(
    'folder_in_use',
    `The database in ${dataDir} is in use by another run: stop that one first, `
      + 'or set COURSEWRIGHT_DATA_DIR to another folder.',
    { path: dataDir },
  );
}

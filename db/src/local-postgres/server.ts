/**
 * Starts and stops the server process on a data folder that is initialised.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { lastPort, writeSettings } from './data-folder.ts';
import { LocalPostgresError } from './error.ts';
import { firstFreePort, isPortFree } from './free-port.ts';
import { inspectFolder } from './postmaster.ts';
import { runProgram } from './run-program.ts';

const FIRST_PORT = 15_432;
const PATIENCE_SECONDS = 60;
const PORT_ATTEMPTS = 5;

export interface Server {
  readonly dataDir: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
}

export type StopMode = 'fast' | 'immediate';

/**
 * Starts the server and waits until it takes connections; false when another process was faster.
 * Without `port` it takes the last one, or the first that is free.
 *
 * @throws LocalPostgresError `port_busy`, `starting_failed`
 */
export async function startServer(
  server: Server,
  port: number | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const chosen = port ?? await choosePort(server.dataDir);
    await writeSettings(server.dataDir, {
      listen_addresses: '127.0.0.1',
      port: String(chosen),
      unix_socket_directories: '',
      max_connections: '200',
      timezone: 'UTC',
      lc_messages: 'C',
      ...settings,
    }, server.account);
    try {
      await control(server, 'start', '-l', join(server.dataDir, 'server.log'));
      return true;
    } catch (cause) {
      if ((await inspectFolder(server.dataDir)).kind === 'running') return false;
      const busy = !await isPortFree(chosen);
      if (busy && port !== undefined) {
        throw new LocalPostgresError(
          'port_busy',
          `The database's port ${port} is in use: stop what listens there, or choose another.`,
          { cause },
        );
      }
      // Somebody took the port between our look and the server's: take the next one, but not for ever.
      if (!busy || attempt >= PORT_ATTEMPTS) throw await notStarted(server.dataDir, cause);
    }
  }
}

/**
 * Stops the server and waits until it is gone; at once when there is none.
 *
 * @throws LocalPostgresError `stopping_failed`
 */
export async function stopServer(server: Server, mode: StopMode): Promise<void> {
  if ((await inspectFolder(server.dataDir)).kind === 'idle') return;
  try {
    await control(server, 'stop', '-m', mode);
  } catch (cause) {
    if ((await inspectFolder(server.dataDir)).kind === 'idle') return;
    throw new LocalPostgresError(
      'stopping_failed',
      `The database server on ${server.dataDir} does not stop: see server.log there, or end it by hand.`,
      { path: server.dataDir, cause },
    );
  }
}

/** The error for a server that does not come up, with the last that it said. */
export async function notStarted(dataDir: string, cause?: unknown): Promise<LocalPostgresError> {
  const log = join(dataDir, 'server.log');
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  const reason = lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? '';
  return new LocalPostgresError(
    'starting_failed',
    `The database server on ${dataDir} did not start (${reason.trim()}): see ${log}, or set DATABASE_URL.`,
    { path: log, cause },
  );
}

async function choosePort(dataDir: string): Promise<number> {
  const last = await lastPort(dataDir);
  if (last !== undefined && await isPortFree(last)) return last;
  const free = await firstFreePort(FIRST_PORT);
  if (free !== undefined) return free;
  throw new LocalPostgresError(
    'port_busy',
    `No port is free for the database from ${FIRST_PORT} upwards: stop other servers, or set DATABASE_URL.`,
  );
}

async function control({ dataDir, account, binaries }: Server, ...verb: string[]): Promise<void> {
  const args = [...verb, '-D', dataDir, '-w', '-t', String(PATIENCE_SECONDS)];
  await runProgram(binaries.pgCtl, args, dataDir, account);
}

/**
 * The database that everything runs on: a server of the user's own, or a local one that is kept alive.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localDataDir, startLocalPostgres, type LocalPostgres } from '@coursewright/db';
import type { LauncherConfig } from './config.ts';
import type { Terminal } from './terminal.ts';

const RETRY_MS = 1_000;

export interface Database {
  readonly url: string;
  /** For work that needs a session of its own, such as migrations. */
  readonly directUrl: string;
  /** Stops what was started; `immediate` does not wait for anything. Does nothing to a server of the user's own. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
}

/** @throws LocalPostgresError */
export async function openDatabase(config: LauncherConfig, terminal: Terminal): Promise<Database> {
  const { databaseUrl, databaseDirectUrl } = config;
  if (databaseUrl !== undefined) {
    return { url: databaseUrl, directUrl: databaseDirectUrl ?? databaseUrl, stop: async () => undefined };
  }
  const dataDir = join(await localDataDir(config.dataDir), 'postgres');
  const log = (line: string): void => terminal.say('info', line);
  const first = await startLocalPostgres({ dataDir, log });
  log(`PostgreSQL is running on ${dataDir}`);

  let current: LocalPostgres | undefined = first;
  const stopping = new AbortController();
  /** A server that was killed comes back on its port, and the services find it there. */
  async function keepAlive(): Promise<void> {
    let server = first;
    for (;;) {
      await Promise.race([server.lost, aborted(stopping.signal)]);
      if (stopping.signal.aborted) return;
      terminal.say('warn', 'The database server is gone; starting it again');
      current = undefined;
      while (current === undefined && !stopping.signal.aborted) {
        try {
          server = current = await startLocalPostgres({ dataDir, port: first.port });
          log('PostgreSQL is running again');
        } catch (error) {
          terminal.say('error', (error as Error).message);
          await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
        }
      }
    }
  }
  const kept = keepAlive();

  return {
    url: first.url,
    directUrl: first.url,
    stop: async (mode) => {
      stopping.abort();
      await kept;
      await current?.stop(mode);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

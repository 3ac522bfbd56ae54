/**
 * The Postgres that tests use: the one that DATABASE_URL names, or a local one that all test runs share.
 */
import { join } from 'node:path';
import { localDataDir } from '../data-dir.ts';
import { startLocalPostgres } from '../local-postgres.ts';

/**
 * Tests kill processes, never the machine, and their data is worth nothing: what protects against a power cut is left
 * out, which makes them three times as fast.
 */
const FAST_NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface TestServer {
  /** A URL whose user may create databases; the database it names is left alone. */
  readonly url: string;
  /** Whether the server is there for tests only, so that what old runs left on it may be removed. */
  readonly ours: boolean;
  /** Stops the server if it is ours and nobody else uses it. May be called twice. */
  release(): Promise<void>;
}

/** Several processes may call this at once: they share one server, and the last to release it stops it. */
export async function startTestServer(
  environment: NodeJS.ProcessEnv = process.env,
  log?: (line: string) => void,
): Promise<TestServer> {
  const given = environment['DATABASE_URL'];
  if (given !== undefined && given !== '') return { url: given, ours: false, release: async () => undefined };
  const server = await startLocalPostgres({
    dataDir: join(await localDataDir(environment['COURSEWRIGHT_DATA_DIR']), 'test-postgres'),
    settings: FAST_NOT_DURABLE,
    sharing: 'shared',
    ...(log === undefined ? {} : { log }),
  });
  return { url: server.url, ours: true, release: () => server.stop() };
}

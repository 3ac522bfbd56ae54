/**
 * This process's sign of life: a row in `workers`, and a session-level advisory lock on a connection of its own.
 * When the process dies, however, Postgres frees the lock; nobody writes a heartbeat.
 *
 * A lost connection is not a death. The beacon reconnects and takes its lock under the same key; whoever looks for
 * the dead looks twice, and waits longer when the whole database went away.
 */
import { hostname } from 'node:os';
import pg from 'pg';
import { connectionOptions } from '@coursewright/events';
import type { Log } from '../application/context.ts';
import { BEACON_LOCK_CLASS } from './postgres-worker-directory.ts';

export interface Beacon {
  /** Whether the lock is held, as far as this process knows. */
  isHeld(): boolean;
  /** When the lock was last taken again after it was lost, by `performance.now()`; undefined if it never was. */
  retakenAtMs(): number | undefined;
  /** Frees the lock and notes that the worker stopped by itself. */
  close(): Promise<void>;
}

/** The database answers through another session than the one that took the lock: a transaction-pooling proxy. */
export class PooledConnectionError extends Error {
  override readonly name = 'PooledConnectionError';
  readonly code = 'pooled_connection';

  constructor() {
    super(
      'DATABASE_DIRECT_URL (or DATABASE_URL) leads through a transaction-pooling proxy, which loses session locks; ' +
        'set DATABASE_DIRECT_URL to a URL that reaches Postgres itself',
    );
  }
}

const REGISTER = `
  INSERT INTO workers (id, host, pid, db_epoch) VALUES ($1, $2, $3, database_epoch())
  ON CONFLICT (id) DO UPDATE SET db_epoch = database_epoch(), stopped_at = NULL
  RETURNING lock_key`;
const TAKE = 'SELECT pg_try_advisory_lock($1, $2) AS taken';
const NOTE_STOP = 'UPDATE workers SET stopped_at = clock_timestamp() WHERE id = $1';
const SEES_OWN_LOCK = `
  SELECT EXISTS (SELECT FROM held_beacons b WHERE b.lock_key = $1 AND b.backend_pid = pg_backend_pid()) AS own`;

/** Well below the grace that others allow (see death-watch.ts): who can be back in time is not taken for dead. */
const RETRY_MS = 50;
const CONNECTION_TIMEOUT_MS = 1000;
/** How often the session is asked whether it is still there; a connection may go without a word. */
const LOOK_MS = 1000;
const LOOK_TIMEOUT_MS = 2000;

/**
 * Registers the worker and takes its lock. Rejects when that fails the first time; later losses are repaired in the
 * background, for ever.
 *
 * @throws PooledConnectionError
 */
export async function lightBeacon(settings: {
  readonly databaseUrl: string;
  readonly workerId: string;
  readonly log: Log;
}): Promise<Beacon> {
  const { workerId, log } = settings;
  let client: pg.Client | undefined;
  let retakenAtMs: number | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  async function take(): Promise<void> {
    const session = new pg.Client({
      ...connectionOptions({ ...settings, applicationName: 'coursewright-beacon' }),
      connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
      query_timeout: LOOK_TIMEOUT_MS,
    });
    session.on('error', () => undefined); // 'end' follows.
    try {
      await session.connect();
      const { rows } = await session.query<{ lock_key: number }>(REGISTER, [workerId, hostname(), process.pid]);
      const lockKey = rows[0]?.lock_key ?? 0;
      const taken = await session.query<{ taken: boolean }>(TAKE, [BEACON_LOCK_CLASS, lockKey]);
      // Somebody is recovering this worker at this moment; it will be over in milliseconds.
      if (taken.rows[0]?.taken !== true) throw new BeaconTakenError(workerId);
      for (let look = 0; look < 2; look += 1) {
        const seen = await session.query<{ own: boolean }>(SEES_OWN_LOCK, [lockKey]);
        if (seen.rows[0]?.own !== true) throw new PooledConnectionError();
      }
    } catch (error) {
      await session.end().catch(() => undefined);
      throw error;
    }
    const looking = setInterval(() => {
      session.query('SELECT 1').catch(() => session.end().catch(() => undefined));
    }, LOOK_MS);
    session.on('end', () => {
      clearInterval(looking);
      if (closed) return;
      client = undefined;
      log.warn({}, 'Beacon lost with its connection, taking it again');
      void takeAgain();
    });
    client = session;
  }

  async function takeAgain(): Promise<void> {
    if (closed) return;
    try {
      await take();
      retakenAtMs = performance.now();
      log.info({}, 'Beacon taken again');
    } catch {
      retry = setTimeout(() => void takeAgain(), RETRY_MS);
    }
  }

  await take();
  return {
    isHeld: () => client !== undefined,
    retakenAtMs: () => retakenAtMs,
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.query(NOTE_STOP, [workerId]).catch(() => undefined);
      await client?.end().catch(() => undefined);
    },
  };
}

/** The lock is somebody else's: a recovery that takes this worker for dead. */
class BeaconTakenError extends Error {
  override readonly name = 'BeaconTakenError';
  readonly code = 'beacon_taken';

  constructor(workerId: string) {
    super(`the beacon of ${workerId} is held by somebody else`);
  }
}

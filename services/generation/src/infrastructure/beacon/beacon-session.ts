/**
 * The session that is a worker's sign of life. It registers the worker, takes its advisory lock, and keeps a lease
 * with the server: a session that says nothing for longer than the lease is ended by Postgres
 * (`idle_session_timeout`), and its lock with it. So a process that is frozen, or a machine that is gone without a word,
 * is seen to be silent as soon as one that was killed is, within the lease.
 *
 * It runs in a thread of its own (`beacon-thread.ts`): a main loop that computes for a second must not cost the lease.
 */
import { hostname } from 'node:os';
import pg from 'pg';
import { requireSchema } from '@coursewright/postgres';
import { BeaconTakenError, PooledConnectionError } from './beacon-errors.ts';
import { BEACON_LOCK_CLASS } from './beacon-lock.ts';

/** How long the server hears nothing before it ends the session. */
export const LEASE_MS = 1500;
/** How often the session speaks. */
const BEAT_MS = 400;
/**
 * The part of the lease that its holder believes in, counted from the moment a beat was sent. The rest is for what the
 * answer took, and for clocks that do not run alike: better to stop too early than to work on after somebody else began.
 */
const BELIEVED_MS = LEASE_MS * 0.8;

const SETTINGS = [
  `SET idle_session_timeout = ${LEASE_MS}`,
  "SET statement_timeout = '1s'",
  "SET idle_in_transaction_session_timeout = '1s'",
].join('; ');

/** These free a lock sooner in rare cases; not every operating system and provider lets a session have them. */
const WELCOME_SETTINGS = [
  // A session whose client is gone keeps its lock until its query ends, unless the server looks for the client meanwhile.
  "SET client_connection_check_interval = '500ms'",
  'SET tcp_keepalives_idle = 2',
  'SET tcp_keepalives_interval = 1',
  'SET tcp_keepalives_count = 3',
  'SET tcp_user_timeout = 3000',
];

const REGISTER = `
  INSERT INTO workers (id, host, pid, db_epoch, lease_ms) VALUES ($1, $2, $3, database_epoch(), $4)
  ON CONFLICT (id) DO UPDATE SET db_epoch = database_epoch(), stopped_at = NULL
  RETURNING lock_key`;
const TAKE = 'SELECT pg_try_advisory_lock($1, $2) AS taken';
const SEES_OWN_LOCK = `
  SELECT EXISTS (SELECT FROM held_beacons b WHERE b.lock_key = $1 AND b.backend_pid = pg_backend_pid()) AS own`;
const NOTE_STOP = 'UPDATE workers SET stopped_at = clock_timestamp() WHERE id = $1';

const CONNECTION_TIMEOUT_MS = 1000;
const QUERY_TIMEOUT_MS = 1000;

export interface BeaconSession {
  /** Resolves when the session is over, whoever ended it. */
  readonly lost: Promise<void>;
  /** Notes that the worker stopped by itself, and ends the session. */
  close(): Promise<void>;
}

export interface BeaconSessionSettings {
  readonly connection: pg.ClientConfig;
  readonly workerId: string;
  /** Whether to make sure, with a second connection, that no proxy pools transactions: once, when the process starts. */
  readonly tryForAPooler: boolean;
  /** Told of each beat that was answered: until when the lease may be believed, by {@link monotonicMs}. */
  readonly onBeat: (leasedUntilMs: number) => void;
  /** Asked before each beat; while it says no, the session keeps silent and the lease runs out. */
  readonly mayBeat: () => boolean;
}

/**
 * A proxy that pools transactions lends each statement a server session of its choice, most likely the one that was used
 * last. So a rival opens a transaction first, which keeps that one busy: then whoever sees the lock as his own has a session
 * to himself.
 */
async function refuseAPooler(connection: pg.ClientConfig, seesOwnLock: () => Promise<boolean>): Promise<void> {
  const rival = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS, query_timeout: QUERY_TIMEOUT_MS });
  rival.on('error', () => undefined);
  try {
    await rival.connect();
    await rival.query('BEGIN');
    if (!(await seesOwnLock())) throw new PooledConnectionError();
  } finally {
    await rival.end().catch(() => undefined);
  }
}

/** PgBouncer, unless it is told otherwise, refuses the start-up option that every service connects with. */
function isRefusedByAPooler(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '08P01';
}

/** A server that refuses a setting answers; a session that broke does not. */
function rethrowUnlessRefused(error: unknown): void {
  if (!(error instanceof pg.DatabaseError) || !/^(22|0A|42|55)/.test(error.code ?? '')) throw error;
}

/** A clock that is the same in every thread of a process and never jumps, in milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/**
 * Opens the session, registers the worker and takes its lock.
 *
 * @throws BeaconTakenError when somebody recovers this worker at this moment
 * @throws PooledConnectionError when a transaction-pooling proxy is in the way
 * @throws SchemaMismatchError when the schema is not this program's
 */
export async function openBeaconSession(settings: BeaconSessionSettings): Promise<BeaconSession> {
  const { connection, workerId, onBeat, mayBeat } = settings;
  const session = new pg.Client({
    ...connection,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  const lost = new Promise<void>((resolve) => session.once('end', resolve));
  session.on('error', () => undefined); // 'end' follows.
  let sentAt: number;
  try {
    // Before anything is written: what a worker does is what its schema says.
    await requireSchema(async (statement) => {
      await session.connect();
      return session.query(statement);
    });
    await session.query(SETTINGS);
    const { rows } = await session.query<{ lock_key: number }>(REGISTER, [workerId, hostname(), process.pid, LEASE_MS]);
    const lockKey = rows[0]?.lock_key ?? 0;
    sentAt = monotonicMs();
    const taken = await session.query<{ taken: boolean }>(TAKE, [BEACON_LOCK_CLASS, lockKey]);
    if (taken.rows[0]?.taken !== true) throw new BeaconTakenError(workerId);
    // Behind the lock: until it is taken others wait to call this worker dead.
    for (const setting of WELCOME_SETTINGS) await session.query(setting).catch(rethrowUnlessRefused);
    const seesOwnLock = async (): Promise<boolean> => {
      const seen = await session.query<{ own: boolean }>(SEES_OWN_LOCK, [lockKey]);
      return seen.rows[0]?.own === true;
    };
    if (settings.tryForAPooler) await refuseAPooler(connection, seesOwnLock);
    else if (!(await seesOwnLock())) throw new PooledConnectionError();
  } catch (error) {
    await session.end().catch(() => undefined);
    throw isRefusedByAPooler(error) ? new PooledConnectionError() : error;
  }

  onBeat(sentAt + BELIEVED_MS);
  let beating = false;
  const beat = async (): Promise<void> => {
    if (beating || !mayBeat()) return;
    beating = true;
    const at = monotonicMs();
    try {
      await session.query('SELECT 1');
      onBeat(at + BELIEVED_MS);
    } catch {
      // No answer, or an error: the session is of no more use, and ending it is the quickest way to another.
      await session.end().catch(() => undefined);
    }
    beating = false;
  };
  const beats = setInterval(() => void beat(), BEAT_MS);
  void lost.then(() => clearInterval(beats));

  return {
    lost,
    async close() {
      clearInterval(beats);
      await session.query(NOTE_STOP, [workerId]).catch(() => undefined);
      await session.end().catch(() => undefined);
    },
  };
}

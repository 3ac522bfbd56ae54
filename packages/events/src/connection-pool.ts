/**
 * Connections to Postgres, as every service makes them: least privilege, a time limit on everything, and no way
 * for a broken connection to take the process down.
 */
import pg from 'pg';

export interface ConnectionSettings {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly maxConnections: number;
  /** Told of every connection that broke; it has been replaced already. */
  readonly onConnectionLost: (error: Error) => void;
}

/** The role that services act as, whoever they log in as; its rights are in the migrations. */
const SERVICE_ROLE = 'coursewright_service';

/** Options for any client of a service: the role, and limits so that nobody waits or holds a lock for ever. */
export function connectionOptions(settings: Pick<ConnectionSettings, 'databaseUrl' | 'applicationName'>): pg.ClientConfig {
  const url = new URL(settings.databaseUrl);
  // The URL may bring options of its own; the later of two settings wins, which is ours.
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...SERVER_SETTINGS].join(' ').trim());
  return {
    connectionString: url.href,
    application_name: settings.applicationName,
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    // Longer than the server's own limit: it ends the wait for a server that is gone without a word.
    query_timeout: 40_000,
  };
}

const SERVER_SETTINGS = [
  `-c role=${SERVICE_ROLE}`,
  '-c statement_timeout=30s',
  '-c lock_timeout=5s',
  // A process that is silent for longer inside a transaction is frozen; what it has locked is wanted elsewhere, as soon as its
  // lease is over. One that merely computed for so long has its transaction rolled back, and tries again.
  '-c idle_in_transaction_session_timeout=1500ms',
  '-c default_transaction_isolation=read\\ committed',
  // A service looks things up. A statement that was planned while a table was small must not read all of it later.
  '-c enable_seqscan=off',
];

/**
 * A pool whose lost connections are reported and replaced. Without a listener on every client, not on the pool
 * alone, one terminated backend would end the process (node-postgres emits 'error' on a checked-out client too).
 */
export function createPool(settings: ConnectionSettings): pg.Pool {
  const pool = new pg.Pool({ ...connectionOptions(settings), max: settings.maxConnections });
  pool.on('connect', (client) => {
    client.on('error', settings.onConnectionLost);
  });
  pool.on('error', () => undefined); // Idle clients report on the client as well; once is enough.
  return pool;
}

/**
 * Connections to Postgres, as every service makes them: least privilege, a time limit on everything, and no way
 * for a broken connection to take the process down.
 */
import pg from 'pg';
import { serviceOptions, type SessionIdentity, type SessionOptions } from './session-settings.ts';

export interface ConnectionSettings extends SessionIdentity {
  readonly maxConnections: number;
  /** Told of every connection that broke; it has been replaced already. */
  readonly onConnectionLost: (error: Error) => void;
}

/** The role that services act as, whoever they log in as; its rights are in the migrations. */
const SERVICE_ROLE = 'coursewright_service';

/** Options for any client of a service: the role, and limits so that nobody waits or holds a lock for ever. */
export function connectionOptions(identity: SessionIdentity): pg.ClientConfig & SessionOptions {
  return {
    ...serviceOptions(identity, SERVICE_ROLE),
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    // Longer than the server's own limit: it ends the wait for a server that is gone without a word.
    query_timeout: 40_000,
  };
}

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

/**
 * A session of the database's owner, with the settings that everything of ours depends on.
 */
import pg from 'pg';
import { ownerOptions, type SessionIdentity } from './session-settings.ts';

/** Unknown to a server older than 17, so it cannot be asked for in the start-up message. */
const WITHOUT_TRANSACTION_TIMEOUT = "SELECT set_config('transaction_timeout', '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";

const CONNECTION_TIMEOUT_MS = 10_000;

/**
 * A client that is not connected yet. A session that is lost rejects the statement that needs it, and ends no process.
 *
 * @param connectionTimeoutMs how long it may take to connect
 */
export function ownerClient(identity: SessionIdentity, connectionTimeoutMs = CONNECTION_TIMEOUT_MS): pg.Client {
  const client = new pg.Client({ ...ownerOptions(identity), connectionTimeoutMillis: connectionTimeoutMs, keepAlive: true });
  client.on('error', () => undefined);
  return client;
}

/** Connects it, once. @throws whatever the server, or the way to it, refuses with */
export async function connectOwner(client: pg.Client): Promise<void> {
  await client.connect();
  await client.query(WITHOUT_TRANSACTION_TIMEOUT);
}

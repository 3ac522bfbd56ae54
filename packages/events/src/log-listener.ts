/**
 * Wakes whoever waits for the log to grow, or for anything else that is notified. NOTIFY is a hint: it is lost with
 * its connection, and through some proxies always, so a slow poll stands behind it and a lost hint costs time, never
 * an event.
 */
import { connectionOptions, type ConnectionSettings } from '@coursewright/postgres';
import pg from 'pg';

export interface LogListener {
  /** Calls `wake` on every notification, after every reconnection, and every `pollMs`. Returns how to stop that. */
  onWake(channel: Channel, wake: () => void): () => void;
  /** Whether notifications arrive now. */
  isListening(): boolean;
  close(): Promise<void>;
}

/** `events`: the log grew. `jobs`: a job can be fetched now. `deliveries`: a webhook can be sent now. */
export type Channel = (typeof CHANNELS)[number];
const CHANNELS = ['events', 'jobs', 'deliveries'] as const;

export interface ListenerSettings extends Pick<ConnectionSettings, 'databaseUrl' | 'applicationName' | 'onConnectionLost'> {
  /** The poll behind the notifications, in milliseconds. */
  readonly pollMs: number;
}

const FIRST_RECONNECT_MS = 0; // By this session others see that the process lives.
const NEXT_RECONNECT_MS = 50;
const SLOWEST_RECONNECT_MS = 1000;

/**
 * One connection for all listeners of a process. Never rejects: while the database is away it tries again, at most
 * a second apart, and the poll goes on. Needs a session of its own: `databaseUrl` must not lead through a
 * transaction-pooling proxy.
 */
export function createLogListener(settings: ListenerSettings): LogListener {
  const listeners = new Map<Channel, Set<() => void>>(CHANNELS.map((channel) => [channel, new Set()]));
  let client: pg.Client | undefined;
  let closed = false;
  let reconnectMs = FIRST_RECONNECT_MS;
  let reconnect: NodeJS.Timeout | undefined;
  const poll = setInterval(wakeAll, settings.pollMs);

  function wakeAll(): void {
    for (const channel of listeners.keys()) wakeChannel(channel);
  }

  function wakeChannel(channel: Channel): void {
    for (const wake of listeners.get(channel) ?? []) wake();
  }

  async function connect(): Promise<void> {
    const connecting = new pg.Client(connectionOptions(settings));
    let lost = false;
    const onLost = (error: Error): void => {
      if (lost || closed) return;
      lost = true;
      client = undefined;
      settings.onConnectionLost(error);
      connecting.end().catch(() => undefined);
      reconnect = setTimeout(() => void connect(), reconnectMs);
      reconnectMs = Math.min(Math.max(reconnectMs * 2, NEXT_RECONNECT_MS), SLOWEST_RECONNECT_MS);
    };
    connecting.on('error', onLost);
    connecting.on('end', () => onLost(new Error('the listening connection ended')));
    connecting.on('notification', ({ channel }) => wakeChannel(channel as Channel));
    try {
      await connecting.connect();
      await connecting.query(CHANNELS.map((channel) => `LISTEN ${channel}`).join('; '));
      if (closed) return await connecting.end();
      client = connecting;
      reconnectMs = FIRST_RECONNECT_MS;
      wakeAll(); // Whatever was notified meanwhile went unheard.
    } catch (error) {
      onLost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  void connect();

  return {
    onWake(channel, wake) {
      listeners.get(channel)?.add(wake);
      return () => void listeners.get(channel)?.delete(wake);
    },
    isListening: () => client !== undefined,
    async close() {
      closed = true;
      clearInterval(poll);
      clearTimeout(reconnect);
      await client?.end().catch(() => undefined);
    },
  };
}

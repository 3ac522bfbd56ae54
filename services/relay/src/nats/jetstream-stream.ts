/**
 * Our stream in JetStream: made when it is missing, read for how far it is, and written to in the order of the log. Whatever the
 * server says, a message follows the one that it must follow, or is refused: two relays, or one that was frozen, cannot put
 * anything twice or out of order.
 */
import { jetstream, JetStreamApiError, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** An event as it is published. */
export interface Publication {
  readonly position: bigint;
  readonly subject: string;
  /** JSON. */
  readonly payload: string;
}

/** How far a stream is. */
export interface StreamEnd {
  /** Of the last event that it holds; 0n when it holds none. */
  readonly position: bigint;
  /** What was published as that event; undefined when it holds none. */
  readonly payload: string | undefined;
  /** JetStream's number of the last message there ever was; 0 when there was none. Kept over restarts, as ids are not. */
  readonly sequence: number;
}

export interface JetStreamStream {
  /** How far it is now. Rejects when the stream is gone, or the server away. */
  end(): Promise<StreamEnd>;
  /**
   * Publishes in order, right behind the message of this sequence number; rejects when any was not stored, because another message
   * is there meanwhile, or it is known already. Those before it may have been stored.
   */
  publish(publications: readonly Publication[], sequence: number): Promise<void>;
  close(): Promise<void>;
}

export interface StreamSettings {
  readonly url: string;
  readonly name: string;
}

const CONNECT_TIMEOUT_MS = 3000;
const PUBLISH_TIMEOUT_MS = 5000;
/** JetStream forgets after this which ids it has seen. What is older is told by the sequence alone. */
const DUPLICATE_WINDOW_NS = 10 * 60 * 1e9;
const NOT_FOUND = 404;

/** @throws whatever the client refuses with; the server is away, or the login is wrong */
export async function openJetStreamStream({ url, name }: StreamSettings): Promise<JetStreamStream> {
  const connection: NatsConnection = await connect({
    servers: url, name: 'coursewright-relay', timeout: CONNECT_TIMEOUT_MS, reconnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 250,
  });
  let manager: JetStreamManager;
  let client: JetStreamClient;
  try {
    manager = await jetstreamManager(connection);
    client = jetstream(connection);
    await manager.streams.info(name).catch(async (error: unknown) => {
      if (!isNotFound(error)) throw error;
      await manager.streams.add({ name, subjects: [`${name}.>`], duplicate_window: DUPLICATE_WINDOW_NS });
    });
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }

  return {
    async end() {
      const { state } = await manager.streams.info(name);
      if (state.messages === 0) return { position: 0n, payload: undefined, sequence: state.last_seq };
      const message = await manager.streams.getMessage(name, { seq: state.last_seq });
      return { position: BigInt(message?.header.get('Nats-Msg-Id') ?? 0), payload: message?.string(), sequence: state.last_seq };
    },

    async publish(publications, sequence) {
      const results = await Promise.allSettled(publications.map(({ position, subject, payload }, index) =>
        client.publish(subject, payload, { msgID: String(position), timeout: PUBLISH_TIMEOUT_MS, expect: { lastSequence: sequence + index } })));
      for (const result of results) {
        if (result.status === 'rejected') throw result.reason;
        if (result.value.duplicate) throw new Error(`message ${result.value.seq} of ${name} was there already`);
      }
    },

    close: () => connection.close(),
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.apiError().code === NOT_FOUND;
}

/**
 * A listener, and the limits of HTTP itself: whoever is slow or silent is cut off before he costs the others anything.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listener {
  /** The port that it listens on. */
  readonly port: number;
  /** Takes no new connections, lets requests in hand finish, and cuts off those that take longer than this. */
  close(graceMs: number): Promise<void>;
}

export interface ListenerSettings {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Connections at a time; those beyond it are closed at once. */
  readonly maxConnections: number;
}

/** @throws NodeJS.ErrnoException when the port cannot be had */
export async function listen(answer: RequestListener, { host, port, maxConnections }: ListenerSettings): Promise<Listener> {
  const server = createServer(
    {
      maxHeaderSize: 8 * 1024,
      // From the connection or the end of the request before: one who sends his headers byte by byte, or nothing, is cut off.
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      // Longer than load balancers keep a connection that they may still use.
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: 1000,
    },
    answer,
  );
  server.maxConnections = maxConnections;
  // No limit on the requests of a connection: Node answers those beyond it with 503 and leaves it open, so that a client which does not
  // look at `Connection: close` hears nothing else for ever.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: (graceMs) => close(server, graceMs) };
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

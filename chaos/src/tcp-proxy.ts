/**
 * A wire that can be cut: forwards bytes between a service and Postgres until it is told to go silent, or to hang up.
 */
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Bytes of both directions are swallowed for so long, as on a network that is gone; then every connection is reset. */
  silence(forMs: number): Promise<void>;
  /** Resets every connection. New ones are taken. */
  reset(): void;
  close(): Promise<void>;
}

/** @param upstream asked for each connection: a server that restarts may come back elsewhere */
export async function startTcpProxy(port: number, upstream: () => number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;

  const server = createServer((inner) => {
    const outer = connect({ host: '127.0.0.1', port: upstream() });
    const pair = [inner, outer] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      // On a silent wire nobody hears that the other has gone.
      if (isSilent) return;
      inner.destroy();
      outer.destroy();
    };
    inner.on('data', (bytes) => isSilent || outer.write(bytes));
    outer.on('data', (bytes) => isSilent || inner.write(bytes));
    for (const socket of pair) socket.setNoDelay(true).on('error', () => undefined).on('close', end);
  });
  const reset = (): void => {
    for (const [inner, outer] of pairs) {
      inner.resetAndDestroy();
      outer.resetAndDestroy();
    }
    pairs.clear();
  };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));

  return {
    port,
    async silence(forMs) {
      isSilent = true;
      await new Promise((resolve) => setTimeout(resolve, forMs));
      isSilent = false;
      reset();
    },
    reset,
    close: () =>
      new Promise((resolve) => {
        reset();
        server.close(() => resolve());
      }),
  };
}

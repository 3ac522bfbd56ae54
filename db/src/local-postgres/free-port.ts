/**
 * Finds a free TCP port on the loopback address. Another process may take it a moment later, so whoever uses the
 * answer must cope with a port that is busy after all.
 */
import { createServer } from 'node:net';

/** Whether `port` on `host` can be listened on right now. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The first free port from `first` upwards, among the next hundred; undefined when there is none. */
export async function firstFreePort(first: number, host = '127.0.0.1'): Promise<number | undefined> {
  for (let port = first; port < first + 100; port += 1) {
    if (await isPortFree(port, host)) return port;
  }
  return undefined;
}

/**
 * A port for a test server: below 32768, where the system takes its outgoing ports from. A server there that is being
 * restarted could otherwise find its own port taken by one of its clients.
 */
import { createServer } from 'node:net';

const FIRST = 20_000;
const LAST = 29_999;

/** Never the same twice: an HTTP client keeps connections to a server that is gone, and would use them for the next one. */
const given = new Set<number>();

/** A port of the loopback address that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/**
 * The ports that the launcher's processes listen on. A process that is started again gets the one that it had, so each is chosen here, also
 * where any would do.
 */
import { createServer, type AddressInfo } from 'node:net';
import { isPortFree } from '@coursewright/db';

/** So many free ports, from `first` upwards, without the one that is promised to somebody else; with 0, any that are free. */
export async function freePorts(first: number, count: number, host: string, taken: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = first; found.length < count; port += 1) {
    const free = first === 0 ? await anyFreePort(host) : port;
    if (free !== taken && !found.includes(free) && (await isPortFree(free, host))) found.push(free);
  }
  return found;
}

/** One that the system gives away at this moment. */
export function anyFreePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host }, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

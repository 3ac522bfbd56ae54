/**
 * Ports: whether one is free, and the next that is.
 */
import { createServer } from 'node:net';

/** Whether somebody could listen there at this moment. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

/** So many free ports, from `first` upwards, without the one that is promised to somebody else. */
export async function freePorts(first: number, count: number, host: string, taken: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = first; found.length < count; port += 1) {
    if (port !== taken && (await isPortFree(port, host))) found.push(port);
  }
  return found;
}

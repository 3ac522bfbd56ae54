/**
 * The ports that the generation processes' probes are served on.
 */
import { isPortFree } from '@coursewright/db';

/** So many free ports, from `first` upwards, without the one that is promised to somebody else. */
export async function freePorts(first: number, count: number, host: string, taken: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = first; found.length < count; port += 1) {
    if (port !== taken && (await isPortFree(port, host))) found.push(port);
  }
  return found;
}

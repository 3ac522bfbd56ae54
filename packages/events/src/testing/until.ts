/**
 * Waits for a condition, never for a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** For what a busy machine may take; only something that hangs takes longer. Shorter than a file of tests may, or nobody would learn what was waited for. */
const PATIENCE_MS = 120_000;

/**
 * Resolves with what `look` finds, as soon as it finds something: anything but undefined and false.
 *
 * @throws Error that names what was waited for, after two minutes
 */
export async function until<Found>(what: string, look: () => Promise<Found | undefined | false> | Found | undefined | false): Promise<Found> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}

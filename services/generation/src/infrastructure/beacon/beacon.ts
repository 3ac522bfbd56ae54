/**
 * This process's sign of life, seen from its main thread. The session itself (a row in `workers`, an advisory lock, a
 * lease that the server keeps) is kept by a thread of its own, so that a main loop that computes does not lose it; but a
 * main loop that hangs does, after five seconds, because that thread then keeps silent.
 *
 * A lost session is not a death. The thread takes the lock again under the same key; whoever looks for the dead looks
 * twice, and waits longer when the whole database went away.
 */
import { Worker } from 'node:worker_threads';
import { connectionOptions } from '@coursewright/events';
import type { Log } from '../../application/context.ts';
import { PooledConnectionError } from './beacon-errors.ts';
import { beaconMemory, newBeaconMemory, type BeaconThreadData, type BeaconThreadMessage, type ThreadError } from './beacon-memory.ts';

export interface Beacon {
  /**
   * Whether the lease is believed at this moment: by this process's own clock, a fifth earlier than the server would end
   * it. While it says no, nothing is claimed and no call is begun.
   */
  isHeld(): boolean;
  /** How often the lock was taken, while the lease is believed; see `Witness`. */
  leaseTerm(): number | undefined;
  /** When the lock was last taken again after it was lost, by `performance.now()`; undefined if it never was. */
  retakenAtMs(): number | undefined;
  /** Frees the lock and notes that the worker stopped by itself. */
  close(): Promise<void>;
}

/** How often the main loop shows the beacon's thread that it turns. */
const TURN_MS = 100;

/**
 * Registers the worker and takes its lock. Rejects when that fails the first time; later losses are repaired in the
 * background, for ever.
 *
 * @throws PooledConnectionError
 */
export async function lightBeacon(settings: {
  readonly databaseUrl: string;
  readonly workerId: string;
  readonly log: Log;
}): Promise<Beacon> {
  const { workerId, log } = settings;
  const memory = newBeaconMemory();
  const shared = beaconMemory(memory);
  shared.noteMainLoopTurned();
  const connection = connectionOptions({ ...settings, applicationName: 'coursewright-beacon' });
  const workerData: BeaconThreadData = { connection, workerId, memory };
  const thread = new Worker(new URL('beacon-thread.ts', import.meta.url), { workerData });
  const gone = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  const turning = setInterval(() => shared.noteMainLoopTurned(), TURN_MS);
  void gone.then(() => clearInterval(turning));
  let retakenAtMs: number | undefined;

  await new Promise<void>((resolve, reject) => {
    let taken = false;
    // A defect in the thread rejects the first time, and is nobody's to handle later: it ends the process.
    thread.on('error', (error) => {
      if (taken) throw error;
      reject(error);
    });
    thread.on('message', (message: BeaconThreadMessage) => {
      if (message.kind === 'failed') {
        reject(message.error.code === new PooledConnectionError().code ? new PooledConnectionError() : asError(message.error));
      } else if (message.kind === 'not retaken') {
        log.warn({ err: asError(message.error) }, 'Beacon cannot be taken again yet');
      } else if (message.kind === 'lost') {
        log.warn({}, 'Beacon lost with its connection, taking it again');
      } else if (taken) {
        retakenAtMs = performance.now();
        log.info({}, 'Beacon taken again');
      } else {
        taken = true;
        resolve();
      }
    });
  });

  return {
    isHeld: () => shared.leaseTerm() !== undefined,
    leaseTerm: () => shared.leaseTerm(),
    retakenAtMs: () => retakenAtMs,
    async close() {
      thread.postMessage('close');
      await gone;
    },
  };
}

/** Classes do not survive the way from another thread; name, code and message do. */
function asError({ name, code, message }: ThreadError): Error {
  return Object.assign(new Error(message), { name, code });
}

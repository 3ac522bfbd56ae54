/**
 * What the beacon's thread and the main thread share: until when the lease is believed, the how many-th it is, and
 * when the main loop last turned. Memory rather than messages, because a message waits for its reader's loop, and the question is asked when
 * one of the two may be stuck.
 */
import type pg from 'pg';
import { monotonicMs } from './beacon-session.ts';

/** What the thread is started with. */
export interface BeaconThreadData {
  readonly connection: pg.ClientConfig;
  readonly workerId: string;
  readonly memory: SharedArrayBuffer;
}

export type BeaconThreadMessage =
  | { readonly kind: 'taken' }
  | { readonly kind: 'lost' }
  /** At the first opening: the thread is over, and the process cannot start. */
  | { readonly kind: 'failed'; readonly error: ThreadError }
  /** At a later one, which is tried again. */
  | { readonly kind: 'not retaken'; readonly error: ThreadError };

/** What is left of an error on its way from one thread to another. */
export interface ThreadError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

const LEASED_UNTIL = 0;
const MAIN_LOOP_TURNED = 1;
const TERM = 2;

export interface BeaconMemory {
  setLeasedUntil(ms: number): void;
  /** The lock was taken: another term begins. */
  beginTerm(): void;
  /** The term of the lease, if it is believed at this moment. */
  leaseTerm(): number | undefined;
  noteMainLoopTurned(): void;
  sinceMainLoopTurnedMs(): number;
}

export function newBeaconMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
}

export function beaconMemory(memory: SharedArrayBuffer): BeaconMemory {
  const times = new BigInt64Array(memory);
  const read = (place: number): number => Number(Atomics.load(times, place));
  const write = (place: number, ms: number): void => void Atomics.store(times, place, BigInt(Math.floor(ms)));
  return {
    setLeasedUntil: (ms) => write(LEASED_UNTIL, ms),
    beginTerm: () => void Atomics.add(times, TERM, 1n),
    leaseTerm: () => (monotonicMs() < read(LEASED_UNTIL) ? read(TERM) : undefined),
    noteMainLoopTurned: () => write(MAIN_LOOP_TURNED, monotonicMs()),
    sinceMainLoopTurnedMs: () => monotonicMs() - read(MAIN_LOOP_TURNED),
  };
}

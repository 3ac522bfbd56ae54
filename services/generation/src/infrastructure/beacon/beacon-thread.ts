/**
 * The thread that keeps the beacon: opens the session, beats, and opens it again under the same key when it was lost.
 * It imports little, for a process that starts is nobody until it holds its beacon.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openBeaconSession, type BeaconSession } from './beacon-session.ts';
import { beaconMemory, type BeaconThreadData, type BeaconThreadMessage, type ThreadError } from './beacon-memory.ts';

/** Well below the grace that others allow (see death-watch.ts): who can be back in time is not taken for dead. */
const RETRY_MS = 50;
/** How often it is said that the beacon cannot be taken again, and why. */
const SAY_EVERY_MS = 5000;
/** A main loop that has not turned for this long hangs: its worker should count as dead. Less may be a long computation. */
const MAIN_LOOP_GATE_MS = 5000;

const { connection, workerId, memory } = workerData as BeaconThreadData;
const shared = beaconMemory(memory);
let session: BeaconSession | undefined;
let closed = false;

const say = (message: BeaconThreadMessage): void => parentPort?.postMessage(message);
const mayBeat = (): boolean => shared.sinceMainLoopTurnedMs() < MAIN_LOOP_GATE_MS;
const open = ({ tryForAPooler }: { readonly tryForAPooler: boolean }): Promise<BeaconSession> => {
  // Before it is believed: what was asked under the last lease must not count under this one.
  shared.beginTerm();
  return openBeaconSession({ connection, workerId, tryForAPooler, mayBeat, onBeat: (until) => shared.setLeasedUntil(until) });
};

parentPort?.on('message', () => {
  closed = true;
  void (session?.close() ?? Promise.resolve()).then(() => process.exit());
});

await keep(await first());

async function first(): Promise<BeaconSession> {
  try {
    return await open({ tryForAPooler: true });
  } catch (error) {
    say({ kind: 'failed', error: described(error) });
    process.exit();
  }
}

/** Takes the lock again whenever its session is lost, until the process stops. */
async function keep(held: BeaconSession): Promise<void> {
  session = held;
  while (!closed) {
    say({ kind: 'taken' });
    await session.lost;
    shared.setLeasedUntil(0);
    if (closed) return;
    say({ kind: 'lost' });
    const retaken = await retake();
    if (retaken === undefined) return;
    session = retaken;
  }
  await session.close();
}

/** Tries until it has the lock; undefined when the process stops before that. */
async function retake(): Promise<BeaconSession | undefined> {
  let saidAtMs = -Infinity;
  const tell = (error: unknown): undefined => {
    if (performance.now() - saidAtMs < SAY_EVERY_MS) return;
    saidAtMs = performance.now();
    say({ kind: 'not retaken', error: described(error) });
  };
  while (!closed) {
    const taken = mayBeat() ? await open({ tryForAPooler: false }).catch(tell) : undefined;
    if (taken !== undefined) return taken;
    await sleep(RETRY_MS);
  }
  return undefined;
}

function described(error: unknown): ThreadError {
  const { name, code, message } = error as Error & { code?: string };
  return { name, code, message };
}

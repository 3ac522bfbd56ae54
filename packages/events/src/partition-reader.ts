/**
 * The loop of one partition of a subscription: sleeps until the log grows, handles batch after batch, and waits longer and
 * longer while they fail.
 */
import type pg from 'pg';
import { isTransientDatabaseError } from '@coursewright/postgres';
import { describe, newBatchMemory, type BatchMemory, type BatchResult } from './batch.ts';
import { hasWork, noteFailure, type CheckpointKey } from './checkpoint.ts';
import { LeaseLostError } from './errors.ts';
import type { LogListener } from './log-listener.ts';

export interface PartitionReaderParts {
  readonly pool: pg.Pool;
  readonly listener: LogListener;
  readonly key: CheckpointKey;
  /** Called before the first batch, and again until it succeeds once. */
  readonly prepare: () => Promise<void>;
  /** Handles the next batch, if there is anything to do here. */
  readonly nextBatch: (memory: BatchMemory) => Promise<BatchResult | undefined>;
  /** Whether the destination failed, and no event: nothing is handled one by one for that. */
  readonly isOutage: (error: unknown) => boolean;
  readonly onError: (error: unknown) => void;
}

export interface PartitionReader {
  /** Ends after the batch in hand. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const SLOWEST_RETRY_MS = 5000;

export function startPartitionReader({ pool, listener, key, prepare, nextBatch, isOutage, onError }: PartitionReaderParts): PartitionReader {
  const memory = newBatchMemory();
  let stopping = false;
  let awake = true;
  let prepared = false;
  let wakeUp = (): void => undefined;
  const unlisten = listener.onWake('events', () => {
    awake = true;
    wakeUp();
  });

  /** @returns whether there may be more to read at once */
  async function handleNext(): Promise<boolean> {
    if (!(await hasWork(pool, key))) return false;
    const result = await nextBatch(memory);
    if (result === undefined) return false; // Another process is at it, and its commit moves us all on; or it is paused.
    // Only now, for what was not committed must be looked at again.
    memory.passedOver = result.readUpTo;
    memory.lastCheckpoint = result.checkpoint;
    if (result.failure !== undefined) throw result.failure;
    memory.isCautious = false;
    memory.failures.clear();
    return result.more;
  }

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!stopping) {
      try {
        if (!prepared) await prepare();
        prepared = true;
        awake = false;
        const more = await handleNext();
        retryMs = FIRST_RETRY_MS;
        if (!more && !awake && !stopping) await sleep();
      } catch (error) {
        await onFailure(error);
        await sleep(retryMs);
        retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS);
      }
    }
  }

  async function onFailure(error: unknown): Promise<void> {
    onError(error);
    if (isTransientDatabaseError(error) || error instanceof LeaseLostError) {
      memory.passedOver = 0n; // After trouble with the database nothing is taken for granted.
      return;
    }
    memory.isCautious = !isOutage(error);
    // Before that, the checkpoint of this name may be somebody else's.
    if (prepared) await noteFailure(pool, key, describe(error)).catch(onError);
  }

  /** Until woken; or, with a limit, for that long however often it is woken. */
  function sleep(limitMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
      wakeUp = () => {
        if (timer !== undefined && !stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    async stop() {
      stopping = true;
      unlisten();
      wakeUp();
      await running;
    },
  };
}

/**
 * A projection that can be thrown away: whatever it says, the log says too.
 */
import type pg from 'pg';
import type { Difference } from './differences.ts';

export interface RebuildStage {
  /** As the database's owner, with no time limits. */
  readonly client: pg.ClientBase;
  /** Whether what differs is replaced, or only told. */
  readonly replace: boolean;
  /** Told how many of how many events are folded. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface Rebuilt {
  readonly events: number;
  /** For folding alone. */
  readonly seconds: number;
  /** How many rows differed, and the first of them. */
  readonly count: number;
  readonly differences: readonly Difference[];
  /** How many rows were written or removed. */
  readonly replaced: number;
}

export interface Projection {
  readonly name: string;
  readonly what: string;
  rebuild(stage: RebuildStage): Promise<Rebuilt>;
}

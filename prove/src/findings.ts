/**
 * What a proof comes to: for each invariant, what was looked at and what breaks it.
 */

/** The invariants, by the ids of docs/recovery.md. */
export const INVARIANTS = {
  I1: 'nothing is lost: whatever is unfinished is queued, or in a living worker\'s hands',
  I2: 'a node is completed once at most',
  I3: 'versions are contiguous from 1, positions dense and in the order of each stream',
  I4: 'every transition is legal',
  I5: 'attempts count up by one, and every event names the attempt that it belongs to',
  I6: 'the projections equal the fold of the log',
  I7: 'no node is scheduled before what it builds on is over',
  I8: 'one live job for each unfinished node, none for a finished one',
  I9: 'no request whose answer was kept was paid for again',
  I10: 'no consumer\'s checkpoint lies beyond the log',
  I11: 'the log is append-only: nobody but its owner may change it, and its triggers stand',
  I12: 'no session or lock is left behind',
  I13: 'the log takes an event',
} as const;

export type InvariantId = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: InvariantId;
  /** What it is about: a stream, a course, a subscription. */
  readonly subject: string;
  readonly problem: string;
}

/** Told of violations while they are found; keeps the first few of each invariant, and counts all that it is told of. */
export class Findings {
  readonly #mostKept: number;
  readonly #kept = new Map<InvariantId, Violation[]>();
  readonly #counts = new Map<InvariantId, number>();
  readonly #notes = new Map<InvariantId, string>();

  /** @param mostKept of each invariant; more are counted and not told */
  constructor(mostKept = MOST_KEPT) {
    this.#mostKept = mostKept;
  }

  violation(invariant: InvariantId, subject: string, problem: string): void {
    const kept = this.#kept.get(invariant) ?? [];
    if (kept.length < this.#mostKept) {
      kept.push({ invariant, subject, problem });
      this.#kept.set(invariant, kept);
    }
    this.#counts.set(invariant, this.countOf(invariant) + 1);
  }

  /** So many more of an invariant, of which no example is told. */
  furtherViolations(invariant: InvariantId, count: number): void {
    this.#counts.set(invariant, this.countOf(invariant) + count);
  }

  /** What was looked at for an invariant, for a person to read. */
  note(invariant: InvariantId, note: string): void {
    const before = this.#notes.get(invariant);
    this.#notes.set(invariant, before === undefined ? note : `${before}; ${note}`);
  }

  countOf(invariant: InvariantId): number {
    return this.#counts.get(invariant) ?? 0;
  }

  noteOf(invariant: InvariantId): string {
    return this.#notes.get(invariant) ?? '';
  }

  examplesOf(invariant: InvariantId): readonly Violation[] {
    return this.#kept.get(invariant) ?? [];
  }
}

/** Enough to see what kind of trouble it is. */
const MOST_KEPT = 10;

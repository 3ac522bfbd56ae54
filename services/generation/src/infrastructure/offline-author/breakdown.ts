/**
 * A breakdown of the offline author, as real models have them: for a while, every call fails. Ordered by the launcher, which alone can.
 */
export interface Breakdown {
  isOn(): boolean;
  begin(forMs: number): void;
}

/** It never breaks down. */
export const NO_BREAKDOWN: Pick<Breakdown, 'isOn'> = { isOn: () => false };

/** @param now milliseconds on any clock that only goes on */
export function createBreakdown(now: () => number): Breakdown {
  let until = -Infinity;
  return {
    isOn: () => now() < until,
    begin: (forMs) => void (until = now() + forMs),
  };
}

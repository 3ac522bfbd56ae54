/**
 * Chance that can be had again: the same seed and purpose give the same numbers. One stream for each purpose, so that
 * another fault does not reshuffle the courses.
 */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  pick<Thing>(things: readonly Thing[]): Thing;
}

export function seeded(seed: number, purpose: string): Chance {
  const next = mulberry32(mix(seed, purpose));
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick(things) {
      const thing = things[Math.floor(next() * things.length)];
      if (thing === undefined) throw new Error('nothing to pick from');
      return thing;
    },
  };
}

/** FNV-1a over the purpose, started from the seed. */
function mix(seed: number, purpose: string): number {
  let hash = 2166136261 ^ seed;
  for (const character of purpose) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  return hash >>> 0;
}

/** Tommy Ettinger's generator: 32 bits of state, good enough for a schedule. */
function mulberry32(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

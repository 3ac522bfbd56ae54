/**
 * Choices that look free and are not: the same seed makes the same ones, on every machine and for ever.
 */
import { createHash } from 'node:crypto';

export interface SeededChoice {
  /** A number in [0, 1). */
  fraction(): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  /** One of these. There must be one. */
  of<Item>(items: readonly [Item, ...Item[]]): Item;
  /** These in another order. */
  shuffled<Item>(items: readonly Item[]): Item[];
}

/** mulberry32, seeded with a hash of the text. */
export function seededChoice(seed: string): SeededChoice {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);

  function fraction(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  const whole = (least: number, most: number): number => least + Math.floor(fraction() * (most - least + 1));

  return {
    fraction,
    whole,
    of: (items) => items[whole(0, items.length - 1)] ?? items[0],
    shuffled: (items) =>
      items
        .map((item) => ({ item, key: fraction() }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
  };
}

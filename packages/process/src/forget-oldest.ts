/** What is remembered: a Map or a Set, which keep the order in which things were put in. */
interface Remembered<Key> {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): boolean;
}

/** Makes room for others: forgets what was put in longest ago, until no more than `most` are remembered. */
export function forgetOldest<Key>(remembered: Remembered<Key>, most: number): void {
  for (const key of remembered.keys()) {
    if (remembered.size <= most) return;
    remembered.delete(key);
  }
}

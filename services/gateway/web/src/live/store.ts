/**
 * One value that changes, and whoever wants to know: the shape that React's `useSyncExternalStore` takes.
 */
import { useSyncExternalStore } from 'react';

export interface Store<Value> {
  get(): Value;
  set(value: Value): void;
  /** Returns what ends it. */
  subscribe(onChange: () => void): () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  let value = initial;
  const watching = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const tell of watching) tell();
    },
    subscribe(onChange) {
      watching.add(onChange);
      return () => void watching.delete(onChange);
    },
  };
}

/** The value of a store, in a component. */
export function useStore<Value>(store: Pick<Store<Value>, 'get' | 'subscribe'>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}

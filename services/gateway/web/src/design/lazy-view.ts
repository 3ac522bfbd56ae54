/**
 * A part of the page that is loaded when it is first looked at, and tried again for as long as the gateway is not reached: React keeps a load
 * that failed for good.
 */
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;

export function lazyView<Props>(load: () => Promise<ComponentType<Props>>): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => ({ default: await persistently(load) }));
}

/** @throws what `load` throws where the gateway answers: the file is not there any more, or is no good */
async function persistently<Value>(load: () => Promise<Value>): Promise<Value> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await load();
    } catch {
      if (await isReached()) return load();
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

async function isReached(): Promise<boolean> {
  return fetch(location.pathname, { method: 'HEAD', cache: 'no-store' }).then(() => true, () => false);
}

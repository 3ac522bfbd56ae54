/**
 * One question to the API, in a component: its answer, that it is on its way, or why there is none.
 */
import { useCallback, useEffect, useEffectEvent, useState } from 'react';
import { everything } from './everything.ts';

export type Answer<Data> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** `error`: why it could not be asked for again, so that it may be old. */
  | { readonly kind: 'ready'; readonly data: Data; readonly error?: unknown };

/**
 * Asks when it is first shown and whenever `key` changes, and where that failed, when the connection is back; `again` asks once more, and
 * what is shown stays until that is answered.
 *
 * @param ask is given a signal that ends with the component
 * @param everyMs asks by itself so long after each answer, while the tab is looked at
 */
export function useAnswer<Data>(key: unknown, ask: (signal: AbortSignal) => Promise<Data>, everyMs?: number): readonly [Answer<Data>, () => void] {
  const [answer, setAnswer] = useState<Answer<Data>>({ kind: 'loading' });
  const [times, setTimes] = useState(0);
  const [askedFor, setAskedFor] = useState(key);
  const asking = useEffectEvent(ask);
  if (askedFor !== key) {
    setAskedFor(key);
    setAnswer({ kind: 'loading' });
  }
  const again = useCallback(() => setTimes((before) => before + 1), []);
  useEffect(() => {
    if (answer.kind !== 'failed') return undefined;
    let isLive = everything.get().connection.kind === 'live';
    return everything.subscribe(() => {
      const wasLive = isLive;
      isLive = everything.get().connection.kind === 'live';
      if (isLive && !wasLive) again();
    });
  }, [answer.kind, again]);

  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = (): void => {
      if (document.visibilityState === 'visible') again();
      else timer = setTimeout(next, everyMs);
    };
    const settle = (change: (before: Answer<Data>) => Answer<Data>): void => {
      if (gone.signal.aborted) return;
      setAnswer(change);
      if (everyMs !== undefined) timer = setTimeout(next, everyMs);
    };
    asking(gone.signal).then(
      (data) => settle(() => ({ kind: 'ready', data })),
      (error: unknown) => settle((before) => (before.kind === 'ready' ? { ...before, error } : { kind: 'failed', error })),
    );
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [key, times, everyMs, again]);
  return [answer, again];
}

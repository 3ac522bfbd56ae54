/**
 * One question to the API, in a component: its answer, that it is on its way, or why there is none.
 */
import { useCallback, useEffect, useEffectEvent, useState } from 'react';

export type Answer<Data> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'ready'; readonly data: Data };

/**
 * Asks when it is first shown and whenever `key` changes; `again` asks once more, and what is shown stays until that is answered.
 *
 * @param ask is given a signal that ends with the component
 * @param everyMs asks by itself so often, while the tab is looked at
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

  useEffect(() => {
    const gone = new AbortController();
    asking(gone.signal).then(
      (data) => gone.signal.aborted || setAnswer({ kind: 'ready', data }),
      (error: unknown) => gone.signal.aborted || setAnswer({ kind: 'failed', error }),
    );
    return () => gone.abort();
  }, [key, times]);

  const again = useCallback(() => setTimes((before) => before + 1), []);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, again]);
  return [answer, again];
}

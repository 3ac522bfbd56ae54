/**
 * What the tour says now, at the foot of the screen: on every view, and wherever it is scrolled to.
 */
import { createStore, useStore } from '../live/store.ts';

interface Telling {
  readonly said: readonly string[];
  /** Ends it; undefined when none is on. */
  readonly ending: AbortController | undefined;
}

export const telling = createStore<Telling>({ said: [], ending: undefined });

/** @param ending of the tour that is on */
export function stop(ending: AbortController): void {
  ending.abort(new Error('the tour was stopped'));
}

/** One sentence may follow another at once. */
const SEEN_TOGETHER = 2;

export function TourCaption() {
  const { said, ending } = useStore(telling);
  return (
    <aside className={said.length === 0 ? undefined : 'tour-caption'} aria-label="The tour, now">
      {/* There before anything is said, so that it is read aloud. */}
      <div role="log" aria-label="What the tour says">{said.slice(-SEEN_TOGETHER).map((sentence) => <p key={sentence}>{sentence}</p>)}</div>
      {said.length === 0 ? null : ending === undefined
        ? <button type="button" className="quiet" onClick={() => telling.set({ said: [], ending: undefined })}>Close <span className="unseen">the tour</span></button>
        : <button type="button" className="quiet" onClick={() => stop(ending)}>Stop the tour</button>}
    </aside>
  );
}

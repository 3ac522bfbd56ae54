/**
 * A guided tour: a course is asked for, and everything that can go wrong does, one thing after the other. It goes on whichever view is
 * looked at.
 */
import { duration } from '../design/times.ts';
import { everything } from '../live/everything.ts';
import { createStore, useStore } from '../live/store.ts';
import { courseHref } from '../routing.ts';
import { sentenceOf, session } from '../session/session.ts';
import { runTour } from './run-tour.ts';
import { makeFault } from './use-faults.ts';

interface Telling {
  readonly said: readonly string[];
  /** Ends it; undefined when none is on. */
  readonly ending: AbortController | undefined;
}

const telling = createStore<Telling>({ said: [], ending: undefined });

export function Tour() {
  const { said, ending } = useStore(telling);
  return (
    <div className="tour">
      {ending === undefined
        ? <button type="button" onClick={() => void go()}>Show me: a tour of a minute</button>
        : <button type="button" className="quiet" onClick={() => ending.abort(new Error('the tour was stopped'))}>Stop the tour</button>}
      <ol aria-live="polite" aria-label="The tour">{said.map((sentence) => <li key={sentence}>{sentence}</li>)}</ol>
    </div>
  );
}

async function go(): Promise<void> {
  const ending = new AbortController();
  const begun = performance.now();
  telling.set({ said: [], ending });
  const say = (sentence: string): void => telling.set({ ...telling.get(), said: [...telling.get().said, `${duration(performance.now() - begun)}: ${sentence}`] });
  try {
    await runTour({ client: session.get().client, make: makeFault, everything, say, show: (id) => void (location.hash = courseHref(id)), signal: ending.signal });
  } catch (error) {
    say(sentenceOf(error));
  } finally {
    telling.set({ ...telling.get(), ending: undefined });
  }
}

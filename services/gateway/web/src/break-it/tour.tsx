/**
 * A guided tour: a course is asked for, and everything that can go wrong does, one thing after the other. It goes on whichever view is
 * looked at.
 */
import { duration } from '../design/times.ts';
import { everything } from '../live/everything.ts';
import { useStore } from '../live/store.ts';
import { courseHref } from '../routing.ts';
import { sentenceOf, session } from '../session/session.ts';
import { runTour } from './run-tour.ts';
import { telling } from './tour-caption.tsx';
import { makeFault } from './use-faults.ts';

export function Tour() {
  const { said, ending } = useStore(telling);
  return (
    <div className="tour">
      <button type="button" disabled={ending !== undefined} onClick={() => void go()}>Show me: a tour of a minute</button>
      <ol aria-label="The tour">{said.map((sentence) => <li key={sentence}>{sentence}</li>)}</ol>
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

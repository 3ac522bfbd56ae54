/**
 * The course as it stood: after each of its events, by hand or by the arrow keys.
 */
import type { CourseEvent } from '@coursewright/client';
import { exactClock } from '../design/times.ts';

export function TimeSlider({ events, upTo, onMove }: { readonly events: readonly CourseEvent[]; readonly upTo: number | undefined; readonly onMove: (upTo: number | undefined) => void }) {
  const shown = upTo ?? events.length;
  const at = events[shown - 1];
  const when = at === undefined ? '' : exactClock(new Date(at.recorded_at));
  return (
    <div className="slider">
      <label htmlFor="instant">As it stood</label>
      <input
        id="instant"
        type="range"
        min={1}
        max={events.length}
        value={shown}
        aria-valuetext={`after event ${shown} of ${events.length}, at ${when}`}
        onChange={({ currentTarget: { value } }) => onMove(Number(value) >= events.length ? undefined : Number(value))}
      />
      <output htmlFor="instant">{when} · event {shown} of {events.length}</output>
      <button type="button" className="quiet" disabled={upTo === undefined} onClick={() => onMove(undefined)}>{upTo === undefined ? 'Now' : 'Back to now'}</button>
    </div>
  );
}

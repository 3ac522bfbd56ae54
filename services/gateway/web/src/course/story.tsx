/**
 * A course's story: what happened, when, to which node, by whom, and why; the newest first.
 */
import { memo } from 'react';
import type { CourseEvent } from '@coursewright/client';
import { exactClock } from '../design/times.ts';
import { nodeOf, whoOf, whyOf } from '../live/event-facts.ts';
import { lineFor, toneOf } from '../log/event-words.ts';

export function Story({ events, nodeId }: { readonly events: readonly CourseEvent[]; readonly nodeId: string | undefined }) {
  const told = nodeId === undefined ? events : events.filter((event) => nodeOf(event) === nodeId);
  return (
    <section className="card story" aria-labelledby="story-title">
      <h2 id="story-title">{nodeId === undefined ? 'Story' : 'Story of this node'}</h2>
      <ol tabIndex={0} aria-label="Events, the newest first">
        {told.toReversed().map((event) => <Told key={event.position} event={event} />)}
      </ol>
    </section>
  );
}

const Told = memo(function Told({ event }: { readonly event: CourseEvent }) {
  const node = nodeOf(event);
  const why = whyOf(event);
  return (
    <li className={toneOf(event)}>
      <a href={`#/log?position=${event.position}`} title={`Position ${event.position}`}><time dateTime={event.recorded_at}>{exactClock(new Date(event.recorded_at))}</time></a>
      <span className="what">{node === undefined ? '' : <code>{node}</code>} {lineFor(event)}</span>
      <span className="who">{whoOf(event)}{why === undefined ? '' : `: ${why}`}</span>
    </li>
  );
});

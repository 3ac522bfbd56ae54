/**
 * An attempt as others see it: a part of its course's trace, and told in figures when it has ended.
 */
import type { Attributes } from '@coursewright/telemetry';
import type { Context } from './context.ts';
import type { LastVerdict } from './outcome-recorder.ts';

export interface Observed {
  readonly kind: 'node' | 'planning';
  readonly courseMapId: string;
  /** What the span is called. */
  readonly name: string;
  readonly attributes: Attributes;
}

/** What is done in an attempt. */
export interface AttemptSteps<Outcome> {
  /** Asks the author; undefined when the attempt was taken away. */
  readonly write: () => Promise<Outcome | undefined>;
  readonly record: (outcome: Outcome) => Promise<LastVerdict>;
  /** Whether the author has answered, and not failed. */
  readonly isAnswer: (outcome: Outcome) => boolean;
}

/** Writes, and records what was written. Undefined when the attempt was taken away. */
export async function observeAttempt<Outcome>(
  { instruments, traces }: Context,
  { kind, courseMapId, name, attributes }: Observed,
  { write, record, isAnswer }: AttemptSteps<Outcome>,
): Promise<{ readonly outcome: Outcome; readonly verdict: LastVerdict } | undefined> {
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const ended = await traces.follow(courseMapId, name, attributes, async () => {
    const outcome = await write();
    return outcome === undefined ? undefined : { outcome, verdict: await record(outcome) };
  });
  if (ended === undefined) instruments.attemptEnded({ kind, outcome: 'taken_away', seconds: seconds() });
  else instruments.attemptEnded({ kind, outcome: isAnswer(ended.outcome) ? 'answered' : 'failed', verdict: ended.verdict, seconds: seconds() });
  return ended;
}

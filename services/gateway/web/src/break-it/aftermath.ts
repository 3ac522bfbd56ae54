/**
 * What became of a fault, told from the log: when it was noticed, what was taken from whom, and who went on with it.
 */
import type { components, CourseEvent } from '@coursewright/client';
import { courseOf, nodeOf, workerOf } from '../live/event-facts.ts';

export type FaultMade = components['schemas']['FaultMade'];

/** A node, or the planning of a course, that lost its worker by the fault. */
export interface Saved {
  readonly stream: string;
  readonly courseMapId: string | undefined;
  readonly nodeId: string | undefined;
  /** From the fault to the event that says it was noticed, in milliseconds. */
  readonly noticedAfterMs: number;
  /** Who went on with it, once somebody has. */
  readonly wentOnWith: string | undefined;
  readonly isDone: boolean;
  /** For good: it was lost too often, or its last attempt failed. */
  readonly hasFailed: boolean;
  readonly fromJournal: boolean;
}

/** Nobody's work is taken this long after a fault because of it. */
const LONGEST_MS = 30_000;

/** @param events of the log, in order; those before the fault do not count */
export function aftermathOf(fault: FaultMade, events: readonly CourseEvent[]): readonly Saved[] {
  const began = Date.parse(fault.at);
  const saved = new Map<string, Saved>();
  for (const event of events) {
    const after = Date.parse(event.recorded_at) - began;
    if (after < 0 || after > LONGEST_MS) continue;
    const before = saved.get(event.stream);
    if (isInterruption(event) && isOf(fault, event)) {
      // What fails again was noticed when it failed first.
      const noticedAfterMs = before?.noticedAfterMs ?? after;
      saved.set(event.stream, { stream: event.stream, courseMapId: courseOf(event), nodeId: nodeOf(event), noticedAfterMs, wentOnWith: undefined, isDone: false, hasFailed: event.data['final'] === true, fromJournal: false });
    } else if (before !== undefined && /Failed$/.test(event.type)) saved.set(event.stream, { ...before, hasFailed: event.data['final'] === true });
    else if (before !== undefined && /Started$/.test(event.type)) saved.set(event.stream, { ...before, wentOnWith: workerOf(event), hasFailed: false });
    else if (before !== undefined && /(?:Completed|Planned)$/.test(event.type)) saved.set(event.stream, { ...before, isDone: true, fromJournal: event.data['from_journal'] === true });
  }
  return [...saved.values()];
}

function isInterruption({ type }: CourseEvent): boolean {
  return type === 'GenerationInterrupted' || type === 'CourseMapPlanningInterrupted' || type === 'GenerationFailed' || type === 'CourseMapPlanningFailed';
}

/** By whom it was lost; or, where the fault befell all, that it was lost at all. Failures are of the model alone. */
function isOf({ fault, worker_id: worker }: FaultMade, event: CourseEvent): boolean {
  const isFailure = /Failed$/.test(event.type);
  if (fault === 'fail_model') return isFailure;
  return !isFailure && (worker === null || workerOf(event) === worker);
}

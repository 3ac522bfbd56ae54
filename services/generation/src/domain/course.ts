/**
 * How a course stands, and how each event of its own stream moves it: asked for, being planned, generating, over.
 * Its nodes have streams of their own.
 */
import type { CourseMapEvent } from '@coursewright/events';
import { afterFailure } from './attempt-failure.ts';
import { countsAsInterruption } from './interruption.ts';

export type CourseStatus = 'requested' | 'planning' | 'generating' | 'completed' | 'failed' | 'cancelled';

export interface CourseState {
  readonly id: string;
  readonly version: number;
  readonly status: CourseStatus;
  /** The number of the newest planning attempt; 0 before the first. */
  readonly attempt: number;
  /** Failed planning attempts that count. */
  readonly failures: number;
  /** Since when each attempt failed by the provider's fault, ISO 8601; null when the last one did not. */
  readonly outageSince: string | null;
  readonly interruptions: number;
  /** Who holds the running planning attempt. */
  readonly workerId: string | null;
}

/** A course as its first event, CourseMapRequested, makes it. */
export function requestedCourse(id: string): CourseState {
  return { id, version: 1, status: 'requested', attempt: 0, failures: 0, outageSince: null, interruptions: 0, workerId: null };
}

export function evolveCourse(state: CourseState, event: CourseMapEvent): CourseState {
  const moved = { ...state, version: state.version + 1, workerId: null };
  switch (event.type) {
    case 'CourseMapRequested':
      return moved;
    case 'CourseMapPlanningStarted':
      return { ...moved, status: 'planning', attempt: event.data.attempt, workerId: event.data.worker_id };
    case 'CourseMapPlanningInterrupted':
      return {
        ...moved,
        status: 'requested',
        interruptions: state.interruptions + (countsAsInterruption(event.data.cause) ? 1 : 0),
      };
    case 'CourseMapPlanningFailed':
      return { ...moved, status: event.data.final ? 'failed' : 'requested', ...afterFailure(state, event.data) };
    case 'CourseMapPlanned':
      return { ...moved, status: 'generating', outageSince: null };
    case 'CourseMapReopened':
      return { ...moved, status: 'generating' };
    case 'CourseMapRetryRequested':
      return { ...moved, status: 'requested', failures: 0, outageSince: null, interruptions: 0 };
    case 'CourseMapCompleted':
      return { ...moved, status: 'completed' };
    case 'CourseMapCancelled':
      return { ...moved, status: 'cancelled' };
    default:
      return event satisfies never;
  }
}

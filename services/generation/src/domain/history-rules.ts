/**
 * Which event may follow which, told apart from the deciders: they say what this service does next, these say what may
 * stand in the log, whoever wrote it. So a log can be judged without trusting what wrote it (`pnpm prove` does).
 */
import type { CourseMapEvent, NodeEvent } from '@coursewright/events';
import type { CourseState } from './course.ts';
import type { NodeState } from './node.ts';

/** What is wrong with this event of a node that stands like this; undefined when nothing is. */
export function nodeEventProblem(state: NodeState, event: NodeEvent): string | undefined {
  switch (event.type) {
    case 'GenerationScheduled':
      if (!waits(state)) return `scheduled while ${standing(state)}`;
      return event.data.attempt === state.attempt + 1 ? undefined : `attempt ${event.data.attempt} after ${state.attempt}`;
    case 'GenerationStarted':
      if (state.status !== 'pending' || state.lastEvent !== 'GenerationScheduled') return `started while ${standing(state)}`;
      if (event.data.job_id !== state.jobId) return 'started by another job than was scheduled';
      return ofNewestAttempt(state, event.data.attempt);
    case 'GenerationCompleted': {
      const adopted = state.lastEvent === 'LateResultReceived' && state.status === 'pending';
      if (state.status !== 'generating' && !adopted) return `completed while ${standing(state)}`;
      return ofNewestAttempt(state, event.data.attempt);
    }
    case 'GenerationFailed': {
      // An attempt that failed; one interruption too many; or a retry that nobody will work on, because the course is cancelled.
      const isGivenUp = state.status === 'pending' && (state.lastEvent === 'GenerationInterrupted' || state.lastEvent === 'RetryRequested');
      const fails = state.status === 'generating' || isGivenUp;
      if (!fails) return `failed while ${standing(state)}`;
      return state.attempt === 0 ? undefined : ofNewestAttempt(state, event.data.attempt);
    }
    case 'GenerationInterrupted':
      if (state.workerId === null) return `interrupted while ${standing(state)}`;
      if (event.data.worker_id !== state.workerId) return 'interrupted with the name of another worker';
      return ofNewestAttempt(state, event.data.attempt);
    case 'RetryRequested':
      return state.status === 'failed' ? undefined : `asked for again while ${standing(state)}`;
    case 'LateResultReceived': {
      if (event.data.attempt > state.attempt) return `a result of attempt ${event.data.attempt}, which never was`;
      const isHeld = state.status === 'generating' && state.attempt === event.data.attempt && state.workerId === event.data.worker_id;
      return isHeld ? 'a late result of the attempt that runs' : undefined;
    }
    default:
      return event satisfies never;
  }
}

/** What is wrong with this event of a course that stands like this; undefined when nothing is. */
export function courseEventProblem(state: CourseState, event: CourseMapEvent): string | undefined {
  const stands = `while ${state.status}`;
  switch (event.type) {
    case 'CourseMapRequested':
      return 'asked for a second time';
    case 'CourseMapPlanningStarted':
      if (state.status !== 'requested') return `planning started ${stands}`;
      return event.data.attempt === state.attempt + 1 ? undefined : `attempt ${event.data.attempt} after ${state.attempt}`;
    case 'CourseMapPlanningInterrupted':
    case 'CourseMapPlanningFailed': {
      // The tenth interruption is followed by a failure at once.
      const givenUp = event.type === 'CourseMapPlanningFailed' && state.status === 'requested' && state.interruptions > 0;
      if (state.status !== 'planning' && !givenUp) return `${event.type} ${stands}`;
      if (event.type === 'CourseMapPlanningInterrupted' && event.data.worker_id !== state.workerId) return 'interrupted with the name of another worker';
      return ofNewestPlanning(state, event.data.attempt);
    }
    case 'CourseMapPlanned':
      if (state.status !== 'planning' && state.status !== 'requested') return `planned ${stands}`;
      return state.attempt === 0 ? undefined : ofNewestPlanning(state, event.data.attempt);
    case 'CourseMapCompleted':
      return state.status === 'generating' ? undefined : `completed ${stands}`;
    case 'CourseMapReopened':
      return state.status === 'completed' ? undefined : `reopened ${stands}`;
    case 'CourseMapRetryRequested':
      return state.status === 'failed' ? undefined : `asked for again ${stands}`;
    case 'CourseMapCancelled':
      return ['requested', 'planning', 'generating'].includes(state.status) ? undefined : `cancelled ${stands}`;
    default:
      return event satisfies never;
  }
}

function ofNewestAttempt(state: NodeState, attempt: number): string | undefined {
  return attempt === state.attempt ? undefined : `attempt ${attempt} while ${state.attempt} is the newest`;
}

function ofNewestPlanning(state: CourseState, attempt: number): string | undefined {
  return attempt === state.attempt ? undefined : `attempt ${attempt} while ${state.attempt} is the newest`;
}

/** Unfinished, and its newest attempt, if any, is over. */
function waits({ status, lastEvent }: NodeState): boolean {
  return status === 'pending' && lastEvent !== 'GenerationScheduled' && lastEvent !== 'GenerationStarted';
}

function standing({ status, lastEvent }: NodeState): string {
  return lastEvent === null ? status : `${status} after ${lastEvent}`;
}

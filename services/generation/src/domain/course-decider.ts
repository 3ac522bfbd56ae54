/**
 * What may happen to a course itself; its nodes have a decider of their own. No event when the command no longer
 * applies, so deciding twice writes once.
 */
import type { CourseMap, CourseMapEvent, InterruptionCause } from '@coursewright/events';
import { failureData, type AttemptFailure } from './attempt-failure.ts';
import type { CourseState } from './course.ts';
import { interruptedTooOften, isOneInterruptionTooMany } from './interruption.ts';
import type { NodeState } from './node.ts';

export type CourseCommand =
  | {
      readonly type: 'StartPlanning';
      readonly attempt: number;
      readonly workerId: string;
      readonly jobId: string;
      /** ISO 8601, by the database's clock. */
      readonly deadline: string;
    }
  | {
      readonly type: 'CompletePlanning';
      readonly attempt: number;
      readonly workerId: string;
      readonly map: CourseMap;
      readonly model: string;
      readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
    }
  | ({
      readonly type: 'FailPlanning';
      readonly attempt: number;
      readonly workerId: string;
    } & AttemptFailure)
  | {
      readonly type: 'InterruptPlanning';
      readonly cause: InterruptionCause;
      /** Only this attempt of this worker; null: whatever runs. */
      readonly held: { readonly workerId: string; readonly attempt: number } | null;
      readonly detectedAfterMs: number | null;
    }
  /** A planning that was taken away delivered after all: its map is used if the course still has none. */
  | {
      readonly type: 'ReceiveLatePlan';
      readonly map: CourseMap;
      readonly model: string;
      readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
    }
  /** Look whether the nodes are all done, and whether a done course was reopened. */
  | { readonly type: 'SettleCourse'; readonly nodes: readonly NodeState[] };

export function decideCourse(command: CourseCommand, state: CourseState): CourseMapEvent[] {
  switch (command.type) {
    case 'StartPlanning': {
      const { attempt, workerId, jobId, deadline } = command;
      if (state.status !== 'requested' || attempt !== state.attempt + 1) return [];
      return [{ type: 'CourseMapPlanningStarted', data: { attempt, worker_id: workerId, job_id: jobId, deadline } }];
    }
    case 'CompletePlanning': {
      const { attempt, workerId, map, model, usage } = command;
      if (!isPlannedBy(state, workerId, attempt)) return [];
      return [{ type: 'CourseMapPlanned', data: { attempt, ...map, model, usage } }];
    }
    case 'FailPlanning': {
      const { attempt, workerId } = command;
      if (!isPlannedBy(state, workerId, attempt)) return [];
      return [{ type: 'CourseMapPlanningFailed', data: failureData(attempt, command, state) }];
    }
    case 'InterruptPlanning': {
      const { cause, held, detectedAfterMs } = command;
      if (state.status !== 'planning') return [];
      if (held !== null && (held.workerId !== state.workerId || held.attempt !== state.attempt)) return [];
      const interrupted: CourseMapEvent = {
        type: 'CourseMapPlanningInterrupted',
        data: { attempt: state.attempt, cause, worker_id: state.workerId, detected_after_ms: detectedAfterMs },
      };
      if (!isOneInterruptionTooMany(cause, state.interruptions)) return [interrupted];
      return [interrupted, { type: 'CourseMapPlanningFailed', data: interruptedTooOften(state.attempt) }];
    }
    case 'ReceiveLatePlan': {
      const { map, model, usage } = command;
      if ((state.status !== 'requested' && state.status !== 'planning') || state.attempt === 0) return [];
      return [{ type: 'CourseMapPlanned', data: { attempt: state.attempt, ...map, model, usage } }];
    }
    case 'SettleCourse':
      return settle(state, command.nodes);
    default:
      return command satisfies never;
  }
}

function isPlannedBy(state: CourseState, workerId: string, attempt: number): boolean {
  return state.status === 'planning' && state.workerId === workerId && state.attempt === attempt;
}

function settle(state: CourseState, nodes: readonly NodeState[]): CourseMapEvent[] {
  const open = nodes.filter(({ status }) => status === 'pending' || status === 'generating');
  if (state.status === 'generating' && open.length === 0) {
    return [
      {
        type: 'CourseMapCompleted',
        data: {
          completed_nodes: nodes.filter(({ status }) => status === 'completed').length,
          failed_nodes: nodes.filter(({ status }) => status === 'failed').length,
        },
      },
    ];
  }
  if (state.status === 'completed' && open.length > 0) {
    return [{ type: 'CourseMapReopened', data: { node_ids: open.map(({ nodeId }) => nodeId) } }];
  }
  return [];
}

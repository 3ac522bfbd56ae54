/**
 * How a node stands, and how each event moves it. Pure: the same fold as the projection `node_states`, whose rows
 * are read as these states; a test holds the two equal.
 */
import type { NodeEvent, NodeType } from '@coursewright/events';
import { afterFailure } from './attempt-failure.ts';
import { countsAsInterruption } from './interruption.ts';

export type NodeStatus = 'pending' | 'generating' | 'completed' | 'failed' | 'cancelled' | 'quiz_pending';

export interface NodeState {
  readonly nodeId: string;
  readonly type: NodeType;
  /** Where the node stands in its map, from 1. */
  readonly place: number;
  readonly preRequisites: readonly string[];
  readonly status: NodeStatus;
  /** The node's own stream: 0 before its first event. */
  readonly version: number;
  readonly lastEvent: NodeEvent['type'] | null;
  /** The number of the newest attempt that was scheduled; 0 before the first. */
  readonly attempt: number;
  /** Failed attempts that count, since the node was planned or its retry was asked for. */
  readonly failures: number;
  /** Since when each attempt failed by the provider's fault, ISO 8601; null when the last one did not. */
  readonly outageSince: string | null;
  /** Attempts that lost their worker unasked, counted the same way. */
  readonly interruptions: number;
  /** Who holds the running attempt. */
  readonly workerId: string | null;
  /** The job of the newest attempt. */
  readonly jobId: string | null;
}

/** A node as its map plans it, before any event of its own. */
export function plannedNode(node: Pick<NodeState, 'nodeId' | 'type' | 'place' | 'preRequisites'>): NodeState {
  return {
    ...node,
    status: node.type === 'quiz' ? 'quiz_pending' : 'pending',
    version: 0,
    lastEvent: null,
    attempt: 0,
    failures: 0,
    outageSince: null,
    interruptions: 0,
    workerId: null,
    jobId: null,
  };
}

export function evolveNode(state: NodeState, event: NodeEvent): NodeState {
  const moved = { ...state, version: state.version + 1, lastEvent: event.type };
  switch (event.type) {
    case 'GenerationScheduled':
      return { ...moved, ...to('pending', state), attempt: event.data.attempt, workerId: null, jobId: event.data.job_id };
    case 'GenerationStarted':
      return { ...moved, ...to('generating', state), workerId: event.data.worker_id, jobId: event.data.job_id };
    case 'GenerationCompleted':
      return { ...moved, ...to('completed', state), outageSince: null, workerId: null, jobId: null };
    case 'GenerationFailed':
      return {
        ...moved,
        ...to(event.data.final ? 'failed' : 'pending', state),
        ...afterFailure(state, event.data),
        workerId: null,
        jobId: null,
      };
    case 'GenerationInterrupted':
      return {
        ...moved,
        ...to('pending', state),
        interruptions: state.interruptions + (countsAsInterruption(event.data.cause) ? 1 : 0),
        workerId: null,
        jobId: null,
      };
    case 'RetryRequested':
      return { ...moved, ...to('pending', state), failures: 0, outageSince: null, interruptions: 0, workerId: null, jobId: null };
    case 'LateResultReceived':
      return moved;
    default:
      return event satisfies never;
  }
}

/** A cancelled node stays cancelled, whatever its worker still reports. */
function to(status: NodeStatus, state: NodeState): { status: NodeStatus } {
  return { status: state.status === 'cancelled' ? 'cancelled' : status };
}

/** What cancelling its course does to a node. Its own stream does not move. */
export function cancelNode(state: NodeState): NodeState {
  return state.status === 'pending' || state.status === 'generating' ? { ...state, status: 'cancelled' } : state;
}

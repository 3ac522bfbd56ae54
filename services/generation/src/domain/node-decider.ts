/**
 * What may happen to a node. `decideNode(command, state)` returns the events that follow, and none when the command
 * no longer applies: another attempt runs, the node is done, somebody else was first. So deciding twice writes once.
 *
 * The attempt and worker in a command are the pure half of the fence; the expected version of the append is the
 * other half, and settles the races that no decider can see.
 */
import type { InterruptionCause, NodeEvent, ScheduleReason } from '@coursewright/events';
import { failureData, givenUp, type AttemptFailure } from './attempt-failure.ts';
import { interruptedTooOften, isOneInterruptionTooMany } from './interruption.ts';
import type { NodeState } from './node.ts';

export type NodeCommand =
  | {
      readonly type: 'ScheduleGeneration';
      readonly reason: ScheduleReason;
      readonly jobId: string;
      readonly delayMs: number;
    }
  | {
      readonly type: 'StartGeneration';
      readonly attempt: number;
      readonly jobId: string;
      readonly workerId: string;
      /** ISO 8601, by the database's clock. */
      readonly deadline: string;
    }
  | {
      readonly type: 'CompleteGeneration';
      readonly attempt: number;
      readonly workerId: string;
      readonly contentHash: string;
      readonly model: string;
      readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
      /** Whether the answer was paid for by an earlier call. */
      readonly fromJournal: boolean;
    }
  | ({
      readonly type: 'FailGeneration';
      readonly attempt: number;
      readonly workerId: string;
    } & AttemptFailure)
  | {
      readonly type: 'InterruptGeneration';
      readonly cause: InterruptionCause;
      /** Only this attempt of this worker; null: whatever runs. */
      readonly held: { readonly workerId: string; readonly attempt: number } | null;
      readonly detectedAfterMs: number | null;
    }
  /** An attempt that was taken away delivered after all: what it was paid for is kept, and used if the node is still open. */
  | {
      readonly type: 'ReceiveLateResult';
      readonly attempt: number;
      readonly workerId: string;
      readonly contentHash: string;
      readonly model: string;
      readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
    }
  /** The node waits for something that will not come: its course is cancelled. */
  | { readonly type: 'RefuseGeneration'; readonly code: 'course_cancelled' };

export function decideNode(command: NodeCommand, state: NodeState): NodeEvent[] {
  switch (command.type) {
    case 'ScheduleGeneration': {
      if (!isWaiting(state)) return [];
      const { reason, jobId, delayMs } = command;
      return [
        {
          type: 'GenerationScheduled',
          data: { attempt: state.attempt + 1, reason, job_id: jobId, delay_ms: delayMs },
        },
      ];
    }
    case 'StartGeneration': {
      const { attempt, jobId, workerId, deadline } = command;
      const isScheduled = state.status === 'pending' && state.lastEvent === 'GenerationScheduled';
      if (!isScheduled || state.attempt !== attempt || state.jobId !== jobId) return [];
      return [{ type: 'GenerationStarted', data: { attempt, worker_id: workerId, job_id: jobId, deadline } }];
    }
    case 'CompleteGeneration': {
      const { attempt, workerId, contentHash, model, usage, fromJournal } = command;
      if (!isHeldBy(state, workerId, attempt)) return [];
      return [
        {
          type: 'GenerationCompleted',
          data: { attempt, content_hash: contentHash, model, usage, from_journal: fromJournal },
        },
      ];
    }
    case 'FailGeneration': {
      const { attempt, workerId } = command;
      if (!isHeldBy(state, workerId, attempt)) return [];
      return [{ type: 'GenerationFailed', data: failureData(attempt, command, state) }];
    }
    case 'InterruptGeneration':
      return interrupt(command, state);
    case 'ReceiveLateResult': {
      const { attempt, workerId, contentHash, model, usage } = command;
      if (attempt > state.attempt || isHeldBy(state, workerId, attempt)) return [];
      const late: NodeEvent = { type: 'LateResultReceived', data: { attempt, worker_id: workerId, content_hash: contentHash } };
      if (state.status !== 'pending' && state.status !== 'generating') return [late];
      const adopted = { attempt: state.attempt, content_hash: contentHash, model, usage, from_journal: true };
      return [late, { type: 'GenerationCompleted', data: adopted }];
    }
    case 'RefuseGeneration': {
      if (!isWaiting(state)) return [];
      const error = { code: command.code, message: 'the course is cancelled; what was asked for is not done any more' };
      return [{ type: 'GenerationFailed', data: givenUp(Math.max(state.attempt, 1), error) }];
    }
    default:
      return command satisfies never;
  }
}

/** Whether the node needs a job: it is unfinished, and its newest attempt, if any, is over. */
export function isWaiting(state: NodeState): boolean {
  return (
    state.status === 'pending' && state.lastEvent !== 'GenerationScheduled' && state.lastEvent !== 'GenerationStarted'
  );
}

function isHeldBy(state: NodeState, workerId: string, attempt: number): boolean {
  return state.status === 'generating' && state.workerId === workerId && state.attempt === attempt;
}

function interrupt(command: NodeCommand & { type: 'InterruptGeneration' }, state: NodeState): NodeEvent[] {
  const { cause, held, detectedAfterMs } = command;
  // A cancelled node keeps its worker until it is told; `workerId` says whether it still has one.
  if (state.workerId === null) return [];
  // Somebody was first, and the same worker may have the next attempt by now.
  if (held !== null && (held.workerId !== state.workerId || held.attempt !== state.attempt)) return [];
  const interrupted: NodeEvent = {
    type: 'GenerationInterrupted',
    data: { attempt: state.attempt, cause, worker_id: state.workerId, detected_after_ms: detectedAfterMs },
  };
  // A cancelled node is not set aside: nobody waits for it.
  if (state.status === 'cancelled' || !isOneInterruptionTooMany(cause, state.interruptions)) return [interrupted];
  return [interrupted, { type: 'GenerationFailed', data: interruptedTooOften(state.attempt) }];
}

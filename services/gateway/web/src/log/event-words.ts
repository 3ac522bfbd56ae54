/**
 * What an event says, in words for people.
 */
import type { CourseEvent } from '@coursewright/client';
import { duration } from '../design/times.ts';
import { attemptOf, failedNodesOf } from '../live/event-facts.ts';

type Say = (data: CourseEvent['data']) => string;

const WORDS: Readonly<Record<string, Say>> = {
  CourseMapRequested: () => 'course asked for',
  CourseMapPlanningStarted: () => 'planning begun',
  CourseMapPlanningInterrupted: (data) => `planning ${lossOf(data)}${noticed(data)}`,
  CourseMapPlanningFailed: ({ final, counts }) => (final === true ? 'planning failed for good' : counts === false ? 'planning failed by the provider\'s fault' : 'planning failed'),
  CourseMapPlanned: ({ nodes }) => `map planned, ${Array.isArray(nodes) ? nodes.length : 0} nodes`,
  // Its name says that nothing is left to do, not that all went well.
  CourseMapCompleted: ({ completed_nodes: done, failed_nodes: failed }) => (failed === 0 ? 'course completed' : `course ended: ${String(done)} cards done, ${String(failed)} failed`),
  CourseMapReopened: () => 'course open again',
  CourseMapRetryRequested: () => 'planning asked for again',
  CourseMapCancelled: () => 'course stopped',
  GenerationScheduled: ({ reason }) => (reason === 'recovered' ? 'queued again' : 'queued'),
  GenerationStarted: () => 'being written',
  GenerationCompleted: ({ from_journal: fromJournal }) => (fromJournal === true ? 'card done; the answer was in the journal: nothing paid' : 'card done'),
  GenerationFailed: ({ final, counts }) => (final === true ? 'failed for good' : counts === false ? 'failed by the provider\'s fault' : 'failed'),
  GenerationInterrupted: (data) => `${lossOf(data)}${noticed(data)}`,
  RetryRequested: () => 'asked for again',
  LateResultReceived: () => 'a late answer came in',
  RecoveryRequested: ({ force }) => (force === true ? 'recovery asked for, by force' : 'recovery asked for'),
  RecoveryCompleted: () => 'recovery done',
};

/** How an attempt came to lose its worker. */
const LOSSES: Readonly<Record<string, string>> = {
  worker_lost: 'lost its worker', deadline_passed: 'took too long', database_lost: 'was cut off from the database', operator: 'taken back by an operator', shutdown: 'given up by a worker that stops', cancelled: 'stopped with its course', claim_lost: 'handed on',
};

/** Of a type that this page does not know, its name. */
export function wordsFor({ type, data }: Pick<CourseEvent, 'type' | 'data'>): string {
  return WORDS[type]?.(data) ?? type;
}

/** The same for a line of many, with the attempt where it is not the first. */
export function lineFor(event: Pick<CourseEvent, 'type' | 'data'>): string {
  const attempt = attemptOf(event);
  return `${wordsFor(event)}${attempt !== undefined && attempt > 1 ? `, attempt ${attempt}` : ''}`;
}

/** How it is shown: as a good end, as a trouble, or as one step of many. */
export function toneOf({ type, data }: Pick<CourseEvent, 'type' | 'data'>): 'good' | 'trouble' | 'step' {
  if (data['cause'] === 'cancelled' || data['cause'] === 'shutdown') return 'step';
  if (failedNodesOf({ type, data }) > 0) return 'trouble';
  if (/Completed$|Planned$/.test(type)) return 'good';
  return /Failed$|Interrupted$|^StreamParked$/.test(type) ? 'trouble' : 'step';
}

function lossOf({ cause }: CourseEvent['data']): string {
  return (typeof cause === 'string' ? LOSSES[cause] : undefined) ?? 'interrupted';
}

function noticed({ detected_after_ms: ms }: CourseEvent['data']): string {
  return typeof ms === 'number' ? `, noticed in ${duration(ms)}` : '';
}

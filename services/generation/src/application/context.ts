/**
 * What every step of the service is given: who it is, how it reaches the log, the projections and the queue.
 */
import type { EventStore, Transaction } from '@coursewright/events';
import type { Artifact } from './record-outcomes.ts';
import type { CourseStates } from './course-states.ts';
import type { CourseTraces } from './course-traces.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Instruments } from './instruments.ts';

export interface GenerationSettings {
  /** A course's nodes that are queued or running at the same time, at most. */
  readonly courseConcurrency: number;
  /** Failed attempts that a node, or a course's planning, may have: those that count. */
  readonly maxAttempts: number;
  /** For how long an outage of the provider counts against nothing, in milliseconds. */
  readonly outageMs: number;
  /** How long an attempt may run before it counts as hung, in milliseconds. */
  readonly deadlineMs: number;
}

/** The part of a logger that the application uses; pino's shape. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Content by hash. */
export interface ArtifactStore {
  /** Stores what is not there yet, in order of hash; storing the same twice is storing it once. */
  store(artifacts: readonly Artifact[], transaction: Transaction): Promise<void>;
}

export interface Context {
  /** This process, unique for every boot. */
  readonly workerId: string;
  readonly settings: GenerationSettings;
  readonly store: EventStore;
  readonly courses: CourseStates;
  readonly dispatcher: Dispatcher;
  readonly artifacts: ArtifactStore;
  readonly log: Log;
  readonly instruments: Instruments;
  readonly traces: CourseTraces;
  /** A number in [0, 1), for jitter. */
  chance(): number;
  /** See `inTransaction` of the events package. */
  transact<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
}

/**
 * Collects what is decided about one course while its row is locked: each command is decided on the state that the
 * commands before it led to, and in the end there is one set of appends and jobs to commit together.
 */
import {
  courseMapStream,
  nodeStream,
  type CourseMapEvent,
  type NodeEvent,
  type ScheduleReason,
  type StreamName,
} from '@coursewright/events';
import { decideCourse, type CourseCommand } from './course-decider.ts';
import { evolveCourse, type CourseState } from './course.ts';
import { jobIdOf } from './job-id.ts';
import { decideNode, type NodeCommand } from './node-decider.ts';
import { evolveNode, type NodeState } from './node.ts';
import { nodesToSchedule } from './ready-nodes.ts';

/** A job that the decisions put into a queue. */
export interface PlanningJob {
  readonly id: string;
  readonly courseMapId: string;
  readonly attempt: number;
  /** How long the queue holds it back. */
  readonly delayMs: number;
  /** Whether it overtakes the queue: its work has waited for a worker once already. */
  readonly ahead: boolean;
}

export interface NodeJob extends PlanningJob {
  readonly nodeId: string;
}

/** Events for one stream, to be appended at the version that was decided on. */
export interface DecidedAppend {
  readonly stream: StreamName;
  readonly expectedVersion: number;
  readonly events: readonly (NodeEvent | CourseMapEvent)[];
}

/** A course and its nodes, as they stood when the course's row was locked. */
export interface LockedCourse {
  readonly course: CourseState;
  readonly nodes: readonly NodeState[];
}

export class CourseDecisions {
  readonly jobsToSend: NodeJob[] = [];
  /** Ids of jobs whose attempt is over. */
  readonly jobsToDelete: string[] = [];
  readonly #before: LockedCourse;
  readonly #nodes: Map<string, NodeState>;
  readonly #nodeEvents = new Map<string, NodeEvent[]>();
  readonly #courseEvents: CourseMapEvent[] = [];
  #course: CourseState;

  constructor(locked: LockedCourse) {
    this.#before = locked;
    this.#course = locked.course;
    this.#nodes = new Map(locked.nodes.map((node) => [node.nodeId, node]));
  }

  get course(): CourseState {
    return this.#course;
  }

  get nodes(): NodeState[] {
    return [...this.#nodes.values()];
  }

  /** Whether the node stands as failed for good after what was decided so far; false for a node that the course does not have. */
  isFailed(nodeId: string): boolean {
    return this.#nodes.get(nodeId)?.status === 'failed';
  }

  /** Decides about the course; returns the events, none when the command no longer applies. */
  decideCourse(command: CourseCommand): CourseMapEvent[] {
    const events = decideCourse(command, this.#course);
    for (const event of events) this.#course = evolveCourse(this.#course, event);
    this.#courseEvents.push(...events);
    return events;
  }

  /** Decides about a node; returns the events. When its attempt ends thereby, the attempt's job goes too. */
  decideNode(nodeId: string, command: NodeCommand): NodeEvent[] {
    const before = this.#nodes.get(nodeId);
    if (before === undefined) return [];
    const events = decideNode(command, before);
    if (events.length === 0) return [];
    const after = events.reduce(evolveNode, before);
    this.#nodes.set(nodeId, after);
    this.#nodeEvents.set(nodeId, [...(this.#nodeEvents.get(nodeId) ?? []), ...events]);
    if (before.jobId !== null && after.jobId !== before.jobId) this.jobsToDelete.push(before.jobId);
    // An attempt that somebody else ended (an operator, say) has left its job behind.
    if (before.jobId === null && before.attempt > 0 && after.status === 'completed') {
      this.jobsToDelete.push(jobIdOf(nodeStream({ courseMapId: this.#course.id, nodeId }), before.attempt));
    }
    return events;
  }

  /** The nodes of a map that was planned by these very decisions. */
  addNodes(nodes: readonly NodeState[]): void {
    for (const node of nodes) this.#nodes.set(node.nodeId, node);
  }

  /** Planning is to be tried again (or for the first time): the job for it. Nothing when the course is past that. */
  planningJob(delayMs: number, ahead: boolean): PlanningJob | undefined {
    if (this.#course.status !== 'requested') return undefined;
    const attempt = this.#course.attempt + 1;
    return { id: jobIdOf(courseMapStream(this.#course.id), attempt), courseMapId: this.#course.id, attempt, delayMs, ahead };
  }

  /** Takes the nodes of a cancelled course from their workers and out of the queue. */
  stopCancelledNodes(): void {
    for (const node of this.nodes) {
      // Somebody asked for it again at the instant of the cancellation.
      if (node.status === 'pending') this.decideNode(node.nodeId, { type: 'RefuseGeneration', code: 'course_cancelled' });
      if (node.status !== 'cancelled' || node.jobId === null) continue;
      const [interrupted] = this.decideNode(node.nodeId, {
        type: 'InterruptGeneration',
        cause: 'cancelled',
        held: null,
        detectedAfterMs: null,
      });
      if (interrupted === undefined) this.jobsToDelete.push(node.jobId);
    }
  }

  /**
   * Puts the nodes that come next into the queue, then settles whether the course is complete (or open again).
   *
   * @param delayMsOf how long a node's next attempt is held back; these nodes come before all others, which start at once
   */
  scheduleReadyNodes(courseConcurrency: number, delayMsOf: ReadonlyMap<string, number> = new Map()): void {
    this.decideCourse({ type: 'SettleCourse', nodes: this.nodes });
    if (this.#course.status !== 'generating') return;
    for (const node of nodesToSchedule(this.nodes, courseConcurrency, delayMsOf)) {
      const courseMapId = this.#course.id;
      const stream = nodeStream({ courseMapId, nodeId: node.nodeId });
      const jobId = jobIdOf(stream, node.attempt + 1);
      // An attempt that somebody else ended (an operator, say) has left its job behind.
      if (node.attempt > 0 && !this.#nodeEvents.has(node.nodeId)) this.jobsToDelete.push(jobIdOf(stream, node.attempt));
      const delayMs = delayMsOf.get(node.nodeId) ?? 0;
      const reason = reasonFor(node);
      const [scheduled] = this.decideNode(node.nodeId, { type: 'ScheduleGeneration', reason, jobId, delayMs });
      if (scheduled?.type !== 'GenerationScheduled') continue;
      this.jobsToSend.push({
        id: jobId,
        courseMapId,
        nodeId: node.nodeId,
        attempt: scheduled.data.attempt,
        delayMs,
        ahead: reason === 'recovered',
      });
    }
  }

  /** What to append, each stream at the version it was read at; causes before effects. */
  appends(): DecidedAppend[] {
    const course: DecidedAppend = {
      stream: courseMapStream(this.#course.id),
      expectedVersion: this.#before.course.version,
      events: this.#courseEvents,
    };
    const nodes = [...this.#nodeEvents].map(([nodeId, events]): DecidedAppend => ({
      stream: nodeStream({ courseMapId: this.#course.id, nodeId }),
      expectedVersion: (this.#nodes.get(nodeId)?.version ?? 0) - events.length,
      events,
    }));
    // A plan is the cause of its nodes' events; a completed course is their effect.
    const isEffect = this.#courseEvents.some(({ type }) => type === 'CourseMapCompleted');
    return (isEffect ? [...nodes, course] : [course, ...nodes]).filter(({ events }) => events.length > 0);
  }
}

function reasonFor(node: NodeState): ScheduleReason {
  switch (node.lastEvent) {
    case null:
      return node.preRequisites.length === 0 ? 'planned' : 'prerequisites_met';
    case 'GenerationFailed':
      return 'retry';
    case 'RetryRequested':
      return 'operator';
    default:
      return 'recovered';
  }
}

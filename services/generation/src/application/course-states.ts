/**
 * The port to the projections, as decisions need them: locked, current, and shaped as the domain's states.
 */
import type { CourseRequest, NodeKey, Transaction } from '@coursewright/events';
import type { LockedCourse } from '../domain/course-decisions.ts';
import type { NodeState } from '../domain/node.ts';
import type { CardBrief } from './author.ts';

/** A course locked for deciding, and the request that its events belong to. */
export interface LoadedCourse extends LockedCourse {
  readonly correlationId: string;
}

export interface LockedCourses {
  readonly free: readonly LoadedCourse[];
  /** Ids of those that somebody else holds; nothing is known of them. */
  readonly held: ReadonlySet<string>;
}

export interface FreeNode {
  readonly courseMapId: string;
  readonly node: NodeState;
}

/** Work that recovery looks at: a node's attempt, or a course's planning (nodeId null). */
export interface HeldWork {
  readonly courseMapId: string;
  readonly nodeId: string | null;
  readonly workerId: string;
  readonly attempt: number;
}

/** An attempt that a worker believes to own. */
export interface HeldAttempt {
  readonly courseMapId: string;
  /** Null for planning. */
  readonly nodeId: string | null;
  /** The version of its own started event. */
  readonly startedVersion: number;
}

/** Which running attempts to look for. */
export type HeldBy =
  | { readonly by: 'worker'; readonly workerId: string }
  /** Whose deadline has passed, whoever holds them. */
  | { readonly by: 'overdue' }
  | { readonly by: 'anyone' };

export interface CourseStates {
  /**
   * Locks the rows of these courses and loads their nodes. Courses that do not exist are left out; those that somebody
   * else holds for longer than a commit takes are named, not waited for: one course that an operator holds in an open
   * transaction must not hold up the others. Whoever holds the lock is the only one who schedules nodes of the course.
   */
  lockFree(courseMapIds: readonly string[], transaction: Transaction): Promise<LockedCourses>;

  /** Locks those of the nodes that nobody else is changing, and returns them; the others are left out, not waited for. */
  lockFreeNodes(keys: readonly NodeKey[], transaction: Transaction): Promise<FreeNode[]>;

  /** What an author is told about these nodes, under {@link keyOfNode}. A node without a brief does not exist. */
  briefs(keys: readonly NodeKey[], transaction: Transaction): Promise<Map<string, CardBrief>>;

  /** What was asked for in these courses. */
  requests(courseMapIds: readonly string[], transaction: Transaction): Promise<Map<string, CourseRequest>>;

  /** At most `limit` running attempts, in order of course and node, after the given one. */
  findHeldWork(heldBy: HeldBy, after: HeldWork | null, limit: number): Promise<HeldWork[]>;

  /** Ids of courses with unfinished work, at most `limit` of them, in order of id, after the given id. */
  openCourses(after: string | null, limit: number): Promise<string[]>;

  /**
   * Of these attempts, the ones whose answer nobody waits for: somebody took them away, and on purpose, or what they work on is
   * done. One that was taken away because its worker seemed lost is not among them while its node is open: its answer, if
   * it comes first, is adopted.
   */
  pointlessAttempts(attempts: readonly HeldAttempt[]): Promise<HeldAttempt[]>;

  /** So many milliseconds from now, ISO 8601, by the database's clock: the only one that deadlines and outages are measured with. */
  instantIn(inMs: number, transaction: Transaction): Promise<string>;
}

/** A node's two ids as one, for a Map's key. */
export function keyOfNode({ courseMapId, nodeId }: NodeKey): string {
  return `${courseMapId}+${nodeId}`;
}

/** Locked nodes under {@link keyOfNode}. */
export function byKey(nodes: readonly FreeNode[]): Map<string, NodeState> {
  return new Map(nodes.map(({ courseMapId, node }) => [keyOfNode({ courseMapId, nodeId: node.nodeId }), node]));
}

/**
 * The course with these nodes in place of its own: they were read under their own locks, later than the course's, so they
 * are the ones to decide on.
 */
export function withLockedNodes(course: LoadedCourse, locked: ReadonlyMap<string, NodeState>): LoadedCourse {
  const courseMapId = course.course.id;
  return { ...course, nodes: course.nodes.map((node) => locked.get(keyOfNode({ courseMapId, nodeId: node.nodeId })) ?? node) };
}

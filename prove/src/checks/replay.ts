/**
 * Replays every course from its events, in the order of the log, by the pure fold of the domain, and compares what comes
 * out with the rows that the database keeps (I2–I7). A few hundred courses at a time, so memory does not grow with the log.
 */
import { codec, nodeOfStream, type CourseMapEvent, type MapNode, type NodeEvent, type StreamName } from '@coursewright/events';
import { evolveCourse, requestedCourse, type CourseState } from '@coursewright/generation/domain/course';
import { courseEventProblem, nodeEventProblem } from '@coursewright/generation/domain/history-rules';
import { cancelNode, evolveNode, plannedNode, type NodeState } from '@coursewright/generation/domain/node';
import { learnPrerequisites } from '@coursewright/generation/domain/ready-nodes';
import type { Findings } from '../findings.ts';
import type { Snapshot } from '../snapshot.ts';
import { compareCourse, type CourseRow, type NodeRow, type ReplayedCourse } from './projections.ts';

const COURSES_AT_A_TIME = 200;

const COURSES = `
  SELECT c.id, c.version, c.last_event, c.status, c.attempt, c.failures, c.outage_since, c.interruptions, c.worker_id, c.nodes, c.request, c.map_meta
  FROM course_map_states c
  WHERE $1::uuid IS NULL OR c.id > $1
  ORDER BY c.id
  LIMIT $2`;

const NODES = `
  SELECT n.course_map_id, n.node_id, n.place, n.node_type, n.pre_requisites, n.version, n.last_event, n.status, n.attempt,
         n.failures, n.outage_since, n.interruptions, n.worker_id, n.job_id, n.content_hash,
         n.content_hash IS NULL OR EXISTS (SELECT FROM artifacts a WHERE a.hash = n.content_hash) AS has_content
  FROM node_states n
  WHERE n.course_map_id = ANY ($1::uuid[])`;

// Both by index, course by course. In "C" order '+' is followed by ','.
const EVENTS = `
  SELECT wanted.id AS course_map_id, p.position, e.stream, e.version, e.type, e.schema_version, e.data
  FROM unnest($1::uuid[]) AS wanted (id)
  CROSS JOIN LATERAL (
    SELECT r.* FROM kept_events r WHERE r.stream = ('course_map-' || wanted.id) COLLATE "C"
    UNION ALL
    SELECT r.* FROM kept_events r
    WHERE r.stream > ('node-' || wanted.id || '+') COLLATE "C" AND r.stream < ('node-' || wanted.id || ',') COLLATE "C"
  ) e
  LEFT JOIN event_positions p ON p.event_id = e.id
  ORDER BY p.position`;

interface EventRow {
  readonly course_map_id: string;
  readonly position: string | null;
  readonly stream: StreamName;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
}

export interface Replayed {
  readonly courses: number;
  readonly nodes: number;
  readonly events: number;
}

/** @param onProgress told how many events were replayed so far */
export async function replayCourses(snapshot: Snapshot, findings: Findings, onProgress: (events: number) => void): Promise<Replayed> {
  let [after, courses, nodes, events]: [string | null, number, number, number] = [null, 0, 0, 0];
  for (;;) {
    const courseRows: CourseRow[] = await snapshot.query<CourseRow>(COURSES, [after, COURSES_AT_A_TIME]);
    if (courseRows.length === 0) return { courses, nodes, events };
    const ids = courseRows.map(({ id }) => id);
    const nodesOf = Map.groupBy(await snapshot.query<NodeRow>(NODES, [ids]), (row) => row.course_map_id);
    const eventsOf = Map.groupBy(await snapshot.query<EventRow>(EVENTS, [ids]), (row) => row.course_map_id);
    for (const row of courseRows) {
      const nodeRows = nodesOf.get(row.id) ?? [];
      const eventRows = eventsOf.get(row.id) ?? [];
      const replay = new CourseReplay(row.id, findings);
      for (const event of eventRows) replay.take(event);
      replay.end();
      compareCourse(replay, row, nodeRows, findings);
      courses += 1;
      nodes += nodeRows.length;
      events += eventRows.length;
    }
    after = ids.at(-1) ?? null;
    onProgress(events);
  }
}

/** One course, moved event by event. */
class CourseReplay implements ReplayedCourse {
  readonly nodes = new Map<string, NodeState>();
  readonly contentHashes = new Map<string, string>();
  course: CourseState | undefined;
  lastEvent: string | undefined;
  request: unknown;
  mapMeta: unknown = null;
  plannedNodes: readonly MapNode[] | null = null;
  readonly #id: string;
  readonly #findings: Findings;
  readonly #versions = new Map<string, number>();
  readonly #completions = new Map<string, number>();

  constructor(id: string, findings: Findings) {
    this.#id = id;
    this.#findings = findings;
  }

  take(row: EventRow): void {
    const { stream, version, position } = row;
    const expected = (this.#versions.get(stream) ?? 0) + 1;
    if (version !== expected) this.#findings.violation('I3', stream, `version ${version} where ${expected} comes next in the order of the log`);
    if (position === null) this.#findings.violation('I3', stream, `version ${version} has no position`);
    this.#versions.set(stream, version);

    let event: { readonly type: string; readonly data: unknown };
    try {
      event = codec.decode(row);
    } catch (error) {
      this.#findings.violation('I4', stream, `version ${version} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const nodeId = nodeOfStream(stream)?.nodeId;
    if (nodeId === undefined) this.#moveCourse(event as CourseMapEvent);
    else this.#moveNode(nodeId, stream, event as NodeEvent);
    this.#keep(row, nodeId);
  }

  end(): void {
    for (const [nodeId, times] of this.#completions) {
      if (times > 1) this.#findings.violation('I2', `node-${this.#id}+${nodeId}`, `completed ${times} times`);
    }
  }

  #moveCourse(event: CourseMapEvent): void {
    const stream = `course_map-${this.#id}`;
    if (this.course === undefined) {
      if (event.type !== 'CourseMapRequested') this.#findings.violation('I4', stream, `begins with ${event.type}`);
      this.course = requestedCourse(this.#id);
      return;
    }
    const problem = courseEventProblem(this.course, event);
    if (problem !== undefined) this.#findings.violation(invariantOf(problem), stream, problem);
    this.course = evolveCourse(this.course, event);
    if (event.type === 'CourseMapPlanned') for (const [place, node] of event.data.nodes.entries()) this.#plan(node, place + 1);
    if (event.type === 'CourseMapCancelled') for (const [id, node] of this.nodes) this.nodes.set(id, cancelNode(node));
  }

  /** As it is recorded, not as it is decoded: the row is compared with that. */
  #keep({ type, data }: EventRow, nodeId: string | undefined): void {
    const { request, map_meta: mapMeta, nodes, content_hash: hash } = data as Record<string, unknown>;
    if (nodeId === undefined) this.lastEvent = type;
    if (type === 'CourseMapRequested') this.request = request;
    if (type === 'CourseMapPlanned') [this.mapMeta, this.plannedNodes] = [mapMeta, nodes as MapNode[]];
    if (type === 'GenerationCompleted' && nodeId !== undefined) this.contentHashes.set(nodeId, String(hash));
  }

  #plan({ id, type, pre_requisites: preRequisites }: MapNode, place: number): void {
    this.nodes.set(id, plannedNode({ nodeId: id, type, place, preRequisites }));
  }

  #moveNode(nodeId: string, stream: string, event: NodeEvent): void {
    const node = this.nodes.get(nodeId);
    if (node === undefined) {
      this.#findings.violation('I4', stream, `${event.type} of a node that no map has at that moment`);
      return;
    }
    const problem = nodeEventProblem(node, event);
    if (problem !== undefined) this.#findings.violation(invariantOf(problem), stream, problem);
    if (event.type === 'GenerationScheduled') this.#checkParents(node, stream);
    if (event.type === 'GenerationCompleted') this.#completions.set(nodeId, (this.#completions.get(nodeId) ?? 0) + 1);
    this.nodes.set(nodeId, evolveNode(node, event));
  }

  /** At its first schedule only: what it builds on may be asked for again later. */
  #checkParents(node: NodeState, stream: string): void {
    if (node.attempt > 0) return;
    const open = learnPrerequisites(node, this.nodes).filter(({ status }) => status !== 'completed' && status !== 'failed');
    for (const { nodeId, status } of open) this.#findings.violation('I7', stream, `scheduled while ${nodeId}, which it builds on, is ${status}`);
  }
}

function invariantOf(problem: string): 'I4' | 'I5' {
  return problem.startsWith('attempt ') ? 'I5' : 'I4';
}

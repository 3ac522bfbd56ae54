/**
 * The projections, read and locked for decisions. Rows become the domain's states here and nowhere else.
 */
import type pg from 'pg';
import { courseMapStream, nodeStream, query, type CourseRequest, type NodeType } from '@coursewright/events';
import type { CourseStates, LoadedCourse } from '../application/course-states.ts';
import type { CourseStatus } from '../domain/course.ts';
import type { NodeState, NodeStatus } from '../domain/node.ts';
import { findHeldWork } from './held-work.ts';
import { OPEN_COURSES_PAGE } from './open-courses.ts';
import { briefsOf, type KeyIdeasRow, type PlannedCourseRow } from './card-briefs.ts';

const NODE_COLUMNS = `n.course_map_id, n.node_id, n.place, n.node_type, n.pre_requisites, n.version, n.last_event,
  n.status, n.attempt, n.failures, n.outage_since, n.interruptions, n.worker_id, n.job_id`;

const LOCK_FREE_COURSES = `
  SELECT l.id, l.held, l.version, l.status, l.attempt, l.failures, l.outage_since, l.interruptions, l.worker_id, l.correlation_id
  FROM lock_free_course_maps($1) l`;

// Course by course, by index: a plan that was made while the table was small would read all of it, for as long as the
// connection lives.
const LOAD_NODES = `
  SELECT ${NODE_COLUMNS}
  FROM unnest($1::uuid[]) AS wanted (id)
  CROSS JOIN LATERAL (SELECT * FROM node_states s WHERE s.course_map_id = wanted.id ORDER BY s.place OFFSET 0) n`;

const LOCK_FREE_NODES = `SELECT ${NODE_COLUMNS} FROM lock_free_nodes($1, $2) n`;

const LOAD_COURSES_OF_BRIEFS = `
  SELECT c.id, c.request, c.map_meta, c.nodes FROM course_map_states c WHERE c.id = ANY ($1::uuid[]) AND c.nodes IS NOT NULL`;

const LOAD_KEY_IDEAS = `
  SELECT n.course_map_id, n.node_id, a.key_ideas
  FROM node_states n
  JOIN artifacts a ON a.hash = n.content_hash
  WHERE n.course_map_id = ANY ($1::uuid[])`;

const LOAD_REQUESTS = 'SELECT c.id, c.request FROM course_map_states c WHERE c.id = ANY ($1::uuid[])';

// The event behind an attempt's own started event is the one that took it away.
const POINTLESS_ATTEMPTS = `
  SELECT held.place
  FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[]) WITH ORDINALITY
    AS held (course_map_id, node_id, version, stream, place)
  LEFT JOIN node_states n ON n.course_map_id = held.course_map_id AND n.node_id = held.node_id COLLATE "C"
  LEFT JOIN course_map_states c ON c.id = held.course_map_id AND held.node_id IS NULL
  LEFT JOIN kept_events taken ON taken.stream = held.stream COLLATE "C" AND taken.version = held.version + 1
  WHERE coalesce(n.version, c.version) IS DISTINCT FROM held.version
    AND NOT (coalesce(taken.data ->> 'cause', '') IN ('worker_lost', 'database_lost')
             AND coalesce(n.status IN ('pending', 'generating'), c.status IN ('requested', 'planning'), false))`;

const NOW = 'SELECT clock_timestamp() AS now';

interface NodeRow {
  course_map_id: string;
  node_id: string;
  place: number;
  node_type: NodeType;
  pre_requisites: string[];
  version: number;
  last_event: NodeState['lastEvent'];
  status: NodeStatus;
  attempt: number;
  failures: number;
  outage_since: Date | null;
  interruptions: number;
  worker_id: string | null;
  job_id: string | null;
}

interface CourseRow {
  id: string;
  held: boolean;
  version: number;
  status: CourseStatus;
  attempt: number;
  failures: number;
  outage_since: Date | null;
  interruptions: number;
  worker_id: string | null;
  correlation_id: string;
}

export function createPostgresCourseStates(pool: pg.Pool): CourseStates {
  return {
    async lockFree(courseMapIds, transaction) {
      const { rows } = await transaction.query<CourseRow>({
        name: 'courses-lock-free',
        text: LOCK_FREE_COURSES,
        values: [courseMapIds],
      });
      const [held, free] = [rows.filter((row) => row.held), rows.filter((row) => !row.held)];
      // A statement of its own, so that it sees what was committed while the lock was waited for.
      const nodes = await transaction.query<NodeRow>({ name: 'nodes-load', text: LOAD_NODES, values: [free.map(({ id }) => id)] });
      const nodesOf = Map.groupBy(nodes.rows, (row) => row.course_map_id);
      return {
        free: free.map((row) => courseOf(row, nodesOf.get(row.id) ?? [])),
        held: new Set(held.map(({ id }) => id)),
      };
    },

    async lockFreeNodes(keys, transaction) {
      const { rows } = await transaction.query<NodeRow>({
        name: 'nodes-lock-free',
        text: LOCK_FREE_NODES,
        values: [keys.map(({ courseMapId }) => courseMapId), keys.map(({ nodeId }) => nodeId)],
      });
      return rows.map((row) => ({ courseMapId: row.course_map_id, node: nodeOf(row) }));
    },

    async briefs(keys, transaction) {
      const ids = [...new Set(keys.map(({ courseMapId }) => courseMapId))];
      const courses = await transaction.query<PlannedCourseRow>({
        name: 'briefs-courses',
        text: LOAD_COURSES_OF_BRIEFS,
        values: [ids],
      });
      const ideas = await transaction.query<KeyIdeasRow>({ name: 'briefs-ideas', text: LOAD_KEY_IDEAS, values: [ids] });
      return briefsOf(keys, courses.rows, ideas.rows);
    },

    async requests(courseMapIds, transaction) {
      const { rows } = await transaction.query<{ id: string; request: CourseRequest }>({
        name: 'courses-requests',
        text: LOAD_REQUESTS,
        values: [courseMapIds],
      });
      return new Map(rows.map(({ id, request }) => [id, request]));
    },

    findHeldWork: (heldBy, after, limit) => findHeldWork(pool, heldBy, after, limit),

    async openCourses(after, limit) {
      const { rows } = await query<{ id: string }>(pool, {
        name: 'courses-open',
        text: OPEN_COURSES_PAGE,
        values: [after, limit],
      });
      return rows.map(({ id }) => id);
    },

    async pointlessAttempts(attempts) {
      const { rows } = await query<{ place: string }>(pool, {
        name: 'attempts-pointless',
        text: POINTLESS_ATTEMPTS,
        values: [
          attempts.map(({ courseMapId }) => courseMapId),
          attempts.map(({ nodeId }) => nodeId),
          attempts.map(({ startedVersion }) => startedVersion),
          attempts.map(({ courseMapId, nodeId }) =>
            nodeId === null ? courseMapStream(courseMapId) : nodeStream({ courseMapId, nodeId }),
          ),
        ],
      });
      const places = new Set(rows.map(({ place }) => Number(place)));
      return attempts.filter((_, index) => places.has(index + 1));
    },

    async instantIn(inMs, transaction) {
      const { rows } = await transaction.query<{ now: Date }>({ name: 'now', text: NOW });
      return new Date((rows[0]?.now.getTime() ?? Number.NaN) + inMs).toISOString();
    },
  };
}

function courseOf(row: CourseRow, nodes: readonly NodeRow[]): LoadedCourse {
  const { id, version, status, attempt, failures, interruptions } = row;
  return {
    course: { id, version, status, attempt, failures, outageSince: instantOf(row.outage_since), interruptions, workerId: row.worker_id },
    nodes: nodes.map(nodeOf),
    correlationId: row.correlation_id,
  };
}

function nodeOf(row: NodeRow): NodeState {
  return {
    nodeId: row.node_id,
    type: row.node_type,
    place: row.place,
    preRequisites: row.pre_requisites,
    status: row.status,
    version: row.version,
    lastEvent: row.last_event,
    attempt: row.attempt,
    failures: row.failures,
    outageSince: instantOf(row.outage_since),
    interruptions: row.interruptions,
    workerId: row.worker_id,
    jobId: row.job_id,
  };
}

function instantOf(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

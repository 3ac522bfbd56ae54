/**
 * Questions about courses. Read from the projections; nothing here folds events or decides anything.
 */
import type pg from 'pg';
import { query, type CourseRequest, type MapMeta, type MapNode, type Transaction } from '@coursewright/events';
import type { NamedStatement, Reader } from './reader.ts';

export interface CourseMapRow {
  readonly id: string;
  readonly version: number;
  readonly status: 'requested' | 'planning' | 'generating' | 'completed' | 'failed' | 'cancelled';
  readonly request: CourseRequest;
  readonly map_meta: MapMeta | null;
  readonly nodes: readonly MapNode[] | null;
  readonly error_code: string | null;
  readonly error: string | null;
  readonly created_at: Date;
  readonly tenant: string | null;
}

const COURSE_MAP = `
  SELECT c.id, c.version, c.status, c.request, c.map_meta, c.nodes, c.error_code, c.error, c.created_at, c.tenant
  FROM course_map_states c
  WHERE c.id = $1`;

// A plan, or the knowledge that there will be none.
const SETTLED_PLANS = `
  SELECT c.id, c.status, c.map_meta, c.nodes, c.error_code, c.error
  FROM course_map_states c
  WHERE c.id = ANY ($1::uuid[]) AND (c.nodes IS NOT NULL OR c.status IN ('failed', 'cancelled'))`;

const page = (conditions: string): string => `
  SELECT c.id, c.topic, c.level, c.mode, c.overall_status, c.learn_progress::float8 AS learn_progress,
         c.learn_nodes::int AS learn_nodes, c.learn_completed::int AS learn_completed,
         c.learn_failed::int AS learn_failed, c.map_meta ->> 'course_name' AS course_name, c.created_at,
         to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at_exactly, c.tenant
  FROM course_maps c
  WHERE ${conditions}
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT $1`;

export interface SettledPlan {
  readonly id: string;
  readonly status: CourseMapRow['status'];
  readonly map_meta: MapMeta | null;
  readonly nodes: readonly MapNode[] | null;
  readonly error_code: string | null;
  readonly error: string | null;
}

export interface ListedCourseMap {
  readonly id: string;
  readonly topic: string;
  readonly level: string;
  readonly mode: string;
  readonly overall_status: string;
  readonly learn_progress: number;
  readonly learn_nodes: number;
  readonly learn_completed: number;
  readonly learn_failed: number;
  readonly course_name: string | null;
  readonly created_at: Date;
  /** With the microseconds that a Date loses; for cursors, which must not skip what shares a millisecond. */
  readonly created_at_exactly: string;
  readonly tenant: string | null;
}

/** Where a page ended: the next begins behind it. */
export interface PageEnd {
  /** ISO 8601, to the microsecond. */
  readonly createdAt: string;
  readonly id: string;
}

/** Which courses are listed: those that meet all of it. */
export interface CourseFilter {
  readonly status?: OverallStatus | undefined;
  /** Asked for at or after, and before; ISO 8601. */
  readonly from?: string | undefined;
  readonly before?: string | undefined;
}

export type OverallStatus = 'initializing' | 'generating' | 'completed' | 'partial_failed' | 'failed' | 'cancelled';

/** The statuses that a course can have by itself while it has one with its nodes; by these there is an index. */
const OWN_STATUS: Readonly<Record<OverallStatus, readonly CourseMapRow['status'][]>> = {
  initializing: ['requested', 'planning'],
  generating: ['generating', 'completed'],
  completed: ['generating', 'completed'],
  partial_failed: ['generating', 'completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};

/** One statement for each question, so that each is planned for itself. */
function statementOf(after: PageEnd | undefined, { status, from, before }: CourseFilter, limit: number): NamedStatement {
  const values: unknown[] = [limit];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    ...(after === undefined ? [] : [`(c.created_at, c.id) < (${given(after.createdAt)}::timestamptz, ${given(after.id)}::uuid)`]),
    ...(from === undefined ? [] : [`c.created_at >= ${given(from)}::timestamptz`]),
    ...(before === undefined ? [] : [`c.created_at < ${given(before)}::timestamptz`]),
    ...(status === undefined ? [] : [`c.status IN (${OWN_STATUS[status].map((own) => `'${own}'`).join(', ')})`, `c.overall_status = '${status}'`]),
  ];
  const name = ['courses', status, after && 'after', from && 'from', before && 'before'].filter((part) => part !== undefined).join('-');
  return { name, text: page(conditions.join(' AND ') || 'true'), values };
}

/** Undefined when there is no such course. */
export async function findCourseMap(reader: Reader, id: string): Promise<CourseMapRow | undefined> {
  return (await reader.query<CourseMapRow>({ name: 'course-map', text: COURSE_MAP, values: [id] })).rows[0];
}

/** Newest first, behind `after`. */
export async function listCourseMaps(reader: Reader, filter: CourseFilter, after: PageEnd | undefined, limit: number): Promise<readonly ListedCourseMap[]> {
  return (await reader.query<ListedCourseMap>(statementOf(after, filter, limit))).rows;
}

/** Of these courses, whosever they are, the ones whose planning is over, by id. */
export async function findSettledPlans(pool: pg.Pool, ids: readonly string[]): Promise<Map<string, SettledPlan>> {
  const { rows } = await query<SettledPlan>(pool, { name: 'settled-plans', text: SETTLED_PLANS, values: [ids] });
  return new Map(rows.map((row) => [row.id, row]));
}

const HAS_ROOM = 'SELECT has_room_for_course($1, $2) AS has_room';

/** Whether a tenant may have one more course that is not over. When it may, whoever else of it asks waits until the transaction ends. */
export async function hasRoomForCourse(transaction: Transaction, tenant: string, most: number): Promise<boolean> {
  const { rows } = await transaction.query<{ has_room: boolean }>({ name: 'has-room', text: HAS_ROOM, values: [tenant, most] });
  return rows[0]?.has_room === true;
}

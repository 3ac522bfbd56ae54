/**
 * Questions about courses. Read from the projections; nothing here folds events or decides anything.
 */
import type pg from 'pg';
import { query, type CourseRequest, type MapMeta, type MapNode } from '@coursewright/events';

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
}

const COURSE_MAP = `
  SELECT c.id, c.version, c.status, c.request, c.map_meta, c.nodes, c.error_code, c.error, c.created_at
  FROM course_map_states c
  WHERE c.id = $1`;

// A plan, or the knowledge that there will be none.
const SETTLED_PLANS = `
  SELECT c.id, c.status, c.map_meta, c.nodes, c.error_code, c.error
  FROM course_map_states c
  WHERE c.id = ANY ($1::uuid[]) AND (c.nodes IS NOT NULL OR c.status IN ('failed', 'cancelled'))`;

const PAGE = `
  SELECT c.id, c.topic, c.level, c.mode, c.overall_status, c.learn_progress::float8 AS learn_progress,
         c.learn_nodes::int AS learn_nodes, c.learn_completed::int AS learn_completed,
         c.learn_failed::int AS learn_failed, c.map_meta ->> 'course_name' AS course_name, c.created_at,
         to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at_exactly
  FROM course_maps c
  WHERE $1::timestamptz IS NULL OR (c.created_at, c.id) < ($1, $2::uuid)
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT $3`;

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
}

/** Where a page ended: the next begins behind it. */
export interface PageEnd {
  /** ISO 8601, to the microsecond. */
  readonly createdAt: string;
  readonly id: string;
}

export interface CourseMapQueries {
  find(id: string): Promise<CourseMapRow | undefined>;
  /** Of these courses, the ones whose planning is over, by id. */
  settledPlans(ids: readonly string[]): Promise<Map<string, SettledPlan>>;
  /** Newest first, behind `after`. */
  list(after: PageEnd | undefined, limit: number): Promise<readonly ListedCourseMap[]>;
}

export function createCourseMapQueries(pool: pg.Pool): CourseMapQueries {
  return {
    async find(id) {
      const { rows } = await query<CourseMapRow>(pool, { name: 'course-map', text: COURSE_MAP, values: [id] });
      return rows[0];
    },
    async settledPlans(ids) {
      const { rows } = await query<SettledPlan>(pool, { name: 'settled-plans', text: SETTLED_PLANS, values: [ids] });
      return new Map(rows.map((row) => [row.id, row]));
    },
    async list(after, limit) {
      const { rows } = await query<ListedCourseMap>(pool, {
        name: 'course-map-page',
        text: PAGE,
        values: [after?.createdAt ?? null, after?.id ?? null, limit],
      });
      return rows;
    },
  };
}

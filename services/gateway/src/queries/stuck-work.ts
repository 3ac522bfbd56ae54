/**
 * What nobody alive is working on, and what taking work back would cost.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';

export interface StuckNode {
  readonly course_map_id: string;
  readonly node_id: string;
  readonly attempt: number;
  readonly worker_id: string;
  readonly started_at: Date;
  readonly deadline: Date;
  /** A sentence. */
  readonly why: string;
}

export interface TakenNode {
  readonly course_map_id: string;
  /** Null for the planning of a course. */
  readonly node_id: string | null;
  readonly attempt: number;
  readonly worker_id: string;
  readonly why: string;
  /** The most that its call in flight can have cost when its answer is lost; null without one, or without prices. */
  readonly greatest_cost: number | null;
}

// A sentence of its own for each, which looks at one node; the view as a whole would tell it of every node that waits.
const STUCK = `
  SELECT s.course_map_id, s.node_id, s.attempt, s.worker_id, s.started_at, s.deadline, coalesce(w.why, s.problem) AS why
  FROM (SELECT * FROM ops.stuck_nodes ORDER BY started_at, course_map_id, node_id LIMIT $1) s
  LEFT JOIN LATERAL (
    SELECT y.why FROM ops.why_waiting y WHERE y.course_map_id = s.course_map_id AND y.node_id = s.node_id OFFSET 0
  ) w ON true
  ORDER BY s.started_at, s.course_map_id, s.node_id`;

// In hand now: of the dead and the overdue, and with force of everybody. As recovery looks at them.
const TAKEN = `
  SELECT h.course_map_id, h.node_id, h.attempt, h.worker_id,
         CASE WHEN b.lock_key IS NULL THEN 'its worker is silent' WHEN h.deadline < clock_timestamp() THEN 'its deadline has passed'
              ELSE 'its worker is alive, and would lose it by force' END AS why,
         (SELECT sum((l.max_input_tokens * l.input_price + l.max_output_tokens * l.output_price) / 1000000)::float8
          FROM llm_calls l WHERE l.stream = h.stream AND l.status = 'in_flight') AS greatest_cost
  FROM (
    SELECT n.course_map_id, n.node_id, n.attempt, n.worker_id, n.deadline, 'node-' || n.course_map_id || '+' || n.node_id AS stream
    FROM node_states n WHERE n.status = 'generating'
    UNION ALL
    SELECT c.id, NULL, c.attempt, c.worker_id, c.deadline, 'course_map-' || c.id FROM course_map_states c WHERE c.status = 'planning'
  ) h
  LEFT JOIN workers w ON w.id = h.worker_id
  LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
  WHERE $1 OR b.lock_key IS NULL OR h.deadline < clock_timestamp()
  ORDER BY h.course_map_id, h.node_id NULLS FIRST
  LIMIT $2`;

/** The longest stuck first. */
export async function listStuckNodes(pool: pg.Pool, limit: number): Promise<readonly StuckNode[]> {
  return (await query<StuckNode & pg.QueryResultRow>(pool, { name: 'stuck-nodes', text: STUCK, values: [limit] })).rows;
}

/** What a recovery would take from its workers, at this moment. */
export async function listTakenNodes(pool: pg.Pool, force: boolean, limit: number): Promise<readonly TakenNode[]> {
  return (await query<TakenNode & pg.QueryResultRow>(pool, { name: 'taken-nodes', text: TAKEN, values: [force, limit] })).rows;
}

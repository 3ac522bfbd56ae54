/**
 * A course's progress: the question that is asked most often. The database writes the answer's JSON itself, and it
 * is passed on as it is: a fourth of the work of taking rows apart and putting them together again.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';

// row_to_json writes without spaces, in the order of the columns.
const PROGRESS = `
  SELECT row_to_json(document)::text AS progress
  FROM (
    SELECT c.id AS course_map_id,
           CASE
             WHEN c.status IN ('failed', 'cancelled') THEN c.status
             WHEN c.status IN ('requested', 'planning') THEN 'initializing'
             WHEN n.open > 0 THEN 'generating'
             WHEN n.failed > 0 THEN 'partial_failed'
             ELSE 'completed' END AS overall_status,
           CASE WHEN n.learn > 0 THEN round(n.completed::numeric / n.learn, 4) ELSE 0 END AS learn_progress,
           coalesce(n.nodes, '[]'::json) AS nodes_status,
           c.error
    FROM course_map_states c
    CROSS JOIN LATERAL (
      SELECT json_agg(row_to_json((SELECT shown FROM (SELECT s.node_id, s.type, s.status, s.error) shown))
                      ORDER BY s.place) AS nodes,
             count(*) FILTER (WHERE s.type = 'learn') AS learn,
             count(*) FILTER (WHERE s.status = 'completed') AS completed,
             count(*) FILTER (WHERE s.status = 'failed') AS failed,
             count(*) FILTER (WHERE s.status IN ('pending', 'generating')) AS open
      FROM (SELECT node_id, node_type AS type, status, error, place FROM node_states WHERE course_map_id = c.id) s
    ) n
    WHERE c.id = $1
  ) document`;

/** The progress document as JSON text; undefined when there is no such course. */
export async function findProgress(pool: pg.Pool, courseMapId: string): Promise<string | undefined> {
  const { rows } = await query<{ progress: string }>(pool, { name: 'progress', text: PROGRESS, values: [courseMapId] });
  return rows[0]?.progress;
}

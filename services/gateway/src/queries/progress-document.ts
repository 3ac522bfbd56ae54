/**
 * The document of a course's progress, as SQL: the same of how a course stands, and of how it stood.
 */

/**
 * Written by the database itself: row_to_json and array_to_json write without spaces, in the order of the columns.
 *
 * @param id the course's id, as SQL
 * @param nodes a FROM item of its nodes, and a condition on them, in terms of `s`
 * @returns joins behind a course `c` with its `status` and `error`; they add `n`, with the counts and `n.versions`, and `document`
 */
export function progressDocument(id: string, nodes: { readonly from: string; readonly where: string }): string {
  return `
  CROSS JOIN LATERAL (
    SELECT array_to_json(array_agg(row_of.shown ORDER BY s.place)) AS nodes,
           coalesce(sum(s.version), 0) AS versions,
           count(*) FILTER (WHERE s.node_type = 'learn') AS learn,
           count(*) FILTER (WHERE s.status = 'completed') AS completed,
           count(*) FILTER (WHERE s.status = 'failed') AS failed,
           count(*) FILTER (WHERE s.status IN ('pending', 'generating')) AS open
    FROM ${nodes.from} s
    CROSS JOIN LATERAL (SELECT shown FROM (SELECT s.node_id, s.node_type AS type, s.status, s.error) shown) row_of
    WHERE ${nodes.where}
  ) n
  CROSS JOIN LATERAL (
    SELECT ${id} AS course_map_id,
           CASE
             WHEN c.status IN ('failed', 'cancelled') THEN c.status
             WHEN c.status IN ('requested', 'planning') THEN 'initializing'
             WHEN n.open > 0 THEN 'generating'
             WHEN n.failed > 0 THEN 'partial_failed'
             ELSE 'completed' END AS overall_status,
           CASE WHEN n.learn > 0 THEN round(n.completed::numeric / n.learn, 4) ELSE 0 END AS learn_progress,
           coalesce(n.nodes, '[]'::json) AS nodes_status,
           c.error
  ) document`;
}

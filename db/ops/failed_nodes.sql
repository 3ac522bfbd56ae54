-- Purpose:   the nodes that failed for good, newest first, and what went wrong.
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/failed_nodes.sql

SELECT n.course_map_id, n.node_id, c.topic, n.failures, n.interruptions, n.error_code, n.error
FROM node_states n
JOIN course_maps c ON c.id = n.course_map_id
WHERE n.status = 'failed'
ORDER BY c.created_at DESC, n.place
LIMIT 200;

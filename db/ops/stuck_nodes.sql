-- Purpose:   nodes that are generating although their worker holds no beacon, or although their deadline has passed.
--            Recovery heals both by itself, within four seconds at most, so a row that is still here on the second look
--            means that no generation process is alive, or that its course cannot be recovered (see its log lines).
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/stuck_nodes.sql

SELECT n.course_map_id, n.node_id,
       CASE WHEN b.lock_key IS NULL THEN 'its worker is silent' ELSE 'its deadline has passed' END AS problem,
       n.worker_id, n.attempt, n.started_at, n.deadline
FROM node_states n
LEFT JOIN workers w ON w.id = n.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
WHERE n.status = 'generating' AND (b.lock_key IS NULL OR n.deadline < clock_timestamp())
ORDER BY n.started_at;

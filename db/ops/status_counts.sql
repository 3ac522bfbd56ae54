-- Purpose:   how many courses and nodes stand where; the first thing to look at.
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/status_counts.sql

SELECT overall_status, count(*) AS courses
FROM course_maps
GROUP BY overall_status
ORDER BY courses DESC, overall_status;

SELECT node_type, generation_status, count(*) AS nodes, min(generation_started_at) AS oldest_start
FROM node_contents
GROUP BY node_type, generation_status
ORDER BY node_type, nodes DESC, generation_status;

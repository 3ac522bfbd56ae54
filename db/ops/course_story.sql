-- Purpose:   everything that happened to one course and its nodes, in the order in which it happened.
-- Variables: course   the course's id
-- Example:   psql "$DATABASE_URL" -v course=6380a982-90b7-40ff-8907-8f4d0f84a94c -f db/ops/course_story.sql
-- Reads the course's streams by name, so it is quick however long the log is.

SELECT e.position, e.recorded_at, coalesce(nullif(split_part(e.stream, '+', 2), ''), '(course)') AS node,
       e.version, e.type, e.data ->> 'attempt' AS attempt, e.metadata ->> 'actor' AS actor,
       coalesce(e.data ->> 'cause', e.data ->> 'reason', e.data -> 'error' ->> 'code') AS why
FROM events e
WHERE e.stream IN (SELECT 'course_map-' || c.id
                   FROM course_map_states c
                   WHERE c.id = :'course'
                   UNION ALL
                   SELECT 'node-' || n.course_map_id || '+' || n.node_id
                   FROM node_states n
                   WHERE n.course_map_id = :'course')
ORDER BY e.position;

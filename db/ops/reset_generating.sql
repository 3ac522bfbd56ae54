-- Purpose:   takes every node of one course that is generating from its worker and has it generated again, as
--            recover-tasks?force=true does for all courses. The calls in flight are ended, and may be billed.
-- Variables: course   the course's id
-- Example:   psql "$DATABASE_URL" -v course=6380a982-90b7-40ff-8907-8f4d0f84a94c -f db/ops/reset_generating.sql
-- Nodes of dead workers need no reset: recovery finds them by itself. Needs coursewright_operator, or the owner.

UPDATE node_contents
SET generation_status = 'pending', generation_started_at = NULL
WHERE course_map_id = :'course' AND generation_status = 'generating'
RETURNING node_id, generation_status;

-- Up Migration

-- Courses of one status, newest first, without walking past all others.
CREATE INDEX course_map_states_by_status ON course_map_states (status, created_at DESC, id DESC);

-- The admin routes of the gateway show what operators see in psql.
GRANT SELECT ON ops.stuck_nodes, ops.why_waiting TO coursewright_service;
GRANT EXECUTE ON FUNCTION queued_jobs() TO coursewright_service;

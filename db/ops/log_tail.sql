-- Purpose:   the newest 50 events of the whole log, newest first.
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/log_tail.sql

SELECT position, recorded_at, stream, version, type, metadata ->> 'via' AS via, metadata ->> 'actor' AS actor
FROM events
ORDER BY position DESC
LIMIT 50;

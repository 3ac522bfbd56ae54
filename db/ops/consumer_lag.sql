-- Purpose:   how far each subscription is behind the head of the log, in events. A subscription that has seen nothing of
--            interest may stay up to 500 behind while the log is busy and catches up when it is quiet; a growing number
--            means that no generation process is alive, or that a batch fails again and again (see the log lines).
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/consumer_lag.sql

SELECT s.name, s.position, head.position AS head, head.position - s.position AS events_behind,
       clock_timestamp() - s.updated_at AS since_it_moved
FROM subscriptions s
CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM event_positions) head
ORDER BY events_behind DESC, s.name;

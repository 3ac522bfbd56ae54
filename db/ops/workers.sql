-- Purpose:   the generation processes: who is alive, since when, and with how much in hand. A process that is not
--            alive and never stopped by itself was killed; that is no trouble unless it still has something in hand.
--            leased_until: unless it speaks before then, the server takes it for gone and frees its lock.
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/workers.sql

SELECT id, host, pid, alive, leased_until, nodes_in_hand, plans_in_hand, started_at, stopped_at
FROM ops.workers
WHERE alive OR nodes_in_hand + plans_in_hand > 0 OR started_at > clock_timestamp() - interval '1 day'
ORDER BY alive DESC, started_at DESC;

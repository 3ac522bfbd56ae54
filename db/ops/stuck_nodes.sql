-- Purpose:   nodes that are generating although their worker holds no beacon, or although their deadline has passed.
--            Recovery heals both by itself, within four seconds at most, so a row that is still here on the second look
--            means that no generation process is alive, or that its course cannot be recovered (see its log lines).
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/stuck_nodes.sql

SELECT * FROM ops.stuck_nodes ORDER BY started_at;

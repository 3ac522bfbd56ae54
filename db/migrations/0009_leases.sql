-- Up Migration

-- A beacon is a lock and a lease: the server ends its session, and frees the lock, when the session says nothing for
-- longer than lease_ms (`idle_session_timeout`). So a process that is frozen, or cut off, is seen to be silent too.

ALTER TABLE workers ADD COLUMN lease_ms integer NOT NULL DEFAULT 1500 CONSTRAINT workers_lease CHECK (lease_ms > 0);

-- When the sessions that hold a beacon last spoke. As its owner, because others are not shown other roles' sessions.
CREATE FUNCTION beacon_beats() RETURNS TABLE (backend_pid integer, last_beat_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.pid, a.state_change
  FROM held_beacons b
  JOIN pg_stat_activity a ON a.pid = b.backend_pid
$$;
REVOKE ALL ON FUNCTION beacon_beats() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION beacon_beats() TO coursewright_service, coursewright_operator;

CREATE OR REPLACE VIEW ops.workers AS
SELECT w.id, w.host, w.pid, w.started_at, w.stopped_at, b.lock_key IS NOT NULL AS alive,
       (SELECT count(*) FROM node_states n WHERE n.worker_id = w.id AND n.status = 'generating') AS nodes_in_hand,
       (SELECT count(*) FROM course_map_states c WHERE c.worker_id = w.id AND c.status = 'planning') AS plans_in_hand,
       t.last_beat_at,
       t.last_beat_at + make_interval(secs => w.lease_ms / 1000.0) AS leased_until
FROM workers w
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
LEFT JOIN beacon_beats() t ON t.backend_pid = b.backend_pid;
COMMENT ON VIEW ops.workers IS
  'Each generation process: whether it holds its beacon, until when the server waits for its next word, and what it works on.';

-- Up Migration

-- Who is alive. Each generation process registers a row here, with an id of its own for every boot, and holds one
-- session-level advisory lock (class 7001, the row's lock_key) on a dedicated connection. When the process dies,
-- Postgres frees the lock at once; nobody writes a heartbeat. docs/recovery.md has the whole argument.

CREATE TABLE workers (
  id         text        PRIMARY KEY CONSTRAINT workers_id CHECK (id ~ '^[a-z][a-z0-9-]{0,62}$'),
  lock_key   integer     GENERATED ALWAYS AS IDENTITY UNIQUE,
  host       text        NOT NULL,
  pid        integer     NOT NULL,
  -- Which run of the database server the lock was last taken in. When it differs from the present one, the
  -- database went away, not the worker.
  db_epoch   text        NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  stopped_at timestamptz
);

CREATE FUNCTION database_epoch() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT extract(epoch FROM pg_postmaster_start_time())::text || '/' || (pg_control_checkpoint()).timeline_id::text
$$;

-- The lock keys that a living session holds.
CREATE VIEW held_beacons AS
SELECT l.objid::bigint::integer AS lock_key, l.pid AS backend_pid
FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = 7001 AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());

-- Workers that hold work and no beacon: dead, or cut off. One look proves nothing while sessions reconnect;
-- the caller looks twice.
CREATE FUNCTION silent_workers()
RETURNS TABLE (worker_id text, lock_key integer, database_restarted boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT w.id, w.lock_key, w.db_epoch <> database_epoch()
  FROM workers w
  WHERE w.id IN (SELECT n.worker_id FROM node_states n WHERE n.status = 'generating'
                 UNION ALL
                 SELECT c.worker_id FROM course_map_states c WHERE c.status IN ('requested', 'planning', 'generating'))
    AND NOT EXISTS (SELECT FROM held_beacons b WHERE b.lock_key = w.lock_key)
$$;

GRANT SELECT, INSERT, UPDATE (db_epoch, stopped_at) ON workers TO coursewright_service;
GRANT SELECT ON workers, held_beacons TO coursewright_service, coursewright_operator;

CREATE VIEW ops.workers AS
SELECT w.id, w.host, w.pid, w.started_at, w.stopped_at, b.lock_key IS NOT NULL AS alive,
       (SELECT count(*) FROM node_states n WHERE n.worker_id = w.id AND n.status = 'generating') AS nodes_in_hand
FROM workers w
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key;
COMMENT ON VIEW ops.workers IS 'Each generation process, whether it holds its beacon, and how many nodes it works on.';
GRANT SELECT ON ops.workers TO coursewright_operator;

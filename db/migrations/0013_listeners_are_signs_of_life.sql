-- Up Migration

-- A worker has two sessions that no proxy shares: its beacon and its listener. When its process dies both are gone at once;
-- when a connection breaks, one of them is. So whoever lost both needs less patience.

-- The workers that listen. As its owner, because others are not shown other roles' sessions. An owner that is not shown them
-- either (no superuser, not in pg_read_all_stats) finds nobody.
CREATE FUNCTION listening_workers() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT substr(a.application_name, length('coursewright-listener ') + 1)
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.application_name LIKE 'coursewright-listener %'
$$;
REVOKE ALL ON FUNCTION listening_workers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION listening_workers() TO coursewright_service, coursewright_operator;

-- listens: also true when no worker at all is seen to listen, for then there is no telling.
DROP FUNCTION silent_workers();
CREATE FUNCTION silent_workers()
RETURNS TABLE (worker_id text, lock_key integer, database_restarted boolean, listens boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT w.id, w.lock_key, w.db_epoch <> database_epoch(),
         w.id IN (SELECT l FROM listening_workers() l) OR NOT EXISTS (SELECT FROM listening_workers())
  FROM workers w
  WHERE w.id IN (SELECT h.worker_id FROM holders h)
    AND NOT EXISTS (SELECT FROM held_beacons b WHERE b.lock_key = w.lock_key)
$$;

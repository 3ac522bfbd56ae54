-- Up Migration

-- What recovery asks several times a second costs by what it finds, not by what is held: with a hundred thousand attempts
-- in hand, each of these read all of them.

-- The new ones first and the old ones dropped last: a DROP keeps every reader out until the end of its transaction.

-- Who holds what, in the order in which recovery pages through it.
CREATE INDEX node_states_held ON node_states (worker_id, course_map_id, node_id) WHERE status = 'generating';
CREATE INDEX course_map_states_held ON course_map_states (worker_id, id) WHERE status = 'planning';
-- Courses that are not over, in the order in which they are visited.
CREATE INDEX course_map_states_unfinished ON course_map_states (id) WHERE status IN ('requested', 'planning', 'generating');

-- Workers that hold anything. One step of an index for each, from one worker to the next: Postgres knows no other way to
-- find the few different values of a column without reading all of them.
CREATE VIEW holders AS
WITH RECURSIVE
  of_nodes (worker_id) AS (
    (SELECT n.worker_id FROM node_states n WHERE n.status = 'generating' ORDER BY n.worker_id LIMIT 1)
    UNION ALL
    SELECT (SELECT n.worker_id FROM node_states n WHERE n.status = 'generating' AND n.worker_id > h.worker_id
            ORDER BY n.worker_id LIMIT 1)
    FROM of_nodes h WHERE h.worker_id IS NOT NULL
  ),
  of_plannings (worker_id) AS (
    (SELECT c.worker_id FROM course_map_states c WHERE c.status = 'planning' ORDER BY c.worker_id LIMIT 1)
    UNION ALL
    SELECT (SELECT c.worker_id FROM course_map_states c WHERE c.status = 'planning' AND c.worker_id > h.worker_id
            ORDER BY c.worker_id LIMIT 1)
    FROM of_plannings h WHERE h.worker_id IS NOT NULL
  )
SELECT worker_id FROM of_nodes WHERE worker_id IS NOT NULL
UNION
SELECT worker_id FROM of_plannings WHERE worker_id IS NOT NULL;
GRANT SELECT ON holders TO coursewright_service, coursewright_operator;

CREATE OR REPLACE FUNCTION silent_workers()
RETURNS TABLE (worker_id text, lock_key integer, database_restarted boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT w.id, w.lock_key, w.db_epoch <> database_epoch()
  FROM workers w
  WHERE w.id IN (SELECT h.worker_id FROM holders h)
    AND NOT EXISTS (SELECT FROM held_beacons b WHERE b.lock_key = w.lock_key)
$$;

DROP INDEX node_states_generating;
DROP INDEX course_map_states_open;

-- Up Migration

-- What an operator is told is true of the very node: hints that do not lead into the next refusal, and a row count that
-- counts events. A row that the statement leaves as it is is not counted any more.

CREATE OR REPLACE FUNCTION update_node_contents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  -- What helps depends on how the node stands.
  hint constant text := CASE OLD.generation_status
    WHEN 'generating' THEN 'Set generation_status = ''pending'' to take it from its worker and have it generated again.'
    WHEN 'failed' THEN 'Set generation_status = ''pending'' to have it generated again.'
    WHEN 'completed' THEN 'A finished card stays as it is. To stop a course, POST /api/v1/course-map/{id}/cancel.'
    WHEN 'pending' THEN 'It is waiting for its turn already. To stop a course, POST /api/v1/course-map/{id}/cancel.'
    ELSE 'It stays as it is; only a generating or failed node can be set, to pending.' END;
  n node_states;
  v_event jsonb;
BEGIN
  IF (NEW.id, NEW.course_map_id, NEW.node_id, NEW.content_type, NEW.question_key, NEW.content_json,
      NEW.node_type, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.course_map_id, OLD.node_id, OLD.content_type, OLD.question_key, OLD.content_json,
      OLD.node_type, OLD.created_at)
     -- What an attempt left behind may be emptied along with its status, as people are used to; the fold does it anyway.
     OR NEW.generation_started_at <> OLD.generation_started_at OR NEW.generation_completed_at <> OLD.generation_completed_at
     OR NEW.generation_error <> OLD.generation_error
     OR (OLD.generation_started_at IS NULL AND NEW.generation_started_at IS NOT NULL)
     OR (OLD.generation_completed_at IS NULL AND NEW.generation_completed_at IS NOT NULL)
     OR (OLD.generation_error IS NULL AND NEW.generation_error IS NOT NULL)
  THEN
    PERFORM refuse_node_change(OLD.node_id, 'only generation_status can be changed',
      'A card is made by a worker, not by hand. ' || hint);
  END IF;
  IF NEW.generation_status IS NULL OR NEW.generation_status
     NOT IN ('pending', 'generating', 'completed', 'failed', 'cancelled', 'quiz_pending') THEN
    PERFORM refuse_node_change(OLD.node_id, format('%L is no generation_status', NEW.generation_status),
      'The statuses are pending, generating, completed, failed, cancelled and quiz_pending; ''pending'' is the one to set.');
  END IF;

  IF NEW.generation_status = OLD.generation_status THEN
    IF (NEW.generation_started_at, NEW.generation_completed_at, NEW.generation_error)
       IS DISTINCT FROM (OLD.generation_started_at, OLD.generation_completed_at, OLD.generation_error) THEN
      PERFORM refuse_node_change(OLD.node_id, 'what an attempt left behind cannot be changed by itself', hint);
    END IF;
    -- Nothing happens to it, so it does not count: UPDATE says how many nodes there are events for.
    RETURN NULL;
  END IF;
  IF NEW.generation_status <> 'pending' OR OLD.generation_status NOT IN ('generating', 'failed') THEN
    PERFORM refuse_node_change(OLD.node_id,
      format('%s cannot become %s', OLD.generation_status, NEW.generation_status), hint);
  END IF;

  SELECT s.* INTO STRICT n FROM node_states s
  WHERE s.course_map_id = OLD.course_map_id AND s.node_id = OLD.node_id COLLATE "C"
  FOR NO KEY UPDATE;
  -- It moved on while this statement waited for it: the row is no longer the one that the operator saw.
  IF n.status <> OLD.generation_status THEN
    RETURN NULL;
  END IF;

  IF (SELECT c.status FROM course_map_states c WHERE c.id = OLD.course_map_id) = 'cancelled' THEN
    PERFORM refuse_node_change(OLD.node_id, 'its course is cancelled', 'A cancelled course stays as it is; ask for a new one.');
  END IF;

  v_event := CASE OLD.generation_status
    WHEN 'generating' THEN jsonb_build_object(
      'type', 'GenerationInterrupted', 'schema_version', 1,
      'data', jsonb_build_object('attempt', n.attempt, 'cause', 'operator', 'worker_id', n.worker_id,
                                 'detected_after_ms', NULL))
    ELSE jsonb_build_object(
      'type', 'RetryRequested', 'schema_version', 1, 'data', jsonb_build_object('reason', 'operator'))
    END;
  PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'node-' || n.course_map_id || '+' || n.node_id,
    'expected_version', n.version,
    'metadata', jsonb_build_object('actor', session_user, 'via', 'psql',
                                   'correlation_id', gen_random_uuid(), 'causation_id', NULL),
    'events', jsonb_build_array(v_event))));
  NEW.generation_started_at := NULL;
  RETURN NEW;
END
$$;

-- Whoever recovers a dead worker's nodes holds its lock as well, shared with others who do; that is no sign of life.
CREATE OR REPLACE VIEW held_beacons AS
SELECT l.objid::bigint::integer AS lock_key, l.pid AS backend_pid
FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = 7001 AND l.objsubid = 2 AND l.granted AND l.mode = 'ExclusiveLock'
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());

-- A planning is work in hand as well.
CREATE OR REPLACE VIEW ops.workers AS
SELECT w.id, w.host, w.pid, w.started_at, w.stopped_at, b.lock_key IS NOT NULL AS alive,
       (SELECT count(*) FROM node_states n WHERE n.worker_id = w.id AND n.status = 'generating') AS nodes_in_hand,
       (SELECT count(*) FROM course_map_states c WHERE c.worker_id = w.id AND c.status = 'planning') AS plans_in_hand
FROM workers w
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key;
COMMENT ON VIEW ops.workers IS 'Each generation process, whether it holds its beacon, and how many nodes and plans it works on.';

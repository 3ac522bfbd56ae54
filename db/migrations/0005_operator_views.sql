-- Up Migration

-- What operators know by name: course_maps and node_contents. Reading them is plain SQL; an UPDATE of
-- generation_status becomes an event, with who did it, at COMMIT. A ROLLBACK leaves no trace.

CREATE VIEW course_maps AS
SELECT c.id, c.request ->> 'topic' AS topic, c.request ->> 'level' AS level, c.request ->> 'mode' AS mode,
       c.status,
       CASE
         WHEN c.status IN ('failed', 'cancelled') THEN c.status
         WHEN c.status IN ('requested', 'planning') THEN 'initializing'
         WHEN n.pending + n.generating > 0 THEN 'generating'
         WHEN n.failed > 0 THEN 'partial_failed'
         ELSE 'completed'
       END AS overall_status,
       CASE WHEN n.learn = 0 THEN 0 ELSE round(n.completed::numeric / n.learn, 4) END AS learn_progress,
       n.learn AS learn_nodes, n.completed AS learn_completed, n.failed AS learn_failed,
       n.generating AS learn_generating, n.pending AS learn_pending, n.quiz AS quiz_nodes,
       c.request, c.map_meta, c.nodes, c.error_code, c.error, c.correlation_id,
       c.created_at, c.planned_at, c.completed_at, c.cancelled_at
FROM course_map_states c
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE s.node_type = 'learn') AS learn,
         count(*) FILTER (WHERE s.node_type = 'quiz') AS quiz,
         count(*) FILTER (WHERE s.status = 'completed') AS completed,
         count(*) FILTER (WHERE s.status = 'failed') AS failed,
         count(*) FILTER (WHERE s.status = 'generating') AS generating,
         count(*) FILTER (WHERE s.status = 'pending') AS pending
  FROM node_states s
  WHERE s.course_map_id = c.id
) n;
COMMENT ON VIEW course_maps IS 'Every course with its progress.';

CREATE VIEW node_contents AS
SELECT md5('node-' || n.course_map_id || '+' || n.node_id)::uuid AS id,
       n.course_map_id,
       n.node_id::text AS node_id,
       CASE n.node_type WHEN 'learn' THEN 'knowledge_card' ELSE 'quiz' END AS content_type,
       -- Questions are not generated yet; the key under which they will be stored.
       CASE n.node_type WHEN 'quiz' THEN n.course_map_id || '/' || n.node_id END AS question_key,
       a.content AS content_json,
       n.status AS generation_status,
       n.started_at AS generation_started_at,
       n.completed_at AS generation_completed_at,
       n.error AS generation_error,
       n.node_type,
       n.created_at
FROM node_states n
LEFT JOIN artifacts a ON a.hash = n.content_hash;
COMMENT ON VIEW node_contents IS
  'Every node and its card. UPDATE … SET generation_status = ''pending'' has generating or failed nodes generated again.';

-- SQLSTATE CW004: a change that makes no sense.
CREATE FUNCTION refuse_node_change(p_node text, p_problem text, p_hint text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'node %: %', p_node, p_problem USING ERRCODE = 'CW004', HINT = p_hint;
END
$$;

CREATE FUNCTION update_node_contents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
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
      'A card is made by a worker, not by hand. Set generation_status = ''pending'' to have the node generated again.');
  END IF;
  IF NEW.generation_status IS NULL OR NEW.generation_status
     NOT IN ('pending', 'generating', 'completed', 'failed', 'cancelled', 'quiz_pending') THEN
    PERFORM refuse_node_change(OLD.node_id, format('%L is no generation_status', NEW.generation_status),
      'The statuses are pending, generating, completed, failed, cancelled and quiz_pending; ''pending'' is the one to set.');
  END IF;

  IF NEW.generation_status = OLD.generation_status THEN
    IF (NEW.generation_started_at, NEW.generation_completed_at, NEW.generation_error)
       IS DISTINCT FROM (OLD.generation_started_at, OLD.generation_completed_at, OLD.generation_error) THEN
      PERFORM refuse_node_change(OLD.node_id, 'what an attempt left behind cannot be changed by itself',
        'Set generation_status = ''pending'' to have the node generated again.');
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.generation_status <> 'pending' OR OLD.generation_status NOT IN ('generating', 'failed') THEN
    PERFORM refuse_node_change(OLD.node_id,
      format('%s cannot become %s', OLD.generation_status, NEW.generation_status),
      'A generating or failed node can be set to pending. To stop a course, POST /api/v1/course-map/{id}/cancel.');
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

CREATE TRIGGER node_contents_update
  INSTEAD OF UPDATE ON node_contents
  FOR EACH ROW EXECUTE FUNCTION update_node_contents();

GRANT SELECT ON course_maps, node_contents TO coursewright_service, coursewright_operator;
GRANT UPDATE ON node_contents TO coursewright_operator;

-- A person who forgets an open transaction holds up only the nodes it touches, and not for ever. The services set
-- shorter limits of their own.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '5min');
END
$$;

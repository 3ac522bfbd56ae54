-- Up Migration

-- The operator's shelf: views that answer the questions behind an incident, and commands that are events, with who gave them
-- and why. docs/operations.md says which incident each is for.

-- ── Why ──────────────────────────────────────────────────────────────────────────────────────────────────────

-- The reason that an operator gave in this transaction, for an event's metadata; nothing when none was given. By ops.… commands,
-- or by hand before an UPDATE: SET LOCAL coursewright.reason = 'the provider is back'.
CREATE FUNCTION stated_reason() RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN btrim(coalesce(current_setting('coursewright.reason', true), '')) = '' THEN '{}'
              ELSE jsonb_build_object('reason', left(btrim(current_setting('coursewright.reason', true)), 500)) END
$$;

-- SQLSTATE CW004: a change that makes no sense.
CREATE FUNCTION state_reason(p_what text, p_reason text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF coalesce(btrim(p_reason), '') = '' THEN
    PERFORM refuse_node_change(p_what, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  PERFORM set_config('coursewright.reason', p_reason, true);
END
$$;

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
                                   'correlation_id', gen_random_uuid(), 'causation_id', NULL) || stated_reason(),
    'events', jsonb_build_array(v_event))));
  NEW.generation_started_at := NULL;
  RETURN NEW;
END
$$;

-- ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Has a generating or failed node generated again.
CREATE FUNCTION ops.reset_node(course uuid, node text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM state_reason(node, reason);
  IF NOT EXISTS (SELECT FROM node_states n WHERE n.course_map_id = course AND n.node_id = node COLLATE "C") THEN
    PERFORM refuse_node_change(node, format('course %s has none of this id', course), 'SELECT node_id FROM node_contents WHERE course_map_id = …');
  END IF;
  UPDATE node_contents n SET generation_status = 'pending'
  WHERE n.course_map_id = course AND n.node_id = node AND n.generation_status IN ('generating', 'failed');
  IF NOT FOUND THEN
    PERFORM refuse_node_change(node, 'is neither generating nor failed', 'SELECT * FROM ops.why_waiting says what it waits for.');
  END IF;
END
$$;

-- Has every failed node of a course generated again; returns how many there were.
CREATE FUNCTION ops.retry_failed(course uuid, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM state_reason(course::text, reason);
  IF NOT EXISTS (SELECT FROM course_map_states c WHERE c.id = course) THEN
    PERFORM refuse_node_change(course::text, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  UPDATE node_contents n SET generation_status = 'pending' WHERE n.course_map_id = course AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;

-- The same for every failure of one kind, by its fingerprint in ops.recent_failures: what a provider's bad hour has left.
CREATE FUNCTION ops.retry_failures(fingerprint text, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM state_reason('failures ' || fingerprint, reason);
  UPDATE node_contents n SET generation_status = 'pending'
  FROM node_states s
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint
    AND n.course_map_id = s.course_map_id AND n.node_id = s.node_id AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;

-- Stops a course. What is finished stays; a course that is cancelled already stays so.
CREATE FUNCTION ops.cancel_course(course uuid, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  c course_map_states;
BEGIN
  PERFORM state_reason(course::text, reason);
  SELECT s.* INTO c FROM course_map_states s WHERE s.id = course FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_node_change(course::text, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  IF c.status = 'cancelled' THEN
    RETURN;
  END IF;
  IF c.status IN ('completed', 'failed') THEN
    PERFORM refuse_node_change(course::text, format('its course is %s', c.status), 'What is over cannot be cancelled.');
  END IF;
  PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'course_map-' || c.id,
    'expected_version', c.version,
    'metadata', jsonb_build_object('actor', session_user, 'via', 'psql', 'correlation_id', c.correlation_id, 'causation_id', NULL) || stated_reason(),
    'events', jsonb_build_array(jsonb_build_object('type', 'CourseMapCancelled', 'schema_version', 1,
                                                   'data', jsonb_build_object('reason', left(btrim(reason), 500)))))));
END
$$;

-- ── Failures ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Failures of one kind have one fingerprint: the code, and the message without what differs from one to the next.
CREATE FUNCTION error_fingerprint(p_code text, p_message text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT left(md5(coalesce(p_code, '') || regexp_replace(coalesce(p_message, ''), '[0-9a-f]{8,}|[0-9]+', '#', 'gi')), 8)
$$;

CREATE VIEW ops.recent_failures AS
SELECT error_fingerprint(f.code, f.message) AS fingerprint, f.code, min(f.message) AS example, count(*) AS failures,
       count(*) FILTER (WHERE f.final) AS final_failures, count(DISTINCT f.stream) AS streams,
       count(*) FILTER (WHERE n.status = 'failed') AS still_failed,
       min(f.recorded_at) AS first_at, max(f.recorded_at) AS last_at
FROM (
  SELECT e.stream, e.recorded_at, e.data -> 'error' ->> 'code' AS code, e.data -> 'error' ->> 'message' AS message,
         (e.data ->> 'final')::boolean AS final, e.version
  FROM event_positions p
  CROSS JOIN LATERAL (SELECT * FROM recorded_events r WHERE r.id = p.event_id OFFSET 0) e
  WHERE p.position > position_at(clock_timestamp() - interval '1 day') AND e.type IN ('GenerationFailed', 'CourseMapPlanningFailed')
) f
LEFT JOIN node_states n ON f.stream = 'node-' || n.course_map_id || '+' || n.node_id AND n.version = f.version AND n.status = 'failed'
GROUP BY 1, 2;
COMMENT ON VIEW ops.recent_failures IS
  'What failed in the last day, by kind. ops.retry_failures(fingerprint, reason) has the nodes that are still failed generated again.';

-- ── The queue ────────────────────────────────────────────────────────────────────────────────────────────────

-- Late bound, because the queue's own tables are installed behind the migrations.
CREATE FUNCTION queued_jobs() RETURNS TABLE (id uuid, queue text, state text, priority integer, created_on timestamptz, start_after timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT j.id, j.name, j.state::text, j.priority, j.created_on, j.start_after FROM pgboss.job j
               WHERE j.name IN ('generate-node', 'plan-course-map') AND j.state < 'completed';
END
$$;
REVOKE ALL ON FUNCTION queued_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queued_jobs() TO coursewright_operator;

CREATE VIEW ops.queue AS
SELECT j.queue,
       count(*) FILTER (WHERE j.state <> 'active' AND j.start_after <= clock_timestamp()) AS ready,
       count(*) FILTER (WHERE j.state <> 'active' AND j.start_after > clock_timestamp()) AS delayed,
       count(*) FILTER (WHERE j.state = 'active') AS running,
       clock_timestamp() - min(j.start_after) FILTER (WHERE j.state <> 'active' AND j.start_after <= clock_timestamp()) AS oldest_ready,
       min(j.start_after) FILTER (WHERE j.state <> 'active' AND j.start_after > clock_timestamp()) - clock_timestamp() AS next_delayed
FROM queued_jobs() j
GROUP BY j.queue;
COMMENT ON VIEW ops.queue IS 'What is ready for a worker, what waits for its next try, what runs, and how long the oldest is ready.';

-- ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────

-- An interval as people say it: 14 s, 3 min, 2 h.
CREATE FUNCTION for_people(p_interval interval) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_interval IS NULL THEN 'an unknown time'
    WHEN p_interval < interval '0' THEN '0 s'
    WHEN p_interval < interval '2 min' THEN round(extract(epoch FROM p_interval)) || ' s'
    WHEN p_interval < interval '2 h' THEN round(extract(epoch FROM p_interval) / 60) || ' min'
    ELSE round(extract(epoch FROM p_interval) / 3600) || ' h'
  END
$$;

CREATE FUNCTION times(p_count integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_count WHEN 1 THEN 'once' WHEN 2 THEN 'twice' ELSE p_count || ' times' END
$$;

-- ── Nodes ────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW ops.stuck_nodes AS
SELECT n.course_map_id, n.node_id,
       CASE WHEN b.lock_key IS NULL THEN 'its worker is silent' ELSE 'its deadline has passed' END AS problem,
       n.worker_id, n.attempt, n.started_at, n.deadline
FROM node_states n
LEFT JOIN workers w ON w.id = n.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
WHERE n.status = 'generating' AND (b.lock_key IS NULL OR n.deadline < clock_timestamp());
COMMENT ON VIEW ops.stuck_nodes IS
  'Nodes that nobody alive works on. Recovery heals them within seconds: who is still here on the second look needs somebody.';

-- One sentence for each node that is not done, and the cause as a word. Read from the projections and the queue alone.
CREATE VIEW ops.why_waiting AS
SELECT n.course_map_id, n.node_id, why.cause,
  CASE why.cause
    WHEN 'held' THEN format('attempt %s is with worker %s, which is alive, since %s; its deadline is in %s', n.attempt, n.worker_id,
      for_people(clock_timestamp() - n.started_at), for_people(n.deadline - clock_timestamp()))
    WHEN 'worker_silent' THEN format('attempt %s is with worker %s, which is silent; recovery takes it back', n.attempt, n.worker_id)
    WHEN 'overdue' THEN format('attempt %s is with worker %s and past its deadline; recovery takes it back', n.attempt, n.worker_id)
    WHEN 'backoff' THEN format('failed %s with %s; next try in %s', times(n.failures), n.error_code, for_people(j.start_after - clock_timestamp()))
    WHEN 'queued' THEN format('in the queue since %s%s', for_people(clock_timestamp() - j.start_after),
      CASE WHEN n.failures + n.interruptions = 0 THEN '' ELSE format(', after %s failed and %s interrupted', times(n.failures), times(n.interruptions)) END)
    WHEN 'job_gone' THEN 'its job is gone; the reconciler sends it again within ten seconds'
    WHEN 'prerequisites' THEN 'waits for ' || before.them
    WHEN 'course_limit' THEN format('its prerequisites are done; %s of its course run or are queued, and it waits for its turn', around.busy)
    ELSE 'is ready, and about to be queued'
  END AS why,
  n.attempt, n.failures, n.interruptions, n.worker_id, n.error_code, n.error
FROM node_states n
JOIN course_map_states c ON c.id = n.course_map_id AND c.status = 'generating'
LEFT JOIN workers w ON w.id = n.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
LEFT JOIN queued_jobs() j ON j.id = n.job_id AND n.status = 'pending'
CROSS JOIN LATERAL (
  SELECT string_agg(format('node %s, which %s', p.node_id, CASE p.status
           WHEN 'generating' THEN 'is generating'
           WHEN 'failed' THEN format('failed %s with %s', times(p.failures), coalesce(p.error_code, 'an error'))
           WHEN 'pending' THEN CASE WHEN p.failures > 0 THEN format('failed %s and is tried again', times(p.failures)) ELSE 'is waiting itself' END
           ELSE 'is ' || p.status END), '; ' ORDER BY p.place) AS them
  FROM node_states p
  WHERE p.course_map_id = n.course_map_id AND p.node_id = ANY (n.pre_requisites) AND p.node_type = 'learn' AND p.status <> 'completed'
) before
CROSS JOIN LATERAL (
  SELECT count(*) AS busy FROM node_states o
  WHERE o.course_map_id = n.course_map_id AND (o.status = 'generating' OR o.status = 'pending' AND o.last_event = 'GenerationScheduled')
) around
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN n.status = 'generating' AND b.lock_key IS NULL THEN 'worker_silent'
    WHEN n.status = 'generating' AND n.deadline < clock_timestamp() THEN 'overdue'
    WHEN n.status = 'generating' THEN 'held'
    WHEN n.last_event = 'GenerationScheduled' AND j.id IS NULL THEN 'job_gone'
    WHEN n.last_event = 'GenerationScheduled' AND j.start_after > clock_timestamp() THEN 'backoff'
    WHEN n.last_event = 'GenerationScheduled' THEN 'queued'
    WHEN before.them IS NOT NULL THEN 'prerequisites'
    WHEN around.busy > 0 THEN 'course_limit'
    ELSE 'about_to_be_queued'
  END AS cause
) why
WHERE n.node_type = 'learn' AND n.status IN ('pending', 'generating')
UNION ALL
SELECT c.id, NULL, CASE WHEN c.status = 'requested' THEN 'not_planned' WHEN b.lock_key IS NULL THEN 'worker_silent' ELSE 'planning' END,
  CASE
    WHEN c.status = 'requested' AND c.failures > 0 THEN format('its planning failed %s with %s and is tried again', times(c.failures), c.error_code)
    WHEN c.status = 'requested' THEN format('waits since %s to be planned', for_people(clock_timestamp() - c.created_at))
    WHEN b.lock_key IS NULL THEN format('planning attempt %s is with worker %s, which is silent; recovery takes it back', c.attempt, c.worker_id)
    ELSE format('is being planned by worker %s, which is alive; the deadline is in %s', c.worker_id, for_people(c.deadline - clock_timestamp()))
  END,
  c.attempt, c.failures, c.interruptions, c.worker_id, c.error_code, c.error
FROM course_map_states c
LEFT JOIN workers w ON w.id = c.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
WHERE c.status IN ('requested', 'planning');
COMMENT ON VIEW ops.why_waiting IS 'Why each unfinished node (node_id NULL: the course itself) is waiting, in a sentence, and its cause in a word.';

-- ── Courses and money ────────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW ops.course_progress AS
SELECT m.id, m.topic, m.overall_status, m.learn_progress, m.learn_completed, m.learn_nodes, m.learn_generating, m.learn_pending, m.learn_failed,
       m.created_at, clock_timestamp() - m.created_at AS age, coalesce(m.completed_at, m.cancelled_at) - m.created_at AS took
FROM course_maps m;
COMMENT ON VIEW ops.course_progress IS 'Every course: how far it is, how old, and how long it took.';

CREATE VIEW ops.spend AS
SELECT date_trunc('day', l.asked_at) AS day, substr(l.stream, CASE WHEN starts_with(l.stream, 'node-') THEN 6 ELSE 12 END, 36)::uuid AS course_map_id,
       count(*) AS calls, count(*) FILTER (WHERE l.status = 'answered') AS answered, count(*) FILTER (WHERE l.status = 'in_doubt') AS in_doubt,
       sum(l.input_tokens) AS input_tokens, sum(l.output_tokens) AS output_tokens,
       sum(l.cost) AS cost, sum(l.greatest_cost) FILTER (WHERE l.status = 'in_doubt') AS greatest_cost_in_doubt
FROM ops.llm_calls l
GROUP BY 1, 2;
COMMENT ON VIEW ops.spend IS 'Calls, tokens and cost by day and course, for as long as the journal keeps its calls.';

GRANT SELECT ON ops.recent_failures, ops.queue, ops.stuck_nodes, ops.why_waiting, ops.course_progress, ops.spend TO coursewright_operator;

REVOKE ALL ON FUNCTION ops.reset_node(uuid, text, text), ops.retry_failed(uuid, text), ops.retry_failures(text, text),
  ops.cancel_course(uuid, text), state_reason(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.reset_node(uuid, text, text), ops.retry_failed(uuid, text), ops.retry_failures(text, text),
  ops.cancel_course(uuid, text) TO coursewright_operator;

-- Whoever looks through a view of ops sees what he may see himself, and no more.
ALTER VIEW ops.workers SET (security_invoker = true);
ALTER VIEW ops.llm_calls SET (security_invoker = true);
ALTER VIEW ops.subscription_lag SET (security_invoker = true);
ALTER VIEW ops.parked_streams SET (security_invoker = true);
ALTER VIEW ops.recent_failures SET (security_invoker = true);
ALTER VIEW ops.queue SET (security_invoker = true);
ALTER VIEW ops.stuck_nodes SET (security_invoker = true);
ALTER VIEW ops.why_waiting SET (security_invoker = true);
ALTER VIEW ops.course_progress SET (security_invoker = true);
ALTER VIEW ops.spend SET (security_invoker = true);

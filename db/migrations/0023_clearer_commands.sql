-- Up Migration

-- Commands of operators: refused by the name of what they are for, with a hint that helps; without an effect they leave no event;
-- and a stream that is parked by hand is not taken for one that failed.

-- SQLSTATE CW004, a change that makes no sense: of a course, of failures, or of a node by its full name.
CREATE FUNCTION refuse_command(p_what text, p_problem text, p_hint text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '%: %', p_what, p_problem USING ERRCODE = 'CW004', HINT = p_hint;
END
$$;

CREATE OR REPLACE FUNCTION refuse_node_change(p_node text, p_problem text, p_hint text) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT refuse_command('node ' || p_node, p_problem, p_hint)
$$;

CREATE OR REPLACE FUNCTION state_reason(p_what text, p_reason text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF coalesce(btrim(p_reason), '') = '' THEN
    PERFORM refuse_command(p_what, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  PERFORM set_config('coursewright.reason', p_reason, true);
END
$$;

-- ── Courses and nodes ────────────────────────────────────────────────────────────────────────────────────────

CREATE OR REPLACE FUNCTION ops.reset_node(course uuid, node text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_what constant text := format('node %s of course %s', node, course);
  v_status text;
BEGIN
  PERFORM state_reason(v_what, reason);
  UPDATE node_contents n SET generation_status = 'pending'
  WHERE n.course_map_id = course AND n.node_id = node AND n.generation_status IN ('generating', 'failed');
  IF FOUND THEN
    RETURN;
  END IF;
  SELECT n.generation_status INTO v_status FROM node_contents n WHERE n.course_map_id = course AND n.node_id = node;
  IF NOT FOUND THEN
    PERFORM refuse_command(v_what, 'there is none of this id', format('SELECT node_id FROM node_contents WHERE course_map_id = %L.', course));
  END IF;
  PERFORM refuse_command(v_what, format('is %s', v_status), CASE v_status
    WHEN 'pending' THEN format('SELECT why FROM ops.why_waiting WHERE course_map_id = %L AND node_id = %L says what it waits for.', course, node)
    WHEN 'completed' THEN 'A finished card stays as it is.'
    ELSE 'Only a node that is generating or failed can be generated again.' END);
END
$$;

CREATE OR REPLACE FUNCTION ops.retry_failed(course uuid, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM state_reason('course ' || course, reason);
  IF NOT EXISTS (SELECT FROM course_map_states c WHERE c.id = course) THEN
    PERFORM refuse_command('course ' || course, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  UPDATE node_contents n SET generation_status = 'pending' WHERE n.course_map_id = course AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;

CREATE OR REPLACE FUNCTION ops.retry_failures(fingerprint text, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_what constant text := 'failures of fingerprint ' || coalesce(fingerprint, 'NULL');
  v_count integer;
  v_archived integer;
BEGIN
  PERFORM state_reason(v_what, reason);
  UPDATE node_contents n SET generation_status = 'pending'
  FROM node_states s
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint
    AND NOT is_archived(s.course_map_id)
    AND n.course_map_id = s.course_map_id AND n.node_id = s.node_id AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  SELECT count(*) INTO v_archived FROM node_states s
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint AND is_archived(s.course_map_id);
  IF v_count + v_archived = 0 THEN
    PERFORM refuse_command(v_what, 'no failed node has it', 'SELECT fingerprint, still_failed FROM ops.recent_failures.');
  ELSIF v_count = 0 THEN
    PERFORM refuse_command(v_what, format('all %s of its nodes are in archived courses', v_archived), 'pnpm db:archive --restore <course> brings one back.');
  ELSIF v_archived > 0 THEN
    RAISE NOTICE '% more are in archived courses, and stay as they are', v_archived;
  END IF;
  RETURN v_count;
END
$$;

CREATE OR REPLACE FUNCTION ops.cancel_course(course uuid, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  c course_map_states;
BEGIN
  PERFORM state_reason('course ' || coalesce(course::text, 'NULL'), reason);
  SELECT s.* INTO c FROM course_map_states s WHERE s.id = course FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_command('course ' || coalesce(course::text, 'NULL'), 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  IF c.status = 'cancelled' THEN
    RAISE NOTICE 'course % is cancelled already', course;
    RETURN;
  END IF;
  IF c.status IN ('completed', 'failed') THEN
    PERFORM refuse_command('course ' || course, format('is %s', c.status), 'What is over cannot be cancelled.');
  END IF;
  PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'course_map-' || c.id,
    'expected_version', c.version,
    'metadata', jsonb_build_object('actor', session_user, 'via', 'psql', 'correlation_id', c.correlation_id, 'causation_id', NULL) || stated_reason(),
    'events', jsonb_build_array(jsonb_build_object('type', 'CourseMapCancelled', 'schema_version', 1,
                                                   'data', jsonb_build_object('reason', left(btrim(reason), 500)))))));
END
$$;

CREATE OR REPLACE FUNCTION restore_course(p_course uuid) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off SET lock_timeout = '2s' AS $$
DECLARE
  v_range record;
  v_moved bigint;
  v_events bigint := 0;
BEGIN
  PERFORM FROM course_map_states c WHERE c.id = p_course FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_command('course ' || p_course, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  FOR v_range IN SELECT * FROM streams_of_course(p_course) LOOP
    INSERT INTO recorded_events OVERRIDING SYSTEM VALUE SELECT e.* FROM archived_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    DELETE FROM archived_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    v_events := v_events + v_moved;
  END LOOP;
  RETURN v_events;
END
$$;

-- ── Subscriptions ────────────────────────────────────────────────────────────────────────────────────────────

-- The reason is in the data of every event of these now.
DROP FUNCTION record_for_subscription(text, text, jsonb, text);
CREATE FUNCTION record_for_subscription(p_name text, p_type text, p_data jsonb) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'subscription-' || p_name,
    'expected_version', coalesce((SELECT max(e.version) FROM recorded_events e WHERE e.stream = 'subscription-' || p_name), 0),
    'metadata', jsonb_build_object('correlation_id', 'subscription-' || p_name || '/' || txid_current(), 'causation_id', NULL,
                                   'actor', session_user, 'via', 'psql'),
    'events', jsonb_build_array(jsonb_build_object('type', p_type, 'schema_version', 1, 'data', p_data)))))
$$;
REVOKE ALL ON FUNCTION record_for_subscription(text, text, jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION ops.pause_subscription(name text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM lock_subscription(pause_subscription.name, reason);
  IF NOT EXISTS (SELECT FROM subscriptions s WHERE s.name = pause_subscription.name AND s.paused_at IS NULL) THEN
    RAISE NOTICE 'subscription % is paused already', pause_subscription.name;
    RETURN;
  END IF;
  PERFORM record_for_subscription(pause_subscription.name, 'SubscriptionPaused', jsonb_build_object('reason', reason));
  UPDATE subscriptions s SET paused_at = coalesce(s.paused_at, clock_timestamp()) WHERE s.name = pause_subscription.name;
END
$$;

CREATE OR REPLACE FUNCTION ops.resume_subscription(name text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM lock_subscription(resume_subscription.name, reason);
  IF NOT EXISTS (SELECT FROM subscriptions s WHERE s.name = resume_subscription.name AND s.paused_at IS NOT NULL) THEN
    RAISE NOTICE 'subscription % is not paused', resume_subscription.name;
    RETURN;
  END IF;
  PERFORM record_for_subscription(resume_subscription.name, 'SubscriptionResumed', jsonb_build_object('reason', reason));
  UPDATE subscriptions s SET paused_at = NULL WHERE s.name = resume_subscription.name;
END
$$;

CREATE OR REPLACE FUNCTION ops.rewind_subscription(name text, to_position bigint, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_furthest bigint;
BEGIN
  PERFORM lock_subscription(rewind_subscription.name, reason);
  SELECT max(s.position) INTO v_furthest FROM subscriptions s WHERE s.name = rewind_subscription.name;
  IF to_position IS NULL OR to_position < 0 OR to_position > v_furthest THEN
    PERFORM refuse_subscription_command(rewind_subscription.name, format('cannot be rewound to %s', coalesce(to_position::text, 'NULL')),
      format('It has read up to %s; give a position from 0 to there.', v_furthest));
  END IF;
  IF to_position = v_furthest THEN
    RAISE NOTICE 'subscription % has read no further than %', rewind_subscription.name, to_position;
    RETURN;
  END IF;
  PERFORM record_for_subscription(rewind_subscription.name, 'SubscriptionRewound', jsonb_build_object('to_position', to_position, 'reason', reason));
  UPDATE subscriptions s
  SET position = least(s.position, to_position), leased_by = NULL, leased_until = NULL, given_up_to = NULL,
      updated_at = clock_timestamp()
  WHERE s.name = rewind_subscription.name;
  -- What is read again anyway need not wait for anybody.
  DELETE FROM parked_streams p WHERE p.subscription = rewind_subscription.name AND p.position > to_position;
END
$$;

-- ── Streams that are parked by hand ──────────────────────────────────────────────────────────────────────────

-- Nothing has failed: no attempts. The row's event is the last one that was handled, or the first one when none was.
ALTER TABLE parked_streams DROP CONSTRAINT parked_streams_attempts;
ALTER TABLE parked_streams ADD CONSTRAINT parked_streams_attempts CHECK (attempts >= 0);
UPDATE parked_streams SET attempts = 0 WHERE error LIKE 'by hand: %';

CREATE OR REPLACE FUNCTION ops.park(subscription text, stream text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  s subscriptions;
  v_handled bigint;
  v_next bigint;
BEGIN
  PERFORM lock_subscription(park.subscription, reason);
  IF NOT EXISTS (SELECT FROM kept_events e WHERE e.stream = park.stream) THEN
    PERFORM refuse_subscription_command(park.subscription, format('there is no stream %s', park.stream), 'A stream is named like node-{course}+{node}.');
  END IF;
  SELECT r.* INTO s FROM subscriptions r WHERE r.name = park.subscription AND r.partition = stream_partition(park.stream, r.partitions);
  IF s.by_sql THEN
    PERFORM refuse_subscription_command(park.subscription, 'reads by SQL, and parks nothing', 'Only subscriptions of services set streams aside.');
  END IF;
  IF s.in_order THEN
    PERFORM refuse_subscription_command(park.subscription, 'keeps the order of all events, and parks nothing', 'Pause it by ops.pause_subscription instead.');
  END IF;
  SELECT max(e.position) FILTER (WHERE e.position <= s.position), min(e.position) FILTER (WHERE e.position > s.position)
  INTO v_handled, v_next FROM events e WHERE e.stream = park.stream;
  INSERT INTO parked_streams (subscription, partition, stream, position, attempts, error, unpark_by)
  VALUES (park.subscription, s.partition, park.stream, coalesce(v_handled, v_next), 0, 'by hand: ' || left(btrim(reason), 400),
          CASE WHEN v_handled IS NULL THEN 'retry' ELSE 'skip' END)
  ON CONFLICT ON CONSTRAINT parked_streams_pkey DO NOTHING;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(park.subscription, format('has parked stream %s already', park.stream), 'SELECT * FROM ops.parked_streams says why.');
  END IF;
  PERFORM record_for_subscription(park.subscription, 'StreamParkedByHand', jsonb_build_object('stream', park.stream, 'reason', reason));
END
$$;

CREATE OR REPLACE VIEW ops.parked_streams WITH (security_invoker = true) AS
SELECT p.subscription, p.stream, p.position, e.type, p.attempts, p.error, p.parked_at, p.asked,
       (SELECT count(*) FROM kept_events w WHERE w.stream = p.stream AND w.version > e.version) AS waiting_behind,
       CASE coalesce(p.asked, p.unpark_by) WHEN 'skip' THEN 'behind this event' ELSE 'with this event' END AS goes_on
FROM parked_streams p
JOIN event_positions ep ON ep.position = p.position
JOIN kept_events e ON e.id = ep.event_id;
COMMENT ON VIEW ops.parked_streams IS
  'Streams that a subscription has set aside: the event that fails, and why; by hand, where it had got to. ops.unpark, ops.retry_parked_stream, ops.skip_parked_event.';

REVOKE ALL ON FUNCTION refuse_command(text, text, text) FROM PUBLIC;

-- Up Migration

-- The reason of a command is a setting of the transaction, and ends with the command: what is done by hand behind it, in the same
-- transaction, has its own or none. A function that is made with `SET coursewright.reason` does that by itself, but takes a superuser to be made
-- (PostgreSQL 15 and newer), and an owner of a hosted database is none. So each command puts back what it found.

-- States the reason of the command that calls it; returns what `end_reason` is to be given when the command is done.
DROP FUNCTION state_reason(text, text);
CREATE FUNCTION state_reason(p_what text, p_reason text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_before constant text := coalesce(current_setting('coursewright.reason', true), '');
BEGIN
  PERFORM limit_idle_transaction();
  IF coalesce(btrim(p_reason), '') = '' THEN
    PERFORM refuse_command(p_what, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  IF length(btrim(p_reason)) > 500 THEN
    PERFORM refuse_command(p_what, format('the reason has %s characters', length(btrim(p_reason))), 'At most 500; a few words are enough.');
  END IF;
  PERFORM set_config('coursewright.reason', p_reason, true);
  RETURN v_before;
END
$$;

CREATE FUNCTION end_reason(p_before text) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT set_config('coursewright.reason', p_before, true)
$$;
REVOKE ALL ON FUNCTION state_reason(text, text), end_reason(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION ops.reset_node(course uuid, node text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  v_what constant text := format('node %s of course %s', node, course);
  v_before constant text := state_reason(v_what, reason);
  v_status text;
BEGIN
  UPDATE node_contents n SET generation_status = 'pending'
  WHERE n.course_map_id = course AND n.node_id = node AND n.generation_status IN ('generating', 'failed');
  IF FOUND THEN
    PERFORM end_reason(v_before);
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  v_what constant text := 'course ' || coalesce(course::text, 'NULL');
  v_before constant text := state_reason(v_what, reason);
  v_status text;
  v_count integer;
BEGIN
  SELECT c.status INTO v_status FROM course_map_states c WHERE c.id = course;
  IF NOT FOUND THEN
    PERFORM refuse_command(v_what, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  IF v_status = 'cancelled' THEN
    PERFORM refuse_command(v_what, 'is cancelled', 'A cancelled course stays as it is; ask for a new one.');
  END IF;
  UPDATE node_contents n SET generation_status = 'pending' WHERE n.course_map_id = course AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  PERFORM end_reason(v_before);
  RETURN v_count;
END
$$;

CREATE OR REPLACE FUNCTION ops.retry_failures(fingerprint text, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  v_what constant text := 'failures of fingerprint ' || coalesce(fingerprint, 'NULL');
  v_before constant text := state_reason(v_what, reason);
  v_count integer;
  v_archived integer;
BEGIN
  UPDATE node_contents n SET generation_status = 'pending'
  FROM node_states s JOIN course_map_states c ON c.id = s.course_map_id
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint
    AND c.status <> 'cancelled' AND NOT is_archived(s.course_map_id)
    AND n.course_map_id = s.course_map_id AND n.node_id = s.node_id AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  SELECT count(*) INTO v_archived FROM node_states s JOIN course_map_states c ON c.id = s.course_map_id
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint AND c.status <> 'cancelled' AND is_archived(s.course_map_id);
  IF v_count + v_archived = 0 THEN
    PERFORM refuse_command(v_what, 'no failed node has it', 'SELECT fingerprint, still_failed FROM ops.recent_failures.');
  ELSIF v_count = 0 THEN
    PERFORM refuse_command(v_what, format('all %s of its nodes are in archived courses', v_archived), 'pnpm db:archive --restore <course> brings one back.');
  ELSIF v_archived > 0 THEN
    RAISE NOTICE '% more are in archived courses, and stay as they are', v_archived;
  END IF;
  PERFORM end_reason(v_before);
  RETURN v_count;
END
$$;

CREATE OR REPLACE FUNCTION ops.cancel_course(course uuid, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  v_what constant text := 'course ' || coalesce(course::text, 'NULL');
  v_before constant text := state_reason(v_what, reason);
  c course_map_states;
BEGIN
  SELECT s.* INTO c FROM course_map_states s WHERE s.id = course FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_command(v_what, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  IF c.status = 'cancelled' THEN
    RAISE NOTICE 'course % is cancelled already', course;
    PERFORM end_reason(v_before);
    RETURN;
  END IF;
  IF c.status IN ('completed', 'failed') THEN
    PERFORM refuse_command(v_what, format('is %s', c.status), 'What is over cannot be cancelled.');
  END IF;
  PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'course_map-' || c.id,
    'expected_version', c.version,
    'metadata', jsonb_build_object('actor', session_user, 'via', 'psql', 'correlation_id', c.correlation_id, 'causation_id', NULL) || stated_reason(),
    'events', jsonb_build_array(jsonb_build_object('type', 'CourseMapCancelled', 'schema_version', 1,
                                                   'data', jsonb_build_object('reason', left(btrim(reason), 500)))))));
  PERFORM end_reason(v_before);
END
$$;

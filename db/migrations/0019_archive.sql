-- Up Migration

-- Courses that are over can be moved out of the log's table: it stays small, with its indexes, its vacuum and its backups, and
-- nothing is lost by it. Positions stay where they are, so they are dense as ever; whoever reads the log reads both.
--
--   recorded_events   what may still go on
--   archived_events   what is over, as it was recorded
--   kept_events       both
--
-- An event may be deleted from one of them only if it stands in the other, to the letter. The trigger that says so asks nobody
-- who he is. docs/decisions/0016 has the alternatives.

CREATE TABLE archived_events (
  id             bigint      PRIMARY KEY,
  stream         text        COLLATE "C" NOT NULL,
  version        integer     NOT NULL,
  type           text        NOT NULL,
  schema_version smallint    NOT NULL,
  data           jsonb       NOT NULL,
  metadata       jsonb       NOT NULL,
  recorded_at    timestamptz NOT NULL,
  CONSTRAINT archived_events_stream_version UNIQUE (stream, version)
);
DO $$
BEGIN
  ALTER TABLE archived_events ALTER COLUMN data SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$$;

CREATE VIEW kept_events AS
SELECT id, stream, version, type, schema_version, data, metadata, recorded_at FROM recorded_events
UNION ALL
SELECT id, stream, version, type, schema_version, data, metadata, recorded_at FROM archived_events;
COMMENT ON VIEW kept_events IS 'Every event there is, in the log''s table or in the archive.';

GRANT SELECT ON archived_events, kept_events TO coursewright_service, coursewright_operator;

-- ── Append-only, still ───────────────────────────────────────────────────────────────────────────────────────

CREATE FUNCTION refuse_loss_of_history() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- What was deleted from one of them can only be found in the other.
  IF EXISTS (
    SELECT FROM gone g LEFT JOIN kept_events k ON k.id = g.id
    WHERE (k.stream, k.version, k.type, k.schema_version, k.data, k.metadata, k.recorded_at) IS DISTINCT FROM
          (g.stream, g.version, g.type, g.schema_version, g.data, g.metadata, g.recorded_at)
  ) THEN
    RAISE EXCEPTION 'DELETE on % is refused: what was recorded is never changed', TG_TABLE_NAME
      USING ERRCODE = 'CW003', HINT = 'Append an event that says what is true now; see append_to_streams(). Old courses are moved by pnpm db:archive.';
  END IF;
  RETURN NULL;
END
$$;

DROP TRIGGER recorded_events_append_only ON recorded_events;
CREATE TRIGGER recorded_events_append_only
  BEFORE UPDATE OR TRUNCATE ON recorded_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER recorded_events_moves_append_only
  AFTER DELETE ON recorded_events REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss_of_history();
CREATE TRIGGER archived_events_append_only
  BEFORE UPDATE OR TRUNCATE ON archived_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER archived_events_moves_append_only
  AFTER DELETE ON archived_events REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss_of_history();
ALTER TABLE recorded_events ENABLE ALWAYS TRIGGER recorded_events_append_only, ENABLE ALWAYS TRIGGER recorded_events_moves_append_only;
ALTER TABLE archived_events ENABLE ALWAYS TRIGGER archived_events_append_only, ENABLE ALWAYS TRIGGER archived_events_moves_append_only;

-- SQLSTATE CW007: an archived stream stays as it is, until it is brought back.
CREATE FUNCTION raise_archived(p_stream text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'stream % is archived', p_stream
    USING ERRCODE = 'CW007', DETAIL = jsonb_build_object('stream', p_stream)::text,
          HINT = 'pnpm db:archive --restore <course> brings its course back.';
END
$$;

CREATE OR REPLACE FUNCTION check_contiguous_versions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  orphan record;
  v_archived text;
BEGIN
  -- What has its position comes back from the archive, as it is there; nobody else may say that an event has one.
  IF EXISTS (
    SELECT FROM added a
    WHERE EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)
      AND NOT EXISTS (
        SELECT FROM archived_events e
        WHERE e.id = a.id AND (e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at) IS NOT DISTINCT FROM
                              (a.stream, a.version, a.type, a.schema_version, a.data, a.metadata, a.recorded_at) OFFSET 0)
  ) THEN
    RAISE EXCEPTION 'INSERT on recorded_events is refused: this id is that of another event'
      USING ERRCODE = 'CW003', HINT = 'Leave out the id; see append_to_streams().';
  END IF;

  -- A stream that begins, and has begun before. What comes back from the archive has its position.
  SELECT a.stream INTO v_archived FROM added a
  WHERE a.version = 1
    AND EXISTS (SELECT FROM archived_events e WHERE e.stream = a.stream AND e.version = 1 OFFSET 0)
    AND NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    PERFORM raise_archived(v_archived);
  END IF;

  SELECT a.stream, a.version INTO orphan
  FROM added a
  WHERE a.version > 1
    AND NOT EXISTS (SELECT FROM recorded_events e WHERE e.stream = a.stream AND e.version = a.version - 1 OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    IF EXISTS (SELECT FROM archived_events e WHERE e.stream = orphan.stream AND e.version = orphan.version - 1) THEN
      PERFORM raise_archived(orphan.stream);
    END IF;
    PERFORM raise_wrong_expected_version(orphan.stream, orphan.version - 1);
  END IF;
  RETURN NULL;
END
$$;

-- ── Reading both ─────────────────────────────────────────────────────────────────────────────────────────────

CREATE OR REPLACE VIEW events AS
SELECT p.position, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at
FROM event_positions p
JOIN kept_events e ON e.id = p.event_id;

-- The same functions and views as before, each on both tables. Their text is in db/schema.sql.
DO $$
DECLARE
  v_function regprocedure;
  v_view regclass;
BEGIN
  FOREACH v_function IN ARRAY ARRAY['position_at(timestamptz)', 'course_at(uuid, bigint)', 'outbox.poll(text, integer, interval, text)',
    'is_forgotten_call(llm_calls)', 'begin_llm_call(jsonb)']::regprocedure[] LOOP
    EXECUTE replace(pg_get_functiondef(v_function), 'recorded_events', 'kept_events');
  END LOOP;
  FOREACH v_view IN ARRAY ARRAY['ops.subscription_lag', 'ops.parked_streams']::regclass[] LOOP
    EXECUTE format('CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS %s', v_view, replace(pg_get_viewdef(v_view), 'recorded_events', 'kept_events'));
  END LOOP;
END
$$;

-- ── Moving ───────────────────────────────────────────────────────────────────────────────────────────────────

-- A course's own stream and those of its nodes: one row for each range of names. In "C" order '+' is followed by ','.
CREATE FUNCTION streams_of_course(p_course uuid) RETURNS TABLE (first text, behind text)
LANGUAGE sql IMMUTABLE AS $$
  VALUES (('course_map-' || p_course) COLLATE "C", ('course_map-' || p_course || '.') COLLATE "C"),
         (('node-' || p_course || '+') COLLATE "C", ('node-' || p_course || ',') COLLATE "C")
$$;

-- Who archives asks for the calls of a course, and the usage ledger for those of a stream.
CREATE INDEX llm_calls_by_stream ON llm_calls (stream);

-- Whether a course has been over since before an instant, and nothing is asked for in it: neither it nor any node of it has an event
-- since, no node is to be tried again, and no call is under way.
CREATE FUNCTION can_be_archived(p_course uuid, p_before timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  SELECT EXISTS (
    SELECT FROM course_map_states c
    -- One that is archived has no event here.
    JOIN recorded_events last ON last.stream = 'course_map-' || c.id AND last.version = c.version
    WHERE c.id = p_course AND c.status IN ('completed', 'failed', 'cancelled') AND last.recorded_at < p_before
  ) AND NOT EXISTS (
    SELECT FROM node_states n WHERE n.course_map_id = p_course AND n.status = 'pending' AND n.last_event = 'RetryRequested'
  ) AND NOT EXISTS (
    SELECT FROM streams_of_course(p_course) s JOIN recorded_events e ON e.stream >= s.first AND e.stream < s.behind WHERE e.recorded_at >= p_before
  ) AND NOT EXISTS (
    SELECT FROM streams_of_course(p_course) s JOIN llm_calls l ON l.stream >= s.first AND l.stream < s.behind WHERE l.status = 'in_flight'
  )
$$;

-- Archives the next course, in order of id behind p_after, that can be. One course a transaction, and no waiting for anybody: one
-- that somebody holds is left for another time. Returns its id, null when there are no more, and how many events were moved, none
-- when it was left.
CREATE FUNCTION archive_next_course(p_before timestamptz, p_after uuid, OUT id uuid, OUT events bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off SET lock_timeout = '1s' AS $$
DECLARE
  v_range record;
  v_moved bigint;
BEGIN
  events := 0;
  SELECT c.id INTO archive_next_course.id FROM course_map_states c
  WHERE (p_after IS NULL OR c.id > p_after) AND c.status IN ('completed', 'failed', 'cancelled') AND can_be_archived(c.id, p_before)
  ORDER BY c.id LIMIT 1;
  PERFORM FROM course_map_states c WHERE c.id = archive_next_course.id FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF (SELECT count(*) FROM (SELECT FROM node_states n WHERE n.course_map_id = archive_next_course.id FOR UPDATE SKIP LOCKED) held)
     < (SELECT count(*) FROM node_states n WHERE n.course_map_id = archive_next_course.id) THEN
    RETURN;
  END IF;
  -- Whoever would append waits now; what was seen without the locks is looked at again.
  IF NOT can_be_archived(archive_next_course.id, p_before) THEN
    RETURN;
  END IF;
  FOR v_range IN SELECT * FROM streams_of_course(archive_next_course.id) LOOP
    INSERT INTO archived_events SELECT e.* FROM recorded_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    DELETE FROM recorded_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    events := events + v_moved;
  END LOOP;
END
$$;

-- Brings a course back, so that it can go on. Returns how many events that were; none when it was not archived. Holds up nobody: what
-- comes back has its position, and so was checked, folded and placed when it was appended; see the triggers below.
CREATE FUNCTION restore_course(p_course uuid) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off SET lock_timeout = '2s' AS $$
DECLARE
  v_range record;
  v_moved bigint;
  v_events bigint := 0;
BEGIN
  PERFORM FROM course_map_states c WHERE c.id = p_course FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_node_change(p_course::text, 'there is no such course', 'SELECT id, topic FROM course_maps.');
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
REVOKE ALL ON FUNCTION raise_archived(text), can_be_archived(uuid, timestamptz), archive_next_course(timestamptz, uuid), restore_course(uuid) FROM PUBLIC;

-- What has a position was placed; a statement that appends is told apart by its first row. And here, when the projection has waited for whoever held its row, it is asked once more whether the
-- course was archived: the version before, seen before the wait, may be gone.
CREATE OR REPLACE FUNCTION request_positions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_archived text;
BEGIN
  IF NOT EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)) THEN
    RETURN NULL;
  END IF;
  SELECT a.stream INTO v_archived FROM added a
  WHERE EXISTS (SELECT FROM archived_events e WHERE e.stream = a.stream AND e.version = a.version - 1 OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    PERFORM raise_archived(v_archived);
  END IF;
  INSERT INTO position_requests (event_ids)
  SELECT array_agg(added.id ORDER BY added.id) FROM added;
  RETURN NULL;
END
$$;

-- And was folded. The function is as it was, but for its first statement.
DO $$
DECLARE
  v_before text := pg_get_functiondef('project_events()'::regprocedure);
  v_after text := replace(v_before, E'BEGIN\n  FOR v_to IN', E'BEGIN\n'
    '  -- From the archive: what has its position was folded when it was appended.\n'
    '  IF NOT EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)) THEN\n'
    '    RETURN NULL;\n'
    '  END IF;\n\n'
    '  FOR v_to IN');
BEGIN
  ASSERT v_after <> v_before, 'project_events() is not what it was';
  EXECUTE v_after;
END
$$;

-- ── Trying again what failed alike ───────────────────────────────────────────────────────────────────────────

-- Courses that are archived are left alone, and said to be. Nothing to retry is worth a word: a mistyped fingerprint looks the same.
CREATE OR REPLACE FUNCTION ops.retry_failures(fingerprint text, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_count integer;
  v_archived integer;
BEGIN
  PERFORM state_reason('failures ' || fingerprint, reason);
  UPDATE node_contents n SET generation_status = 'pending'
  FROM node_states s
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint
    AND NOT is_archived(s.course_map_id)
    AND n.course_map_id = s.course_map_id AND n.node_id = s.node_id AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  SELECT count(*) INTO v_archived FROM node_states s
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint AND is_archived(s.course_map_id);
  IF v_count + v_archived = 0 THEN
    PERFORM refuse_node_change('failures ' || fingerprint, 'no failed node has this fingerprint', 'SELECT fingerprint, still_failed FROM ops.recent_failures.');
  ELSIF v_count = 0 THEN
    PERFORM refuse_node_change('failures ' || fingerprint, format('all %s of its nodes are in archived courses', v_archived), 'pnpm db:archive --restore <course> brings one back.');
  ELSIF v_archived > 0 THEN
    RAISE NOTICE '% more are in archived courses, and stay as they are', v_archived;
  END IF;
  RETURN v_count;
END
$$;

CREATE FUNCTION is_archived(p_course uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM archived_events e WHERE e.stream = 'course_map-' || p_course AND e.version = 1)
$$;
REVOKE ALL ON FUNCTION is_archived(uuid) FROM PUBLIC;

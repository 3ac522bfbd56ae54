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
CREATE OR REPLACE FUNCTION check_contiguous_versions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  orphan record;
BEGIN
  SELECT a.stream, a.version INTO orphan
  FROM added a
  WHERE a.version > 1
    AND NOT EXISTS (SELECT FROM recorded_events e WHERE e.stream = a.stream AND e.version = a.version - 1 OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    IF EXISTS (SELECT FROM archived_events e WHERE e.stream = orphan.stream AND e.version = orphan.version - 1) THEN
      RAISE EXCEPTION 'stream % is archived', orphan.stream
        USING ERRCODE = 'CW007', DETAIL = jsonb_build_object('stream', orphan.stream)::text,
              HINT = 'pnpm db:archive --restore <course> brings its course back.';
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
  FOREACH v_function IN ARRAY ARRAY['position_at(timestamptz)', 'course_at(uuid, bigint)', 'outbox.poll(text, integer, interval, text)']::regprocedure[] LOOP
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

-- Moves the events of the next courses, in order of id behind p_after, that have been over since before an instant and in which
-- nothing is asked for. One that somebody holds is left for another time. Returns one row: the last id that was looked at, null
-- when there are no more, and what was moved.
CREATE FUNCTION archive_courses(p_before timestamptz, p_after uuid, p_limit integer)
RETURNS TABLE (last_id uuid, courses integer, events bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_course record;
  v_range record;
  v_moved bigint;
BEGIN
  courses := 0;
  events := 0;
  FOR v_course IN
    SELECT c.id, last.recorded_at < p_before
             AND c.status IN ('completed', 'failed', 'cancelled')
             AND NOT EXISTS (SELECT FROM node_states n WHERE n.course_map_id = c.id AND n.status = 'pending' AND n.last_event = 'RetryRequested')
             AND NOT EXISTS (SELECT FROM llm_calls l WHERE l.status = 'in_flight' AND l.stream LIKE '%' || c.id || '%') AS is_over
    FROM course_map_states c
    -- One that is archived has no event here.
    LEFT JOIN recorded_events last ON last.stream = 'course_map-' || c.id AND last.version = c.version
    WHERE p_after IS NULL OR c.id > p_after
    ORDER BY c.id
    LIMIT p_limit
  LOOP
    last_id := v_course.id;
    CONTINUE WHEN v_course.is_over IS NOT TRUE;
    -- Whoever appends to the course, or to a node of it, waits; and what was seen without the lock is looked at again.
    PERFORM FROM course_map_states c WHERE c.id = v_course.id AND c.status IN ('completed', 'failed', 'cancelled') FOR UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    PERFORM FROM node_states n WHERE n.course_map_id = v_course.id FOR UPDATE;
    CONTINUE WHEN EXISTS (SELECT FROM node_states n WHERE n.course_map_id = v_course.id AND n.status = 'pending' AND n.last_event = 'RetryRequested');
    FOR v_range IN SELECT * FROM streams_of_course(v_course.id) LOOP
      INSERT INTO archived_events SELECT e.* FROM recorded_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
      DELETE FROM recorded_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
      GET DIAGNOSTICS v_moved = ROW_COUNT;
      events := events + v_moved;
    END LOOP;
    courses := courses + 1;
  END LOOP;
  RETURN NEXT;
END
$$;

-- Brings a course back, so that it can go on. Returns how many events that were; none when it was not archived. What comes back was
-- checked, folded and placed when it was appended, so the triggers that do so are off meanwhile: for the owner alone, in this
-- transaction, and for nobody else, since all who append wait for its few milliseconds.
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
  ALTER TABLE recorded_events DISABLE TRIGGER recorded_events_1_contiguous, DISABLE TRIGGER recorded_events_2_project,
    DISABLE TRIGGER recorded_events_3_request_positions;
  FOR v_range IN SELECT * FROM streams_of_course(p_course) LOOP
    INSERT INTO recorded_events OVERRIDING SYSTEM VALUE SELECT e.* FROM archived_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    DELETE FROM archived_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    v_events := v_events + v_moved;
  END LOOP;
  ALTER TABLE recorded_events ENABLE TRIGGER recorded_events_1_contiguous, ENABLE TRIGGER recorded_events_2_project,
    ENABLE TRIGGER recorded_events_3_request_positions;
  RETURN v_events;
END
$$;
REVOKE ALL ON FUNCTION archive_courses(timestamptz, uuid, integer), restore_course(uuid) FROM PUBLIC;

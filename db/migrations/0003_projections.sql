-- Up Migration

-- The projections: how every course and every node stands now, kept in the transaction of the append itself, so
-- that reading them is reading the fold of the log. They are written by the trigger below and by nobody else:
-- the services' role cannot change them, so a course can only move by an event.
-- The same fold, as pure functions for decisions, is services/generation/src/domain; a test holds the two equal.

-- SQLSTATE CW002: an event that does not fit how its course or node stands.

CREATE TABLE course_map_states (
  id             uuid        PRIMARY KEY,
  version        integer     NOT NULL,
  last_event     text        NOT NULL,
  status         text        NOT NULL CONSTRAINT course_map_states_status CHECK (
    status IN ('requested', 'planning', 'generating', 'completed', 'failed', 'cancelled')),
  -- The planning attempt: its number, and what went wrong since somebody asked.
  attempt        integer     NOT NULL DEFAULT 0,
  failures       integer     NOT NULL DEFAULT 0,
  interruptions  integer     NOT NULL DEFAULT 0,
  worker_id      text,
  job_id         uuid,
  deadline       timestamptz,
  error_code     text,
  error          text,
  correlation_id text,
  request        jsonb       NOT NULL,
  map_meta       jsonb,
  nodes          jsonb,
  created_at     timestamptz NOT NULL,
  planned_at     timestamptz,
  completed_at   timestamptz,
  cancelled_at   timestamptz
) WITH (fillfactor = 80);

-- Recovery looks at what is open, never at history.
CREATE INDEX course_map_states_open ON course_map_states (created_at)
  WHERE status IN ('requested', 'planning', 'generating');
CREATE INDEX course_map_states_by_age ON course_map_states (created_at DESC, id DESC);

CREATE TABLE node_states (
  course_map_id  uuid        NOT NULL,
  node_id        text        COLLATE "C" NOT NULL,
  -- The node's place in the map, which is the order that readers see.
  place          smallint    NOT NULL,
  node_type      text        NOT NULL CONSTRAINT node_states_type CHECK (node_type IN ('learn', 'quiz')),
  pre_requisites text[]      NOT NULL,
  -- The node's own stream; 0 before its first event.
  version        integer     NOT NULL DEFAULT 0,
  last_event     text,
  status         text        NOT NULL CONSTRAINT node_states_status CHECK (
    status IN ('pending', 'generating', 'completed', 'failed', 'cancelled', 'quiz_pending')),
  attempt        integer     NOT NULL DEFAULT 0,
  -- Since the node was planned, or since somebody asked for a retry.
  failures       integer     NOT NULL DEFAULT 0,
  interruptions  integer     NOT NULL DEFAULT 0,
  worker_id      text,
  job_id         uuid,
  deadline       timestamptz,
  content_hash   text,
  error_code     text,
  error          text,
  created_at     timestamptz NOT NULL,
  started_at     timestamptz,
  completed_at   timestamptz,
  PRIMARY KEY (course_map_id, node_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- A retry in a course that was over, until the course is open again: few, and found without looking at history.
CREATE INDEX node_states_asked_again ON node_states (course_map_id) WHERE status = 'pending' AND last_event = 'RetryRequested';
-- "Who holds what" must be cheap at any size: recovery asks it several times a second.
CREATE INDEX node_states_generating ON node_states (worker_id) WHERE status = 'generating';

-- Content by hash: immutable, shared by whoever has the same.
CREATE TABLE artifacts (
  hash       text        PRIMARY KEY CONSTRAINT artifacts_hash CHECK (hash ~ '^[0-9a-f]{64}$'),
  content    jsonb       NOT NULL,
  -- What later cards are told that this one taught, kept apart so that nobody reads a whole card for it.
  key_ideas  text[]      NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Cards are compressed on the way in; lz4 costs a third of the default's time, where the server was built with it.
DO $$
BEGIN
  ALTER TABLE artifacts ALTER COLUMN content SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$$;
CREATE TRIGGER artifacts_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON artifacts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- ── The fold ─────────────────────────────────────────────────────────────────────────────────────────────────

CREATE FUNCTION raise_event_does_not_fit(p_stream text, p_version integer, p_type text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% cannot be version % of stream %: no course or node stands at the version before', p_type, p_version, p_stream
    USING ERRCODE = 'CW002',
          DETAIL = jsonb_build_object('stream', p_stream, 'version', p_version, 'type', p_type)::text,
          HINT = 'A course begins with CourseMapRequested; its nodes exist once CourseMapPlanned is recorded.';
END
$$;

CREATE FUNCTION project_course_map_event(p_id uuid, e recorded_events) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF e.type = 'CourseMapRequested' AND e.version = 1 THEN
    INSERT INTO course_map_states (id, version, last_event, status, request, correlation_id, created_at)
    VALUES (p_id, 1, e.type, 'requested', e.data -> 'request', e.metadata ->> 'correlation_id', e.recorded_at);
    RETURN;
  END IF;

  UPDATE course_map_states c SET
    version = e.version,
    last_event = e.type,
    status = CASE e.type
      WHEN 'CourseMapPlanningStarted' THEN 'planning'
      WHEN 'CourseMapPlanningInterrupted' THEN 'requested'
      WHEN 'CourseMapPlanningFailed' THEN CASE WHEN (e.data ->> 'final')::boolean THEN 'failed' ELSE 'requested' END
      WHEN 'CourseMapPlanned' THEN 'generating'
      WHEN 'CourseMapCompleted' THEN 'completed'
      WHEN 'CourseMapReopened' THEN 'generating'
      WHEN 'CourseMapCancelled' THEN 'cancelled'
      ELSE c.status END,
    attempt = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'attempt')::integer ELSE c.attempt END,
    failures = c.failures + (e.type = 'CourseMapPlanningFailed')::integer,
    interruptions = c.interruptions + (e.type = 'CourseMapPlanningInterrupted'
      AND e.data ->> 'cause' IN ('worker_lost', 'deadline_passed'))::integer,
    worker_id = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN e.data ->> 'worker_id' END,
    job_id = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'job_id')::uuid END,
    deadline = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'deadline')::timestamptz END,
    error_code = CASE e.type WHEN 'CourseMapPlanningFailed' THEN e.data -> 'error' ->> 'code'
      WHEN 'CourseMapPlanned' THEN NULL ELSE c.error_code END,
    error = CASE e.type WHEN 'CourseMapPlanningFailed' THEN e.data -> 'error' ->> 'message'
      WHEN 'CourseMapPlanned' THEN NULL ELSE c.error END,
    map_meta = CASE WHEN e.type = 'CourseMapPlanned' THEN e.data -> 'map_meta' ELSE c.map_meta END,
    nodes = CASE WHEN e.type = 'CourseMapPlanned' THEN e.data -> 'nodes' ELSE c.nodes END,
    planned_at = CASE WHEN e.type = 'CourseMapPlanned' THEN e.recorded_at ELSE c.planned_at END,
    completed_at = CASE e.type WHEN 'CourseMapCompleted' THEN e.recorded_at
      WHEN 'CourseMapReopened' THEN NULL ELSE c.completed_at END,
    cancelled_at = CASE WHEN e.type = 'CourseMapCancelled' THEN e.recorded_at ELSE c.cancelled_at END
  WHERE c.id = p_id AND c.version = e.version - 1;
  IF NOT FOUND THEN
    PERFORM raise_event_does_not_fit(e.stream, e.version, e.type);
  END IF;

  IF e.type = 'CourseMapPlanned' THEN
    INSERT INTO node_states (course_map_id, node_id, place, node_type, pre_requisites, status, created_at)
    SELECT p_id, n.value ->> 'id', n.ordinality, n.value ->> 'type',
           ARRAY(SELECT jsonb_array_elements_text(n.value -> 'pre_requisites')),
           CASE n.value ->> 'type' WHEN 'quiz' THEN 'quiz_pending' ELSE 'pending' END, e.recorded_at
    FROM jsonb_array_elements(e.data -> 'nodes') WITH ORDINALITY AS n (value, ordinality);
  ELSIF e.type = 'CourseMapCancelled' THEN
    UPDATE node_states n SET status = 'cancelled'
    WHERE n.course_map_id = p_id AND n.status IN ('pending', 'generating');
  END IF;
END
$$;

-- One statement advances every node by one event, so a batch of a thousand appends costs one UPDATE; a stream that
-- got two events is advanced by a second round. A course's own events (few, and some of them touch its nodes) cut the
-- statement's events into stretches, so that everything is folded in the order of the log.
CREATE FUNCTION project_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  e recorded_events;
  v_from bigint := 0;
  v_to bigint;
  v_waiting integer;
  v_advanced integer;
BEGIN
  FOR v_to IN
    SELECT a.id FROM added a WHERE starts_with(a.stream, 'course_map-')
    UNION ALL SELECT 9223372036854775807
    ORDER BY 1
  LOOP
    SELECT count(*) INTO v_waiting FROM added a
    WHERE a.id > v_from AND a.id < v_to AND starts_with(a.stream, 'node-');

    WHILE v_waiting > 0 LOOP
      UPDATE node_states n SET
        version = a.version,
        last_event = a.type,
        -- A cancelled node stays cancelled, whatever its worker still reports.
        status = CASE WHEN n.status = 'cancelled' THEN n.status ELSE CASE a.type
          WHEN 'GenerationScheduled' THEN 'pending'
          WHEN 'GenerationStarted' THEN 'generating'
          WHEN 'GenerationCompleted' THEN 'completed'
          WHEN 'GenerationFailed' THEN CASE WHEN (a.data ->> 'final')::boolean THEN 'failed' ELSE 'pending' END
          WHEN 'GenerationInterrupted' THEN 'pending'
          WHEN 'RetryRequested' THEN 'pending'
          ELSE n.status END END,
        attempt = CASE WHEN a.type = 'GenerationScheduled' THEN (a.data ->> 'attempt')::integer ELSE n.attempt END,
        failures = CASE a.type WHEN 'GenerationFailed' THEN n.failures + 1
          WHEN 'RetryRequested' THEN 0 ELSE n.failures END,
        -- Being taken away on purpose does not count against a node.
        interruptions = CASE a.type
          WHEN 'GenerationInterrupted'
            THEN n.interruptions + (a.data ->> 'cause' IN ('worker_lost', 'deadline_passed'))::integer
          WHEN 'RetryRequested' THEN 0 ELSE n.interruptions END,
        worker_id = CASE a.type WHEN 'GenerationStarted' THEN a.data ->> 'worker_id'
          WHEN 'LateResultReceived' THEN n.worker_id END,
        job_id = CASE a.type WHEN 'GenerationScheduled' THEN (a.data ->> 'job_id')::uuid
          WHEN 'GenerationStarted' THEN (a.data ->> 'job_id')::uuid
          WHEN 'LateResultReceived' THEN n.job_id END,
        deadline = CASE a.type WHEN 'GenerationStarted' THEN (a.data ->> 'deadline')::timestamptz
          WHEN 'LateResultReceived' THEN n.deadline END,
        content_hash = CASE a.type WHEN 'GenerationCompleted' THEN a.data ->> 'content_hash' ELSE n.content_hash END,
        error_code = CASE a.type WHEN 'GenerationFailed' THEN a.data -> 'error' ->> 'code'
          WHEN 'GenerationCompleted' THEN NULL WHEN 'RetryRequested' THEN NULL ELSE n.error_code END,
        error = CASE a.type WHEN 'GenerationFailed' THEN a.data -> 'error' ->> 'message'
          WHEN 'GenerationCompleted' THEN NULL WHEN 'RetryRequested' THEN NULL ELSE n.error END,
        started_at = CASE a.type WHEN 'GenerationStarted' THEN a.recorded_at
          WHEN 'GenerationScheduled' THEN NULL WHEN 'GenerationInterrupted' THEN NULL
          WHEN 'RetryRequested' THEN NULL ELSE n.started_at END,
        completed_at = CASE a.type WHEN 'GenerationCompleted' THEN a.recorded_at ELSE n.completed_at END
      FROM added a
      WHERE a.id > v_from AND a.id < v_to AND starts_with(a.stream, 'node-')
        AND n.course_map_id = substr(a.stream, 6, 36)::uuid
        AND n.node_id = substr(a.stream, 43) COLLATE "C"
        AND a.version = n.version + 1;
      GET DIAGNOSTICS v_advanced = ROW_COUNT;
      v_waiting := v_waiting - v_advanced;

      IF v_advanced = 0 THEN
        SELECT a.* INTO e FROM added a
        WHERE a.id > v_from AND a.id < v_to AND starts_with(a.stream, 'node-') AND NOT EXISTS (
          SELECT FROM node_states n
          WHERE n.course_map_id = substr(a.stream, 6, 36)::uuid
            AND n.node_id = substr(a.stream, 43) COLLATE "C" AND n.version >= a.version)
        LIMIT 1;
        PERFORM raise_event_does_not_fit(e.stream, e.version, e.type);
      END IF;
    END LOOP;

    SELECT a.* INTO e FROM added a WHERE a.id = v_to;
    IF FOUND THEN
      PERFORM project_course_map_event(substr(e.stream, 12)::uuid, e);
    END IF;
    v_from := v_to;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE TRIGGER recorded_events_2_project
  AFTER INSERT ON recorded_events REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION project_events();

-- ── Locks ────────────────────────────────────────────────────────────────────────────────────────────────────

-- Whoever decides which node of a course comes next holds the course's row meanwhile: two siblings that complete at
-- the same instant must not both leave their common successor unscheduled. Locked in order of id, so that nobody
-- waits in a circle.
CREATE FUNCTION lock_course_maps(p_ids uuid[])
RETURNS TABLE (id uuid, version integer, status text, attempt integer, failures integer, interruptions integer,
               worker_id text, correlation_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.id, c.version, c.status, c.attempt, c.failures, c.interruptions, c.worker_id, c.correlation_id
  FROM course_map_states c
  WHERE c.id = ANY (p_ids)
  ORDER BY c.id
  FOR NO KEY UPDATE
$$;

-- The nodes among these that nobody else is changing. One that an operator holds in an open psql transaction is
-- left out rather than waited for: it must hold up nothing but itself.
CREATE FUNCTION lock_free_nodes(p_course_map_ids uuid[], p_node_ids text[]) RETURNS SETOF node_states
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT n.*
  FROM node_states n
  JOIN unnest(p_course_map_ids, p_node_ids) AS wanted (course_map_id, node_id)
    ON n.course_map_id = wanted.course_map_id AND n.node_id = wanted.node_id COLLATE "C"
  FOR NO KEY UPDATE OF n SKIP LOCKED
$$;

REVOKE ALL ON FUNCTION lock_course_maps(uuid[]), lock_free_nodes(uuid[], text[]),
  project_course_map_event(uuid, recorded_events) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_course_maps(uuid[]), lock_free_nodes(uuid[], text[]) TO coursewright_service;
GRANT SELECT ON course_map_states, node_states TO coursewright_service, coursewright_operator;
GRANT SELECT, INSERT ON artifacts TO coursewright_service;
GRANT SELECT ON artifacts TO coursewright_operator;

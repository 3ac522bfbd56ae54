-- Up Migration

-- What is the provider's fault counts against no work: an attempt that met an outage is tried again, for as long as GENERATION_OUTAGE_MS says.
-- Its failure says that it does not count, and since when the provider is out as far as this work has met it.

ALTER TABLE node_states ADD COLUMN outage_since timestamptz;
ALTER TABLE course_map_states ADD COLUMN outage_since timestamptz;
COMMENT ON COLUMN node_states.failures IS 'Failed attempts that count, since the node was planned or its retry was asked for.';
COMMENT ON COLUMN node_states.outage_since IS 'Since when each attempt failed by the provider''s fault; NULL when the last one did not.';
COMMENT ON COLUMN course_map_states.failures IS 'Failed planning attempts that count, since the course or its retry was asked for.';
COMMENT ON COLUMN course_map_states.outage_since IS 'Since when each planning attempt failed by the provider''s fault; NULL when the last one did not.';

-- Failures of the first schema version do not say: they all counted.
CREATE FUNCTION counts_as_failure(p_data jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce((p_data ->> 'counts')::boolean, true) $$;

-- ── The projections ──────────────────────────────────────────────────────────────────────────────────────────

CREATE OR REPLACE FUNCTION project_course_map_event(p_id uuid, e recorded_events) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF e.type = 'CourseMapRequested' AND e.version = 1 THEN
    INSERT INTO course_map_states (id, version, last_event, status, request, correlation_id, tenant, created_at)
    VALUES (p_id, 1, e.type, 'requested', e.data -> 'request', e.metadata ->> 'correlation_id', e.metadata ->> 'tenant', e.recorded_at);
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
      WHEN 'CourseMapRetryRequested' THEN 'requested'
      WHEN 'CourseMapCancelled' THEN 'cancelled'
      ELSE c.status END,
    attempt = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'attempt')::integer ELSE c.attempt END,
    failures = CASE e.type WHEN 'CourseMapRetryRequested' THEN 0
      ELSE c.failures + (e.type = 'CourseMapPlanningFailed' AND counts_as_failure(e.data))::integer END,
    outage_since = CASE e.type WHEN 'CourseMapPlanningFailed' THEN (e.data ->> 'outage_since')::timestamptz
      WHEN 'CourseMapPlanned' THEN NULL WHEN 'CourseMapRetryRequested' THEN NULL ELSE c.outage_since END,
    interruptions = CASE e.type WHEN 'CourseMapRetryRequested' THEN 0
      ELSE c.interruptions + (e.type = 'CourseMapPlanningInterrupted'
        AND e.data ->> 'cause' IN ('worker_lost', 'deadline_passed'))::integer END,
    worker_id = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN e.data ->> 'worker_id' END,
    job_id = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'job_id')::uuid END,
    deadline = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'deadline')::timestamptz END,
    error_code = CASE e.type WHEN 'CourseMapPlanningFailed' THEN e.data -> 'error' ->> 'code'
      WHEN 'CourseMapPlanned' THEN NULL WHEN 'CourseMapRetryRequested' THEN NULL ELSE c.error_code END,
    error = CASE e.type WHEN 'CourseMapPlanningFailed' THEN e.data -> 'error' ->> 'message'
      WHEN 'CourseMapPlanned' THEN NULL WHEN 'CourseMapRetryRequested' THEN NULL ELSE c.error END,
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

CREATE OR REPLACE FUNCTION project_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  e recorded_events;
  v_from bigint := 0;
  v_to bigint;
  v_waiting integer;
  v_advanced integer;
BEGIN
  -- From the archive: what has its position was folded when it was appended.
  IF NOT EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)) THEN
    RETURN NULL;
  END IF;

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
        failures = CASE a.type WHEN 'GenerationFailed' THEN n.failures + counts_as_failure(a.data)::integer
          WHEN 'RetryRequested' THEN 0 ELSE n.failures END,
        outage_since = CASE a.type WHEN 'GenerationFailed' THEN (a.data ->> 'outage_since')::timestamptz
          WHEN 'GenerationCompleted' THEN NULL WHEN 'RetryRequested' THEN NULL ELSE n.outage_since END,
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

-- ── Courses in time ──────────────────────────────────────────────────────────────────────────────────────────

CREATE OR REPLACE FUNCTION course_at(p_course uuid, p_position bigint)
RETURNS TABLE(node_id text, place integer, node_type text, status text, version integer, attempt integer, failures integer, worker_id text, error_code text, error text, since timestamp with time zone)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  WITH course_events AS (
    SELECT e.version, e.type, e.data, e.recorded_at, p.position
    FROM kept_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = 'course_map-' || p_course AND p.position <= p_position
  ), course AS (
    SELECT c.version, c.recorded_at AS since,
      CASE c.type
        WHEN 'CourseMapRequested' THEN 'requested'
        WHEN 'CourseMapPlanningStarted' THEN 'planning'
        WHEN 'CourseMapPlanningInterrupted' THEN 'requested'
        WHEN 'CourseMapPlanningFailed' THEN CASE WHEN (c.data ->> 'final')::boolean THEN 'failed' ELSE 'requested' END
        WHEN 'CourseMapPlanned' THEN 'generating'
        WHEN 'CourseMapCompleted' THEN 'completed'
        WHEN 'CourseMapReopened' THEN 'generating'
        WHEN 'CourseMapRetryRequested' THEN 'requested'
        WHEN 'CourseMapCancelled' THEN 'cancelled'
      END AS status,
      CASE WHEN c.type = 'CourseMapPlanningStarted' THEN c.data ->> 'worker_id' END AS worker_id
    FROM course_events c
    ORDER BY c.version DESC LIMIT 1
  ), planning AS (
    SELECT coalesce(max((c.data ->> 'attempt')::integer) FILTER (WHERE c.type = 'CourseMapPlanningStarted'), 0) AS attempt,
           count(*) FILTER (WHERE c.type = 'CourseMapPlanningFailed' AND counts_as_failure(c.data)
             AND c.version > coalesce((SELECT max(r.version) FROM course_events r WHERE r.type = 'CourseMapRetryRequested'), 0))::integer AS failures
    FROM course_events c
  ), planning_error AS (
    -- Of the last failure, unless a map or a request for another try came after it.
    SELECT f.data -> 'error' ->> 'code' AS code, f.data -> 'error' ->> 'message' AS message
    FROM course_events f
    WHERE f.type = 'CourseMapPlanningFailed'
      AND NOT EXISTS (SELECT FROM course_events l WHERE l.version > f.version AND l.type IN ('CourseMapPlanned', 'CourseMapRetryRequested'))
    ORDER BY f.version DESC LIMIT 1
  ), cancelled AS (
    SELECT c.position, c.recorded_at FROM course_events c WHERE c.type = 'CourseMapCancelled'
  ), nodes AS (
    SELECT n.value ->> 'id' AS node_id, n.ordinality::integer AS place, n.value ->> 'type' AS node_type, c.recorded_at
    FROM course_events c
    CROSS JOIN LATERAL jsonb_array_elements(c.data -> 'nodes') WITH ORDINALITY AS n (value, ordinality)
    WHERE c.type = 'CourseMapPlanned'
  )
  SELECT NULL::text, 0, 'course', course.status, course.version, planning.attempt, planning.failures, course.worker_id,
         planning_error.code, planning_error.message, course.since
  FROM course CROSS JOIN planning LEFT JOIN planning_error ON true
  UNION ALL
  SELECT n.node_id, n.place, n.node_type,
    CASE WHEN cancelled.position IS NOT NULL AND coalesce(before.status, 'pending') IN ('pending', 'generating') AND n.node_type = 'learn' THEN 'cancelled'
         ELSE coalesce(before.status, CASE n.node_type WHEN 'quiz' THEN 'quiz_pending' ELSE 'pending' END) END,
    coalesce(newest.version, 0), coalesce(counts.attempt, 0), coalesce(counts.failures, 0), held.worker_id, failed.code, failed.message,
    greatest(before.recorded_at, n.recorded_at, CASE WHEN coalesce(before.status, 'pending') IN ('pending', 'generating') THEN cancelled.recorded_at END)
  FROM nodes n
  LEFT JOIN cancelled ON true
  CROSS JOIN LATERAL (SELECT 'node-' || p_course || '+' || n.node_id AS stream) its
  -- Its status moves no more once its course is cancelled.
  LEFT JOIN LATERAL (
    SELECT e.recorded_at,
      CASE e.type
        WHEN 'GenerationStarted' THEN 'generating'
        WHEN 'GenerationCompleted' THEN 'completed'
        WHEN 'GenerationFailed' THEN CASE WHEN (e.data ->> 'final')::boolean THEN 'failed' ELSE 'pending' END
        ELSE 'pending'
      END AS status
    FROM kept_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = its.stream AND p.position <= least(p_position, cancelled.position) AND e.type <> 'LateResultReceived'
    ORDER BY e.version DESC LIMIT 1
  ) before ON true
  LEFT JOIN LATERAL (
    SELECT e.version FROM kept_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = its.stream AND p.position <= p_position ORDER BY e.version DESC LIMIT 1
  ) newest ON true
  LEFT JOIN LATERAL (
    SELECT max((e.data ->> 'attempt')::integer) FILTER (WHERE e.type = 'GenerationScheduled') AS attempt,
           count(*) FILTER (WHERE e.type = 'GenerationFailed' AND counts_as_failure(e.data) AND e.version > coalesce(
             (SELECT max(r.version) FROM kept_events r WHERE r.stream = its.stream AND r.version <= newest.version AND r.type = 'RetryRequested'), 0))::integer AS failures
    FROM kept_events e WHERE e.stream = its.stream AND e.version <= newest.version
  ) counts ON true
  LEFT JOIN LATERAL (
    SELECT CASE WHEN e.type = 'GenerationStarted' THEN e.data ->> 'worker_id' END AS worker_id
    FROM kept_events e WHERE e.stream = its.stream AND e.version <= newest.version AND e.type <> 'LateResultReceived'
    ORDER BY e.version DESC LIMIT 1
  ) held ON true
  LEFT JOIN LATERAL (
    SELECT f.data -> 'error' ->> 'code' AS code, f.data -> 'error' ->> 'message' AS message
    FROM kept_events f
    WHERE f.stream = its.stream AND f.version <= newest.version AND f.type = 'GenerationFailed'
      AND NOT EXISTS (SELECT FROM kept_events l WHERE l.stream = its.stream AND l.version > f.version AND l.version <= newest.version
                      AND l.type IN ('GenerationCompleted', 'RetryRequested'))
    ORDER BY f.version DESC LIMIT 1
  ) failed ON true
  ORDER BY 2
$$;

-- ── What decisions are made on ───────────────────────────────────────────────────────────────────────────────

DROP FUNCTION lock_free_course_maps(uuid[]);

-- Locks those of these courses that nobody else holds for longer than a commit takes, and returns them; the others are named as
-- held, with nothing else. Waited for, one course in an operator's open transaction would hold up every batch that it is in.
CREATE FUNCTION lock_free_course_maps(p_ids uuid[])
RETURNS TABLE (id uuid, held boolean, version integer, status text, attempt integer, failures integer, interruptions integer,
               outage_since timestamptz, worker_id text, correlation_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET lock_timeout = '100ms' AS $$
DECLARE
  v_locked uuid[];
  v_others uuid[];
BEGIN
  SELECT coalesce(array_agg(f.id), '{}') INTO v_locked FROM (
    SELECT c.id FROM course_map_states c WHERE c.id = ANY (p_ids) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
  ) f;
  IF cardinality(v_locked) < cardinality(p_ids) THEN
    -- Mostly somebody who is about to commit. Should two wait for each other here, both give up after the 100 ms.
    v_others := ARRAY(SELECT c.id FROM course_map_states c WHERE c.id = ANY (p_ids) AND c.id <> ALL (v_locked) ORDER BY c.id);
    BEGIN
      PERFORM FROM course_map_states c WHERE c.id = ANY (v_others) ORDER BY c.id FOR NO KEY UPDATE;
      v_locked := v_locked || v_others;
    EXCEPTION WHEN lock_not_available THEN
      v_locked := v_locked || ARRAY(SELECT f.id FROM (
        SELECT c.id FROM course_map_states c WHERE c.id = ANY (v_others) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
      ) f);
    END;
  END IF;
  RETURN QUERY
    SELECT c.id, false, c.version, c.status, c.attempt, c.failures, c.interruptions, c.outage_since, c.worker_id, c.correlation_id
    FROM course_map_states c WHERE c.id = ANY (v_locked) ORDER BY c.id;
  RETURN QUERY SELECT o.id, true, NULL::integer, NULL, NULL::integer, NULL::integer, NULL::integer, NULL::timestamptz, NULL, NULL
    FROM unnest(v_others) o (id) WHERE o.id <> ALL (v_locked);
END
$$;
REVOKE ALL ON FUNCTION lock_free_course_maps(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_free_course_maps(uuid[]) TO coursewright_service;

-- ── Why something waits ──────────────────────────────────────────────────────────────────────────────────────

-- What has befallen work that is to be tried again, in words; NULL when nothing has.
CREATE FUNCTION what_failed(p_failures integer, p_outage_since timestamptz, p_code text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN p_outage_since IS NOT NULL AND p_code = 'model_account_refused'
      THEN format('has been refused by the provider for %s, for the key or the account (%s)', for_people(clock_timestamp() - p_outage_since), p_code)
    WHEN p_outage_since IS NOT NULL THEN format('has met an outage of the provider for %s (%s)', for_people(clock_timestamp() - p_outage_since), p_code)
    WHEN p_failures > 0 THEN format('failed %s with %s', times(p_failures), p_code) END
$$;
REVOKE ALL ON FUNCTION counts_as_failure(jsonb), what_failed(integer, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION counts_as_failure(jsonb), what_failed(integer, timestamptz, text) TO coursewright_operator, coursewright_service;
GRANT EXECUTE ON FUNCTION counts_as_failure(jsonb) TO coursewright_tenant;

CREATE OR REPLACE VIEW ops.why_waiting WITH (security_invoker = true) AS
WITH still AS MATERIALIZED (SELECT * FROM what_stands_still())
SELECT n.course_map_id, n.node_id, why.cause,
  CASE why.cause
    WHEN 'held' THEN format('attempt %s is with worker %s, which is alive, since %s; its deadline is in %s', n.attempt, n.worker_id,
      for_people(clock_timestamp() - n.started_at), for_people(n.deadline - clock_timestamp())) || CASE WHEN n.outage_since IS NULL THEN '' ELSE '; it ' || what_failed(n.failures, n.outage_since, n.error_code) END
    WHEN 'worker_silent' THEN format('attempt %s is with worker %s, which is silent; recovery takes it back', n.attempt, n.worker_id) || still.workers || still.transactions
    WHEN 'overdue' THEN format('attempt %s is with worker %s and past its deadline; recovery takes it back', n.attempt, n.worker_id) || still.workers || still.transactions
    WHEN 'backoff' THEN what_failed(n.failures, n.outage_since, n.error_code) || '; next try in ' || for_people(j.start_after - clock_timestamp())
    WHEN 'put_back' THEN format('somebody else held it when its turn came; next try in %s', for_people(j.start_after - clock_timestamp())) || still.transactions
    WHEN 'queued' THEN format('in the queue since %s%s', for_people(clock_timestamp() - j.start_after),
      CASE WHEN n.failures + n.interruptions = 0 THEN '' ELSE format(', after it failed %s and was interrupted %s', times(n.failures), times(n.interruptions)) END)
      || still.workers || still.transactions
    WHEN 'job_gone' THEN 'its job is gone; the reconciler sends it again within ten seconds' || still.workers || still.transactions
    WHEN 'asked_again' THEN format('was asked for again, of a course that is %s; it is about to be queued', c.status) || still.reactor || still.workers || still.transactions
    WHEN 'prerequisites' THEN 'waits for ' || before.them
    WHEN 'course_limit' THEN format('its prerequisites are done; %s of its course run or are queued, and it waits for its turn', around.busy)
    ELSE 'is ready, and about to be queued' || still.reactor || still.workers || still.transactions
  END AS why,
  n.attempt, n.failures, n.interruptions, n.worker_id, n.error_code, n.error
FROM still CROSS JOIN node_states n
JOIN course_map_states c ON c.id = n.course_map_id AND (c.status = 'generating' OR c.status IN ('completed', 'failed') AND n.status = 'pending')
LEFT JOIN workers w ON w.id = n.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
LEFT JOIN queued_jobs() j ON j.id = n.job_id AND n.status = 'pending'
CROSS JOIN LATERAL (
  -- A node that failed for good is not waited for: what comes after it is written without it.
  SELECT string_agg(format('node %s, which %s', p.node_id, CASE p.status
           WHEN 'generating' THEN coalesce(what_failed(p.failures, p.outage_since, p.error_code) || ' and is generating again', 'is generating')
           WHEN 'pending' THEN coalesce(
             what_failed(p.failures, p.outage_since, p.error_code) || CASE WHEN q.start_after > clock_timestamp() THEN ', next try in ' || for_people(q.start_after - clock_timestamp()) ELSE ' and is tried again' END,
             CASE WHEN q.start_after IS NOT NULL THEN 'is in the queue' ELSE 'is waiting itself' END)
           ELSE 'is ' || p.status END), '; ' ORDER BY p.place) AS them
  FROM learn_prerequisites(n.course_map_id, n.node_id) p
  CROSS JOIN LATERAL (SELECT CASE WHEN p.status = 'pending' AND p.job_id IS NOT NULL THEN job_starts_at('generate-node', p.job_id) END AS start_after) q
  WHERE n.status = 'pending' AND p.status NOT IN ('completed', 'failed')
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
    WHEN n.last_event = 'GenerationScheduled' AND j.start_after > clock_timestamp() THEN CASE WHEN n.failures > 0 OR n.outage_since IS NOT NULL THEN 'backoff' ELSE 'put_back' END
    WHEN n.last_event = 'GenerationScheduled' THEN 'queued'
    WHEN before.them IS NOT NULL THEN 'prerequisites'
    WHEN c.status <> 'generating' THEN 'asked_again'
    WHEN around.busy > 0 THEN 'course_limit'
    ELSE 'about_to_be_queued'
  END AS cause
) why
WHERE n.node_type = 'learn' AND n.status IN ('pending', 'generating')
UNION ALL
SELECT c.id, NULL, CASE WHEN c.status = 'requested' THEN 'not_planned' WHEN b.lock_key IS NULL THEN 'worker_silent' ELSE 'planning' END,
  CASE
    WHEN c.status = 'requested' AND (c.failures > 0 OR c.outage_since IS NOT NULL) THEN format('its planning %s, ', what_failed(c.failures, c.outage_since, c.error_code))
      || CASE WHEN j.start_after > clock_timestamp() THEN 'next try in ' || for_people(j.start_after - clock_timestamp()) ELSE 'and is tried again' || still.workers || still.transactions END
    WHEN c.status = 'requested' THEN format('waits since %s to be planned', for_people(clock_timestamp() - c.created_at)) || still.reactor || still.workers || still.transactions
    WHEN b.lock_key IS NULL THEN format('planning attempt %s is with worker %s, which is silent; recovery takes it back', c.attempt, c.worker_id) || still.workers || still.transactions
    ELSE format('is being planned by worker %s, which is alive; the deadline is in %s', c.worker_id, for_people(c.deadline - clock_timestamp()))
      || CASE WHEN c.outage_since IS NULL THEN '' ELSE '; its planning ' || what_failed(c.failures, c.outage_since, c.error_code) END
  END,
  c.attempt, c.failures, c.interruptions, c.worker_id, c.error_code, c.error
FROM still CROSS JOIN course_map_states c
LEFT JOIN workers w ON w.id = c.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
CROSS JOIN LATERAL (SELECT CASE WHEN c.status = 'requested' THEN planning_starts_at(c.id) END AS start_after) j
WHERE c.status IN ('requested', 'planning');

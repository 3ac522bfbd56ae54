-- Up Migration

-- How a course stood at any moment of its life, from the log. The same fold as the projections (0003), told from the
-- events up to a position; a test holds the two equal at every position.

CREATE FUNCTION course_at(p_course uuid, p_position bigint)
RETURNS TABLE (node_id text, place integer, node_type text, status text, version integer, attempt integer, failures integer,
               worker_id text, error_code text, error text, since timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  WITH course_events AS (
    SELECT e.version, e.type, e.data, e.recorded_at, p.position
    FROM recorded_events e JOIN event_positions p ON p.event_id = e.id
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
           count(*) FILTER (WHERE c.type = 'CourseMapPlanningFailed'
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
    FROM recorded_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = its.stream AND p.position <= least(p_position, cancelled.position) AND e.type <> 'LateResultReceived'
    ORDER BY e.version DESC LIMIT 1
  ) before ON true
  LEFT JOIN LATERAL (
    SELECT e.version FROM recorded_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = its.stream AND p.position <= p_position ORDER BY e.version DESC LIMIT 1
  ) newest ON true
  LEFT JOIN LATERAL (
    SELECT max((e.data ->> 'attempt')::integer) FILTER (WHERE e.type = 'GenerationScheduled') AS attempt,
           count(*) FILTER (WHERE e.type = 'GenerationFailed' AND e.version > coalesce(
             (SELECT max(r.version) FROM recorded_events r WHERE r.stream = its.stream AND r.version <= newest.version AND r.type = 'RetryRequested'), 0))::integer AS failures
    FROM recorded_events e WHERE e.stream = its.stream AND e.version <= newest.version
  ) counts ON true
  LEFT JOIN LATERAL (
    SELECT CASE WHEN e.type = 'GenerationStarted' THEN e.data ->> 'worker_id' END AS worker_id
    FROM recorded_events e WHERE e.stream = its.stream AND e.version <= newest.version AND e.type <> 'LateResultReceived'
    ORDER BY e.version DESC LIMIT 1
  ) held ON true
  LEFT JOIN LATERAL (
    SELECT f.data -> 'error' ->> 'code' AS code, f.data -> 'error' ->> 'message' AS message
    FROM recorded_events f
    WHERE f.stream = its.stream AND f.version <= newest.version AND f.type = 'GenerationFailed'
      AND NOT EXISTS (SELECT FROM recorded_events l WHERE l.stream = its.stream AND l.version > f.version AND l.version <= newest.version
                      AND l.type IN ('GenerationCompleted', 'RetryRequested'))
    ORDER BY f.version DESC LIMIT 1
  ) failed ON true
  ORDER BY 2
$$;

-- The same for an instant, for people: no row when the course was not there yet.
CREATE FUNCTION ops.course_at(course uuid, at timestamptz)
RETURNS TABLE (node_id text, node_type text, status text, attempt integer, failures integer, worker_id text, error_code text, error text, since timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT c.node_id, c.node_type, c.status, c.attempt, c.failures, c.worker_id, c.error_code, c.error, c.since
  FROM public.course_at(course, position_at(at)) c
$$;
COMMENT ON FUNCTION ops.course_at(uuid, timestamptz) IS 'How a course (node_id NULL) and its nodes stood at an instant.';

-- What happened to a course: its own events and those of its nodes, in order of position, after one.
CREATE FUNCTION course_history(p_course uuid, p_after bigint, p_limit integer) RETURNS SETOF events
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  SELECT found.* FROM (
    SELECT e.* FROM events e WHERE e.stream = 'course_map-' || p_course AND e.position > p_after
    UNION ALL
    SELECT e.* FROM node_states n CROSS JOIN LATERAL (
      SELECT * FROM events v WHERE v.stream = 'node-' || p_course || '+' || n.node_id AND v.position > p_after OFFSET 0
    ) e
    WHERE n.course_map_id = p_course
  ) found
  ORDER BY found.position
  LIMIT p_limit
$$;

-- Up Migration

-- A course whose planning failed for good can be asked for again, as a node can: CourseMapRetryRequested puts it back to
-- where it was requested, with its counts at zero.

CREATE OR REPLACE FUNCTION project_course_map_event(p_id uuid, e recorded_events) RETURNS void
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
      WHEN 'CourseMapRetryRequested' THEN 'requested'
      WHEN 'CourseMapCancelled' THEN 'cancelled'
      ELSE c.status END,
    attempt = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'attempt')::integer ELSE c.attempt END,
    failures = CASE e.type WHEN 'CourseMapRetryRequested' THEN 0
      ELSE c.failures + (e.type = 'CourseMapPlanningFailed')::integer END,
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

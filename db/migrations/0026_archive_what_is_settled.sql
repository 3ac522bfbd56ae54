-- Up Migration

-- A cancelled course of which a worker still has a node in hand is not settled: what became of the attempt has yet to be recorded,
-- and an archived stream takes nothing. The function is that of 0019, but for the condition on nodes.
CREATE OR REPLACE FUNCTION can_be_archived(p_course uuid, p_before timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  SELECT EXISTS (
    SELECT FROM course_map_states c
    -- One that is archived has no event here.
    JOIN recorded_events last ON last.stream = 'course_map-' || c.id AND last.version = c.version
    WHERE c.id = p_course AND c.status IN ('completed', 'failed', 'cancelled') AND last.recorded_at < p_before
  ) AND NOT EXISTS (
    SELECT FROM node_states n
    WHERE n.course_map_id = p_course
      AND (n.status = 'pending' AND n.last_event = 'RetryRequested' OR n.status = 'cancelled' AND n.worker_id IS NOT NULL)
  ) AND NOT EXISTS (
    SELECT FROM streams_of_course(p_course) s JOIN recorded_events e ON e.stream >= s.first AND e.stream < s.behind WHERE e.recorded_at >= p_before
  ) AND NOT EXISTS (
    SELECT FROM streams_of_course(p_course) s JOIN llm_calls l ON l.stream >= s.first AND l.stream < s.behind WHERE l.status = 'in_flight'
  )
$$;

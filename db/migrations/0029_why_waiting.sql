-- Up Migration

-- Why a node waits, told as scheduling decides it: through quizzes, without what has failed for good, with the next try of what it waits
-- for; also where a course that is over was asked for again, where no process is alive, and where somebody's open transaction may be why.

-- The learn nodes that a node builds on. A quiz holds nothing that a card could build on, so what it requires counts as required by what
-- comes after it. The same rule as learnPrerequisites of the generation service; a test compares the two.
CREATE FUNCTION learn_prerequisites(p_course uuid, p_node text) RETURNS SETOF node_states
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  WITH RECURSIVE required (node_id) AS (
    SELECT unnest(n.pre_requisites) FROM node_states n WHERE n.course_map_id = p_course AND n.node_id = p_node COLLATE "C"
    UNION
    SELECT unnest(q.pre_requisites) FROM required r
    JOIN node_states q ON q.course_map_id = p_course AND q.node_id = r.node_id COLLATE "C" AND q.node_type = 'quiz'
  )
  SELECT p.* FROM required r
  JOIN node_states p ON p.course_map_id = p_course AND p.node_id = r.node_id COLLATE "C" AND p.node_type = 'learn'
$$;

-- When a job may be claimed; NULL when there is none. Late bound, as queued_jobs is.
CREATE FUNCTION job_starts_at(p_queue text, p_id uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT j.start_after FROM pgboss.job j WHERE j.name = p_queue AND j.id = p_id AND j.state < 'completed');
END
$$;
CREATE FUNCTION planning_starts_at(p_course uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT j.start_after FROM pgboss.job j
          WHERE j.name = 'plan-course-map' AND j.singleton_key = 'course_map-' || p_course AND j.state < 'completed' LIMIT 1);
END
$$;

-- Transactions that have written, and are open for longer than any of a service should be. As the owner, because others are not shown
-- other people's sessions.
CREATE FUNCTION open_transactions() RETURNS TABLE (pid integer, login text, application text, state text, opened_at timestamptz, idle_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.pid, a.usename::text, a.application_name, a.state, a.xact_start, CASE WHEN a.state LIKE 'idle in transaction%' THEN a.state_change END
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.backend_xid IS NOT NULL AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND a.xact_start < clock_timestamp() - interval '1 s'
$$;
CREATE VIEW ops.open_transactions WITH (security_invoker = true) AS
SELECT o.pid, o.login, o.application, o.state, clock_timestamp() - o.opened_at AS open, clock_timestamp() - o.idle_since AS idle
FROM open_transactions() o;
COMMENT ON VIEW ops.open_transactions IS
  'Transactions that have written and are open for more than a second: what they touched is held until they end.';

REVOKE ALL ON FUNCTION learn_prerequisites(uuid, text), job_starts_at(text, uuid), planning_starts_at(uuid), open_transactions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION learn_prerequisites(uuid, text), job_starts_at(text, uuid), planning_starts_at(uuid), open_transactions()
  TO coursewright_operator, coursewright_service;
GRANT SELECT ON ops.open_transactions TO coursewright_operator;

-- What may keep anything at all from moving, as the end of a sentence; nothing when all is well.
CREATE FUNCTION what_stands_still() RETURNS TABLE (reactor text, workers text, transactions text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT
    CASE WHEN EXISTS (SELECT FROM subscriptions s WHERE s.name = 'generation-reactor' AND s.paused_at IS NOT NULL)
      THEN '; the subscription generation-reactor, which takes it up, is paused' ELSE '' END,
    CASE WHEN EXISTS (SELECT FROM workers w JOIN held_beacons b ON b.lock_key = w.lock_key) THEN '' ELSE '; no generation process is alive' END,
    coalesce((SELECT format('; %s (pid %s) has had a transaction open for %s, and may hold it', o.login, o.pid, for_people(clock_timestamp() - o.opened_at))
              FROM open_transactions() o ORDER BY o.opened_at LIMIT 1), '')
$$;
REVOKE ALL ON FUNCTION what_stands_still() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION what_stands_still() TO coursewright_operator, coursewright_service;

CREATE OR REPLACE VIEW ops.why_waiting WITH (security_invoker = true) AS
WITH still AS MATERIALIZED (SELECT * FROM what_stands_still())
SELECT n.course_map_id, n.node_id, why.cause,
  CASE why.cause
    WHEN 'held' THEN format('attempt %s is with worker %s, which is alive, since %s; its deadline is in %s', n.attempt, n.worker_id,
      for_people(clock_timestamp() - n.started_at), for_people(n.deadline - clock_timestamp()))
    WHEN 'worker_silent' THEN format('attempt %s is with worker %s, which is silent; recovery takes it back', n.attempt, n.worker_id) || still.workers || still.transactions
    WHEN 'overdue' THEN format('attempt %s is with worker %s and past its deadline; recovery takes it back', n.attempt, n.worker_id) || still.workers || still.transactions
    WHEN 'backoff' THEN format('failed %s with %s; next try in %s', times(n.failures), n.error_code, for_people(j.start_after - clock_timestamp()))
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
           WHEN 'generating' THEN CASE WHEN p.failures > 0 THEN format('failed %s with %s and is generating again', times(p.failures), p.error_code) ELSE 'is generating' END
           WHEN 'pending' THEN CASE
             WHEN p.failures > 0 AND q.start_after > clock_timestamp() THEN format('failed %s with %s, next try in %s', times(p.failures), p.error_code, for_people(q.start_after - clock_timestamp()))
             WHEN p.failures > 0 THEN format('failed %s with %s and is tried again', times(p.failures), p.error_code)
             WHEN q.start_after IS NOT NULL THEN 'is in the queue'
             ELSE 'is waiting itself' END
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
    WHEN n.last_event = 'GenerationScheduled' AND j.start_after > clock_timestamp() THEN CASE WHEN n.failures > 0 THEN 'backoff' ELSE 'put_back' END
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
    WHEN c.status = 'requested' AND c.failures > 0 THEN format('its planning failed %s with %s, ', times(c.failures), c.error_code)
      || CASE WHEN j.start_after > clock_timestamp() THEN 'next try in ' || for_people(j.start_after - clock_timestamp()) ELSE 'and is tried again' || still.workers || still.transactions END
    WHEN c.status = 'requested' THEN format('waits since %s to be planned', for_people(clock_timestamp() - c.created_at)) || still.reactor || still.workers || still.transactions
    WHEN b.lock_key IS NULL THEN format('planning attempt %s is with worker %s, which is silent; recovery takes it back', c.attempt, c.worker_id) || still.workers || still.transactions
    ELSE format('is being planned by worker %s, which is alive; the deadline is in %s', c.worker_id, for_people(c.deadline - clock_timestamp()))
  END,
  c.attempt, c.failures, c.interruptions, c.worker_id, c.error_code, c.error
FROM still CROSS JOIN course_map_states c
LEFT JOIN workers w ON w.id = c.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
CROSS JOIN LATERAL (SELECT CASE WHEN c.status = 'requested' THEN planning_starts_at(c.id) END AS start_after) j
WHERE c.status IN ('requested', 'planning');

-- ── Failures ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Archived courses failed as well. Of a day that is very full, its last 200,000 events: what is asked in an incident must be answered in it.
CREATE OR REPLACE VIEW ops.recent_failures WITH (security_invoker = true) AS
SELECT error_fingerprint(f.code, f.message) AS fingerprint, f.code, min(f.message) AS example, count(*) AS failures,
       count(*) FILTER (WHERE f.final) AS final_failures, count(DISTINCT f.stream) AS streams,
       count(*) FILTER (WHERE n.status = 'failed') AS still_failed,
       min(f.recorded_at) AS first_at, max(f.recorded_at) AS last_at
FROM (
  SELECT e.stream, e.recorded_at, e.data -> 'error' ->> 'code' AS code, e.data -> 'error' ->> 'message' AS message,
         (e.data ->> 'final')::boolean AS final, e.version
  FROM (SELECT greatest(position_at(clock_timestamp() - interval '1 day'), coalesce((SELECT max(h.position) FROM event_positions h), 0) - 200000) AS position OFFSET 0) since
  JOIN event_positions p ON p.position > since.position
  CROSS JOIN LATERAL (SELECT * FROM kept_events r WHERE r.id = p.event_id OFFSET 0) e
  WHERE e.type IN ('GenerationFailed', 'CourseMapPlanningFailed')
) f
LEFT JOIN node_states n ON f.stream = 'node-' || n.course_map_id || '+' || n.node_id AND n.version = f.version AND n.status = 'failed'
GROUP BY 1, 2;
COMMENT ON VIEW ops.recent_failures IS
  'What failed in the last day (of its last 200,000 events), by kind. ops.retry_failures(fingerprint, reason) has the nodes that are still failed generated again.';

-- By days of UTC, as ops.usage and the providers' bills have them, whatever the session's time zone.
CREATE OR REPLACE VIEW ops.spend WITH (security_invoker = true) AS
SELECT date_trunc('day', l.asked_at, 'UTC') AS day, substr(l.stream, CASE WHEN starts_with(l.stream, 'node-') THEN 6 ELSE 12 END, 36)::uuid AS course_map_id,
       count(*) AS calls, count(*) FILTER (WHERE l.status = 'answered') AS answered, count(*) FILTER (WHERE l.status = 'in_doubt') AS in_doubt,
       sum(l.input_tokens) AS input_tokens, sum(l.output_tokens) AS output_tokens,
       sum(l.cost) AS cost, sum(l.greatest_cost) FILTER (WHERE l.status = 'in_doubt') AS greatest_cost_in_doubt
FROM ops.llm_calls l
GROUP BY 1, 2;
COMMENT ON VIEW ops.spend IS 'Calls, tokens and cost by day (UTC) and course, for as long as the journal keeps its calls.';

-- A command that can do nothing says so.
CREATE OR REPLACE FUNCTION ops.retry_failed(course uuid, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  v_what constant text := 'course ' || coalesce(course::text, 'NULL');
  v_status text;
  v_count integer;
BEGIN
  PERFORM state_reason(v_what, reason);
  SELECT c.status INTO v_status FROM course_map_states c WHERE c.id = course;
  IF NOT FOUND THEN
    PERFORM refuse_command(v_what, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  IF v_status = 'cancelled' THEN
    PERFORM refuse_command(v_what, 'is cancelled', 'A cancelled course stays as it is; ask for a new one.');
  END IF;
  UPDATE node_contents n SET generation_status = 'pending' WHERE n.course_map_id = course AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;

-- Nor does one course that is cancelled keep the failures of all others from being tried again.
CREATE OR REPLACE FUNCTION ops.retry_failures(fingerprint text, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  v_what constant text := 'failures of fingerprint ' || coalesce(fingerprint, 'NULL');
  v_count integer;
  v_archived integer;
BEGIN
  PERFORM state_reason(v_what, reason);
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
  RETURN v_count;
END
$$;

-- Up Migration

-- What operators see in psql, administrators see over HTTP as well.
GRANT SELECT ON ops.workers, ops.queue, ops.recent_failures TO coursewright_service;

-- What was rescued in the last day, of the last 200,000 events at most: so that it costs the same after years.
CREATE VIEW ops.recent_rescues WITH (security_invoker = true) AS
SELECT e.type, e.data ->> 'cause' AS cause, count(*) AS events, count(e.detected_after_ms) AS detected,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY e.detected_after_ms) AS p50_ms,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY e.detected_after_ms) AS p99_ms,
       max(e.detected_after_ms) AS most_ms,
       -- Up to 250 ms, 500 ms, 1 s, 2 s, 5 s, and longer.
       ARRAY[
         count(*) FILTER (WHERE e.detected_after_ms <= 250),
         count(*) FILTER (WHERE e.detected_after_ms > 250 AND e.detected_after_ms <= 500),
         count(*) FILTER (WHERE e.detected_after_ms > 500 AND e.detected_after_ms <= 1000),
         count(*) FILTER (WHERE e.detected_after_ms > 1000 AND e.detected_after_ms <= 2000),
         count(*) FILTER (WHERE e.detected_after_ms > 2000 AND e.detected_after_ms <= 5000),
         count(*) FILTER (WHERE e.detected_after_ms > 5000)
       ] AS histogram,
       -- Of what the journal answered: what would have been billed for.
       coalesce(sum(e.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(e.output_tokens), 0)::bigint AS output_tokens
FROM (
  SELECT r.type, r.data, (r.data ->> 'detected_after_ms')::integer AS detected_after_ms,
         CASE WHEN r.type = 'GenerationCompleted' THEN (r.data -> 'usage' ->> 'input_tokens')::bigint END AS input_tokens,
         CASE WHEN r.type = 'GenerationCompleted' THEN (r.data -> 'usage' ->> 'output_tokens')::bigint END AS output_tokens
  FROM (
    SELECT greatest(position_at(clock_timestamp() - interval '1 day'), coalesce((SELECT max(h.position) FROM event_positions h), 0) - 200000) AS position OFFSET 0
  ) since
  JOIN event_positions p ON p.position > since.position
  CROSS JOIN LATERAL (SELECT k.type, k.data FROM kept_events k WHERE k.id = p.event_id OFFSET 0) r
  WHERE r.type IN ('GenerationInterrupted', 'CourseMapPlanningInterrupted', 'LateResultReceived')
     OR (r.type = 'GenerationCompleted' AND (r.data ->> 'from_journal')::boolean)
) e
GROUP BY e.type, e.data ->> 'cause';
COMMENT ON VIEW ops.recent_rescues IS 'Of the last day: what lost its worker and how soon that was noticed, what came late and was kept, what the journal answered.';
GRANT SELECT ON ops.recent_rescues TO coursewright_operator, coursewright_service;

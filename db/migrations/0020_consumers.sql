-- Up Migration

-- Consumers of the log that come with it: what was spent, by course and day, for longer than the journal keeps its calls; and
-- webhooks, which tell other people's servers. And what operators lacked for consumers of their own.

-- ── What was spent ───────────────────────────────────────────────────────────────────────────────────────────

-- One row for each stream, day (UTC) and model, set (not added to) from the journal whenever an attempt of the stream ends. What the
-- journal has forgotten since stays: a figure is never set to less. Setting it twice is setting it once.
CREATE TABLE usage_ledger (
  course_map_id          uuid    NOT NULL,
  -- Null for the planning.
  node_id                text    COLLATE "C",
  day                    date    NOT NULL,
  model                  text    NOT NULL,
  calls                  integer NOT NULL,
  answered               integer NOT NULL,
  -- Perhaps billed, and no answer: counted with the most that it can have cost.
  in_doubt               integer NOT NULL,
  input_tokens           bigint  NOT NULL,
  output_tokens          bigint  NOT NULL,
  -- In the deployment's currency; null where nobody said the prices.
  cost                   numeric,
  greatest_cost_in_doubt numeric,
  CONSTRAINT usage_ledger_once UNIQUE NULLS NOT DISTINCT (course_map_id, node_id, day, model)
);
CREATE INDEX usage_ledger_days ON usage_ledger (day);
GRANT SELECT, INSERT, UPDATE ON usage_ledger TO coursewright_service;
GRANT SELECT ON usage_ledger TO coursewright_operator;
-- The ledger asks for the calls of a stream.
CREATE INDEX llm_calls_by_stream ON llm_calls (stream);

CREATE VIEW ops.usage WITH (security_invoker = true) AS
SELECT u.day, u.course_map_id, u.model, sum(u.calls) AS calls, sum(u.answered) AS answered, sum(u.in_doubt) AS in_doubt,
       sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens, sum(u.cost) AS cost,
       sum(u.greatest_cost_in_doubt) AS greatest_cost_in_doubt
FROM usage_ledger u
GROUP BY u.day, u.course_map_id, u.model;
COMMENT ON VIEW ops.usage IS 'Calls, tokens and cost by day (UTC), course and model, kept when the journal has forgotten its calls.';
GRANT SELECT ON ops.usage TO coursewright_operator;

-- ── Webhooks ─────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE webhook_endpoints (
  id                uuid        PRIMARY KEY,
  url               text        NOT NULL CONSTRAINT webhook_endpoints_url CHECK (url ~ '^https?://' AND length(url) <= 2000),
  description       text        NOT NULL DEFAULT '',
  -- Null for all types.
  types             text[],
  -- Signs what is sent; operators do not see it.
  secret            text        NOT NULL,
  -- Events behind this one are for it.
  from_position     bigint      NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- By an operator, by an answer that said 410, or because nothing was delivered for days.
  disabled_at       timestamptz,
  disabled_reason   text,
  -- The circuit: after some failures in a row nothing is sent until `open_until`, and then one delivery at a time.
  failures_in_a_row integer     NOT NULL DEFAULT 0,
  failing_since     timestamptz,
  open_until        timestamptz
);

CREATE TABLE webhook_deliveries (
  endpoint_id     uuid        NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
  position        bigint      NOT NULL,
  status          text        NOT NULL DEFAULT 'waiting' CONSTRAINT webhook_deliveries_status CHECK (status IN ('waiting', 'delivered', 'failed')),
  attempts        smallint    NOT NULL DEFAULT 0,
  -- When it is sent, or sent again. While it is being sent: when that counts as lost.
  next_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_attempt_at timestamptz,
  response_status integer,
  error           text,
  PRIMARY KEY (endpoint_id, position)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (last_attempt_at) WHERE status <> 'waiting';

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries TO coursewright_service;
GRANT SELECT (id, url, description, types, from_position, created_at, disabled_at, disabled_reason, failures_in_a_row, failing_since, open_until)
  ON webhook_endpoints TO coursewright_operator;
GRANT SELECT ON webhook_deliveries TO coursewright_operator;

CREATE VIEW ops.webhooks WITH (security_invoker = true) AS
SELECT w.id, w.url, w.types, w.disabled_at, w.disabled_reason, w.failures_in_a_row, w.failing_since,
       CASE WHEN w.open_until > clock_timestamp() THEN w.open_until END AS circuit_open_until,
       d.waiting, d.delivered, d.failed, d.oldest_waiting, d.last_error
FROM webhook_endpoints w
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE d.status = 'waiting') AS waiting, count(*) FILTER (WHERE d.status = 'delivered') AS delivered,
         count(*) FILTER (WHERE d.status = 'failed') AS failed, min(d.position) FILTER (WHERE d.status = 'waiting') AS oldest_waiting,
         (array_agg(d.error ORDER BY d.last_attempt_at DESC) FILTER (WHERE d.error IS NOT NULL))[1] AS last_error
  FROM webhook_deliveries d WHERE d.endpoint_id = w.id
) d;
COMMENT ON VIEW ops.webhooks IS 'Where events are sent, what waits, and what stops it.';
GRANT SELECT ON ops.webhooks TO coursewright_operator;

-- ── Setting streams aside by hand ────────────────────────────────────────────────────────────────────────────

-- Where the stream goes on when it is unparked: with the event itself, or behind it, because that was handled already.
ALTER TABLE parked_streams ADD COLUMN unpark_by text NOT NULL DEFAULT 'retry' CONSTRAINT parked_streams_unpark_by CHECK (unpark_by IN ('retry', 'skip'));

-- Locks the rows of a subscription, so that no batch of it is under way, and checks what every command of it needs.
CREATE FUNCTION lock_subscription(p_name text, p_reason text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF coalesce(btrim(p_reason), '') = '' THEN
    PERFORM refuse_subscription_command(p_name, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  PERFORM FROM subscriptions s WHERE s.name = p_name ORDER BY s.partition FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(p_name, 'there is none of this name',
      'There are: ' || coalesce((SELECT string_agg(DISTINCT s.name, ', ') FROM subscriptions s), 'none') || '.');
  END IF;
END
$$;

-- The reason is in the metadata of an event whose data has no place for it.
CREATE FUNCTION record_for_subscription(p_name text, p_type text, p_data jsonb, p_reason text DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'subscription-' || p_name,
    'expected_version', coalesce((SELECT max(e.version) FROM recorded_events e WHERE e.stream = 'subscription-' || p_name), 0),
    'metadata', jsonb_build_object('correlation_id', 'subscription-' || p_name || '/' || txid_current(), 'causation_id', NULL,
                                   'actor', session_user, 'via', 'psql')
                || CASE WHEN p_reason IS NULL THEN '{}' ELSE jsonb_build_object('reason', left(btrim(p_reason), 500)) END,
    'events', jsonb_build_array(jsonb_build_object('type', p_type, 'schema_version', 1, 'data', p_data)))))
$$;

CREATE OR REPLACE FUNCTION command_subscription(p_name text, p_type text, p_data jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM lock_subscription(p_name, p_data ->> 'reason');
  PERFORM record_for_subscription(p_name, p_type, p_data);
END
$$;

-- Has a subscription leave a stream alone from now on; all others go on.
CREATE FUNCTION ops.park(subscription text, stream text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  s subscriptions;
  v_handled bigint;
  v_next bigint;
  v_error text := 'by hand: ' || left(btrim(reason), 400);
BEGIN
  PERFORM lock_subscription(park.subscription, reason);
  SELECT r.* INTO s FROM subscriptions r WHERE r.name = park.subscription AND r.partition = stream_partition(park.stream, r.partitions);
  IF s.by_sql THEN
    PERFORM refuse_subscription_command(park.subscription, 'reads by SQL, and parks nothing', 'Only subscriptions of services set streams aside.');
  END IF;
  SELECT max(e.position) FILTER (WHERE e.position <= s.position), min(e.position) FILTER (WHERE e.position > s.position)
  INTO v_handled, v_next FROM events e WHERE e.stream = park.stream;
  IF v_handled IS NULL AND v_next IS NULL THEN
    PERFORM refuse_subscription_command(park.subscription, format('there is no stream %s', park.stream), 'A stream is named like node-{course}+{node}.');
  END IF;
  INSERT INTO parked_streams (subscription, partition, stream, position, attempts, error, unpark_by)
  VALUES (park.subscription, s.partition, park.stream, coalesce(v_handled, v_next), 1, v_error, CASE WHEN v_handled IS NULL THEN 'retry' ELSE 'skip' END)
  ON CONFLICT ON CONSTRAINT parked_streams_pkey DO NOTHING;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(park.subscription, format('has parked stream %s already', park.stream), 'SELECT * FROM ops.parked_streams says why.');
  END IF;
  PERFORM record_for_subscription(park.subscription, 'StreamParked',
    jsonb_build_object('stream', park.stream, 'position', coalesce(v_handled, v_next), 'attempts', 1, 'error', v_error), reason);
END
$$;

-- Lets a stream go on where it was left: with the event that failed, or with what has come since it was parked by hand.
CREATE FUNCTION ops.unpark(subscription text, stream text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  p parked_streams;
BEGIN
  PERFORM lock_subscription(unpark.subscription, reason);
  UPDATE parked_streams k SET asked = k.unpark_by WHERE k.subscription = unpark.subscription AND k.stream = unpark.stream RETURNING k.* INTO p;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(unpark.subscription, format('has not parked stream %s', unpark.stream),
      'SELECT * FROM ops.parked_streams shows those that are parked.');
  END IF;
  PERFORM record_for_subscription(unpark.subscription, 'ParkedStreamRetried',
    jsonb_build_object('stream', unpark.stream, 'position', p.position, 'reason', reason));
END
$$;

-- ── A fingerprint that nothing has ───────────────────────────────────────────────────────────────────────────

-- Nothing to retry is worth a word: a mistyped fingerprint looks the same.
CREATE OR REPLACE FUNCTION ops.retry_failures(fingerprint text, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM state_reason('failures ' || fingerprint, reason);
  UPDATE node_contents n SET generation_status = 'pending'
  FROM node_states s
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint
    AND n.course_map_id = s.course_map_id AND n.node_id = s.node_id AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count = 0 THEN
    PERFORM refuse_node_change('failures ' || fingerprint, 'no failed node has this fingerprint', 'SELECT fingerprint, still_failed FROM ops.recent_failures.');
  END IF;
  RETURN v_count;
END
$$;

REVOKE ALL ON FUNCTION lock_subscription(text, text), record_for_subscription(text, text, jsonb, text),
  ops.park(text, text, text), ops.unpark(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.park(text, text, text), ops.unpark(text, text, text) TO coursewright_operator;

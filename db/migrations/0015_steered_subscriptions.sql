-- Up Migration

-- Subscriptions that operators steer, that several processes share by partition, and that one poison event does not stop.
-- Each command is an event on the subscription's own stream, with who gave it and why: what was done to a consumer is
-- history like everything else.

-- ── The streams of subscriptions ─────────────────────────────────────────────────────────────────────────────

ALTER TABLE recorded_events DROP CONSTRAINT recorded_events_stream_name;
ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_stream_name CHECK (
  CASE WHEN starts_with(stream, 'node-') THEN
    stream LIKE 'node-________-____-____-____-____________+_%' AND length(stream) <= 106
    AND stream ~ '^node-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+[+][A-Za-z0-9_-]+$'
  WHEN starts_with(stream, 'course_map-') THEN
    stream LIKE 'course\_map-________-____-____-____-____________'
    AND stream ~ '^course_map-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$'
  WHEN starts_with(stream, 'recovery-') THEN
    stream LIKE 'recovery-________-____-____-____-____________'
    AND stream ~ '^recovery-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$'
  ELSE
    length(stream) <= 76 AND stream ~ '^subscription-[a-z][a-z0-9-]*$'
  END
) NOT VALID; -- What stands in the log has met the stricter rule before this one.

-- ── Partitions, pauses, troubles ─────────────────────────────────────────────────────────────────────────────

ALTER TABLE subscriptions
  ADD COLUMN partition     smallint NOT NULL DEFAULT 0 CONSTRAINT subscriptions_partition CHECK (partition >= 0),
  -- The same in every row of a subscription. Fixed when it is made: partitions that have read differently far cannot be cut anew.
  ADD COLUMN partitions    smallint NOT NULL DEFAULT 1 CONSTRAINT subscriptions_partitions CHECK (partitions BETWEEN 1 AND 64),
  ADD COLUMN paused_at     timestamptz,
  -- What the newest batch failed with, until one succeeds.
  ADD COLUMN failing_since timestamptz,
  ADD COLUMN error         text,
  -- A consumer that reads by SQL: who may acknowledge, until when, and up to where it was given events.
  ADD COLUMN leased_by     text,
  ADD COLUMN leased_until  timestamptz,
  ADD COLUMN given_up_to   bigint,
  DROP CONSTRAINT subscriptions_pkey,
  ADD PRIMARY KEY (name, partition),
  ADD CONSTRAINT subscriptions_partition_exists CHECK (partition < partitions);

-- Which partition a stream is in. By the end of its course's id, which is random: so a course and its nodes stay together,
-- in order. For ever the same, unlike the server's own hash functions.
CREATE FUNCTION stream_partition(p_stream text, p_partitions integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_partitions = 1 OR starts_with(p_stream, 'subscription-') THEN 0
    ELSE ('x' || right(split_part(p_stream, '+', 1), 7))::bit(28)::integer % p_partitions
  END
$$;

-- Streams that a subscription has set aside, because one of their events fails again and again. What follows in the stream waits
-- behind it; all other streams go on.
CREATE TABLE parked_streams (
  subscription text        NOT NULL,
  partition    smallint    NOT NULL,
  stream       text        NOT NULL,
  -- The event that fails.
  position     bigint      NOT NULL,
  attempts     integer     NOT NULL CONSTRAINT parked_streams_attempts CHECK (attempts > 0),
  error        text        NOT NULL,
  parked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- What an operator wants done: the stream is tried again from the event on, or from behind it.
  asked        text        CONSTRAINT parked_streams_asked CHECK (asked IN ('retry', 'skip')),
  PRIMARY KEY (subscription, stream),
  FOREIGN KEY (subscription, partition) REFERENCES subscriptions (name, partition)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON parked_streams TO coursewright_service;
GRANT SELECT ON parked_streams TO coursewright_operator;

-- ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────

-- SQLSTATE CW005: a command for a subscription that makes no sense.
CREATE FUNCTION refuse_subscription_command(p_name text, p_problem text, p_hint text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'subscription %: %', p_name, p_problem USING ERRCODE = 'CW005', HINT = p_hint;
END
$$;

-- Locks the rows of a subscription, so that none of its batches is under way, and appends the command's event.
CREATE FUNCTION command_subscription(p_name text, p_type text, p_data jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_stream text := 'subscription-' || p_name;
BEGIN
  IF coalesce(btrim(p_data ->> 'reason'), '') = '' THEN
    PERFORM refuse_subscription_command(p_name, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  PERFORM FROM subscriptions s WHERE s.name = p_name ORDER BY s.partition FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(p_name, 'there is none of this name',
      'There are: ' || coalesce((SELECT string_agg(DISTINCT s.name, ', ') FROM subscriptions s), 'none') || '.');
  END IF;
  PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', v_stream,
    'expected_version', coalesce((SELECT max(e.version) FROM recorded_events e WHERE e.stream = v_stream), 0),
    'metadata', jsonb_build_object('correlation_id', v_stream || '/' || txid_current(), 'causation_id', NULL,
                                   'actor', session_user, 'via', 'psql'),
    'events', jsonb_build_array(jsonb_build_object('type', p_type, 'schema_version', 1, 'data', p_data)))));
END
$$;

CREATE FUNCTION ops.pause_subscription(name text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM command_subscription(pause_subscription.name, 'SubscriptionPaused', jsonb_build_object('reason', reason));
  UPDATE subscriptions s SET paused_at = coalesce(s.paused_at, clock_timestamp()) WHERE s.name = pause_subscription.name;
END
$$;

CREATE FUNCTION ops.resume_subscription(name text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM command_subscription(resume_subscription.name, 'SubscriptionResumed', jsonb_build_object('reason', reason));
  UPDATE subscriptions s SET paused_at = NULL WHERE s.name = resume_subscription.name;
END
$$;

-- Everything behind `to_position` is handled again. Effects in Postgres that are not made to be repeated will be there twice.
CREATE FUNCTION ops.rewind_subscription(name text, to_position bigint, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_furthest bigint;
BEGIN
  PERFORM command_subscription(rewind_subscription.name, 'SubscriptionRewound',
    jsonb_build_object('to_position', to_position, 'reason', reason));
  SELECT max(s.position) INTO v_furthest FROM subscriptions s WHERE s.name = rewind_subscription.name;
  IF to_position < 0 OR to_position > v_furthest THEN
    PERFORM refuse_subscription_command(rewind_subscription.name, format('cannot be rewound to %s', to_position),
      format('It has read up to %s; give a position from 0 to there.', v_furthest));
  END IF;
  UPDATE subscriptions s
  SET position = least(s.position, to_position), leased_by = NULL, leased_until = NULL, given_up_to = NULL,
      updated_at = clock_timestamp()
  WHERE s.name = rewind_subscription.name;
  -- What is read again anyway need not wait for anybody.
  DELETE FROM parked_streams p WHERE p.subscription = rewind_subscription.name AND p.position > to_position;
END
$$;

-- The position of the last event that was recorded at or before an instant; 0 when there is none. Positions follow commits, and
-- an event is dated a moment before its commit: events of the same moment may lie on either side.
CREATE FUNCTION position_at(p_instant timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  v_low  bigint := 0; -- Recorded at or before the instant, or nothing.
  v_high bigint := coalesce((SELECT max(p.position) FROM event_positions p), 0) + 1;
  v_mid  bigint;
BEGIN
  WHILE v_high - v_low > 1 LOOP
    v_mid := (v_low + v_high) / 2;
    IF (SELECT e.recorded_at FROM event_positions p JOIN recorded_events e ON e.id = p.event_id WHERE p.position = v_mid) <= p_instant THEN
      v_low := v_mid;
    ELSE
      v_high := v_mid;
    END IF;
  END LOOP;
  RETURN v_low;
END
$$;

-- To how the log stood at an instant: everything that was recorded since is handled again.
CREATE FUNCTION ops.rewind_subscription(name text, to_instant timestamptz, reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT ops.rewind_subscription(name, position_at(to_instant), reason)
$$;

CREATE FUNCTION ask_of_parked_stream(p_name text, p_stream text, p_asked text, p_type text, p_reason text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_position bigint;
BEGIN
  -- The subscription first, then its parked streams, as everybody does.
  PERFORM FROM subscriptions s WHERE s.name = p_name ORDER BY s.partition FOR UPDATE;
  UPDATE parked_streams p SET asked = p_asked WHERE p.subscription = p_name AND p.stream = p_stream
  RETURNING p.position INTO v_position;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(p_name, format('has not parked stream %s', p_stream),
      'SELECT * FROM ops.parked_streams shows those that are parked.');
  END IF;
  PERFORM command_subscription(p_name, p_type, jsonb_build_object('stream', p_stream, 'position', v_position, 'reason', p_reason));
END
$$;

-- Tries the event that failed again, and then what waits behind it.
CREATE FUNCTION ops.retry_parked_stream(subscription text, stream text, reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT ask_of_parked_stream(subscription, stream, 'retry', 'ParkedStreamRetried', reason)
$$;

-- Gives the event that failed up, and goes on with what waits behind it.
CREATE FUNCTION ops.skip_parked_event(subscription text, stream text, reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT ask_of_parked_stream(subscription, stream, 'skip', 'ParkedEventSkipped', reason)
$$;

-- ── What operators see ───────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW ops.subscription_lag AS
SELECT s.name, s.partition, s.partitions, s.position, head.position - s.position AS events_behind,
       CASE WHEN next.recorded_at IS NULL THEN interval '0' ELSE clock_timestamp() - next.recorded_at END AS behind,
       s.paused_at, s.failing_since, s.error, s.leased_by, s.leased_until,
       (SELECT count(*) FROM parked_streams p WHERE p.subscription = s.name AND p.partition = s.partition) AS parked_streams,
       s.updated_at
FROM subscriptions s
CROSS JOIN (SELECT coalesce(max(p.position), 0) AS position FROM event_positions p) head
LEFT JOIN LATERAL (
  SELECT e.recorded_at FROM event_positions p JOIN recorded_events e ON e.id = p.event_id WHERE p.position = s.position + 1
) next ON true;
COMMENT ON VIEW ops.subscription_lag IS
  'How far each subscription is behind: in events of any kind, and since when the next of them waits; and what stops it.';

CREATE VIEW ops.parked_streams AS
SELECT p.subscription, p.stream, p.position, e.type, p.attempts, p.error, p.parked_at, p.asked,
       (SELECT count(*) FROM recorded_events w WHERE w.stream = p.stream AND w.version > e.version) AS waiting_behind
FROM parked_streams p
JOIN event_positions ep ON ep.position = p.position
JOIN recorded_events e ON e.id = ep.event_id;
COMMENT ON VIEW ops.parked_streams IS
  'Streams that a subscription has set aside: the event that fails, and why. ops.retry_parked_stream, ops.skip_parked_event.';

GRANT SELECT ON ops.subscription_lag, ops.parked_streams TO coursewright_operator;

REVOKE ALL ON FUNCTION refuse_subscription_command(text, text, text), command_subscription(text, text, jsonb),
  ask_of_parked_stream(text, text, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ops.pause_subscription(text, text), ops.resume_subscription(text, text),
  ops.rewind_subscription(text, bigint, text), ops.rewind_subscription(text, timestamptz, text),
  ops.retry_parked_stream(text, text, text), ops.skip_parked_event(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.pause_subscription(text, text), ops.resume_subscription(text, text),
  ops.rewind_subscription(text, bigint, text), ops.rewind_subscription(text, timestamptz, text),
  ops.retry_parked_stream(text, text, text), ops.skip_parked_event(text, text, text) TO coursewright_operator;

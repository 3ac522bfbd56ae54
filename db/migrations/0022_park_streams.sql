-- Up Migration

-- Setting a stream aside by hand, and letting it go on; and a word for a fingerprint that nothing has.

-- Of a subscription for which the order of all events counts nothing is set aside, and its row says so.
ALTER TABLE subscriptions ADD COLUMN in_order boolean NOT NULL DEFAULT false;

-- Where the stream goes on when it is unparked: with the event itself, or behind it, because that was handled already.
ALTER TABLE parked_streams ADD COLUMN unpark_by text NOT NULL DEFAULT 'retry' CONSTRAINT parked_streams_unpark_by CHECK (unpark_by IN ('retry', 'skip'));

-- Locks the rows of a subscription, so that no batch of it commits meanwhile, and checks what every command of it needs.
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

-- Has a subscription leave a stream alone from now on; all others go on. What one that delivers outside has in hand at this moment
-- may still arrive, and arrives again when the stream is unparked.
CREATE FUNCTION ops.park(subscription text, stream text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  s subscriptions;
  v_handled bigint;
  v_next bigint;
  v_error text := 'by hand: ' || left(btrim(reason), 400);
BEGIN
  PERFORM lock_subscription(park.subscription, reason);
  IF NOT EXISTS (SELECT FROM kept_events e WHERE e.stream = park.stream) THEN
    PERFORM refuse_subscription_command(park.subscription, format('there is no stream %s', park.stream), 'A stream is named like node-{course}+{node}.');
  END IF;
  SELECT r.* INTO s FROM subscriptions r WHERE r.name = park.subscription AND r.partition = stream_partition(park.stream, r.partitions);
  IF s.by_sql THEN
    PERFORM refuse_subscription_command(park.subscription, 'reads by SQL, and parks nothing', 'Only subscriptions of services set streams aside.');
  END IF;
  IF s.in_order THEN
    PERFORM refuse_subscription_command(park.subscription, 'keeps the order of all events, and parks nothing', 'Pause it by ops.pause_subscription instead.');
  END IF;
  SELECT max(e.position) FILTER (WHERE e.position <= s.position), min(e.position) FILTER (WHERE e.position > s.position)
  INTO v_handled, v_next FROM events e WHERE e.stream = park.stream;
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

REVOKE ALL ON FUNCTION lock_subscription(text, text), record_for_subscription(text, text, jsonb, text),
  ops.park(text, text, text), ops.unpark(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.park(text, text, text), ops.unpark(text, text, text) TO coursewright_operator;

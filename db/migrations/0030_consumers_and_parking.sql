-- Up Migration

-- ── Consumers by SQL ─────────────────────────────────────────────────────────────────────────────────────────

-- The names that the services' own subscriptions go by: a consumer that took one before its service first ran would keep it from running.
CREATE FUNCTION is_name_of_service(p_name text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT p_name IN ('generation-reactor', 'recovery-requests', 'usage-ledger', 'webhooks', 'nats-relay')
$$;

CREATE OR REPLACE FUNCTION lock_consumer(p_consumer text) RETURNS subscriptions
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s subscriptions;
BEGIN
  SELECT * INTO s FROM subscriptions r WHERE r.name = p_consumer AND r.partition = 0 FOR UPDATE;
  IF NOT s.by_sql OR is_name_of_service(p_consumer) THEN
    PERFORM refuse_consumer(p_consumer, 'is a subscription of a service', 'Choose another name.');
  END IF;
  IF s.name IS NULL THEN
    PERFORM refuse_consumer(coalesce(p_consumer, 'NULL'), 'is not known', 'SELECT * FROM outbox.poll(…) makes it.');
  END IF;
  RETURN s;
END
$$;

CREATE OR REPLACE FUNCTION make_consumer(p_consumer text, p_position bigint) RETURNS subscriptions
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF p_consumer IS NULL OR p_consumer !~ '^[a-z][a-z0-9-]{0,62}$' THEN
    PERFORM refuse_consumer(coalesce(p_consumer, 'NULL'), 'is no name', 'A name is 1 to 63 lower-case letters, digits and hyphens, and begins with a letter.');
  END IF;
  IF NOT is_name_of_service(p_consumer) THEN
    INSERT INTO subscriptions (name, position, by_sql) VALUES (p_consumer, p_position, true) ON CONFLICT (name, partition) DO NOTHING;
  END IF;
  RETURN lock_consumer(p_consumer);
END
$$;

-- A lease belongs to a login and, among the sessions of that login, to who names himself so. No login can end the lease of another,
-- whatever name it gives.
CREATE FUNCTION lease_holder(p_holder text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT session_user || '/' || p_holder
$$;
CREATE OR REPLACE FUNCTION outbox.this_session() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_backend_pid()::text
$$;

-- As before (0016), but for whom the lease is, and that nobody waits: while another session is polling or acknowledging in an open
-- transaction, it has the lease.
CREATE OR REPLACE FUNCTION outbox.poll(consumer text, max_events integer DEFAULT 100, lease interval DEFAULT '30 s', holder text DEFAULT outbox.this_session())
RETURNS TABLE ("position" bigint, stream text, version integer, type text, schema_version smallint, data jsonb, metadata jsonb, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  s subscriptions;
  v_last bigint;
BEGIN
  IF max_events IS NULL OR max_events NOT BETWEEN 1 AND 10000 THEN
    PERFORM refuse_consumer(consumer, format('cannot be given %s events', coalesce(max_events::text, 'NULL')), 'Ask for 1 to 10000 at a time.');
  END IF;
  IF lease IS NULL OR lease NOT BETWEEN interval '1 s' AND interval '1 day' THEN
    PERFORM refuse_consumer(consumer, format('cannot be leased for %s', coalesce(lease::text, 'NULL')), 'A lease is 1 second to 1 day long.');
  END IF;
  IF holder IS NULL OR holder = '' THEN
    PERFORM refuse_consumer(consumer, 'is polled by nobody', 'Name a holder, or leave it out.');
  END IF;
  PERFORM FROM subscriptions r WHERE r.name = consumer AND r.partition = 0 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM subscriptions r WHERE r.name = consumer AND r.partition = 0) THEN
    RETURN;
  END IF;
  s := make_consumer(consumer, 0);
  IF s.paused_at IS NOT NULL OR (s.leased_by <> lease_holder(holder) AND s.leased_until > clock_timestamp()) THEN
    RETURN;
  END IF;

  -- Positions are dense, so the last one is known before anything is read.
  v_last := least(s.position + max_events, coalesce((SELECT max(p.position) FROM event_positions p), 0));
  IF v_last <= s.position THEN
    RETURN;
  END IF;
  UPDATE subscriptions r SET leased_by = lease_holder(holder), leased_until = clock_timestamp() + lease, given_up_to = v_last
  WHERE r.name = consumer AND r.partition = 0;
  RETURN QUERY
    SELECT p.position, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at
    FROM event_positions p
    CROSS JOIN LATERAL (SELECT * FROM kept_events r WHERE r.id = p.event_id OFFSET 0) e
    WHERE p.position > s.position AND p.position <= v_last
    ORDER BY p.position;
END
$$;

CREATE OR REPLACE FUNCTION outbox.ack(consumer text, up_to bigint, holder text DEFAULT outbox.this_session()) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  s subscriptions;
  v_holder constant text := lease_holder(holder);
BEGIN
  s := lock_consumer(consumer);
  -- An acknowledgement that is repeated, because its answer was lost.
  IF s.position = up_to AND (s.leased_by IS NULL OR s.leased_by = v_holder) THEN
    RETURN;
  END IF;
  -- By who holds it, not by the clock: a lease that ran out and that nobody took is as good as ever.
  IF s.leased_by IS DISTINCT FROM v_holder THEN
    PERFORM refuse_consumer(consumer, format('is leased to %s, not to %s', coalesce(s.leased_by, 'nobody'), v_holder),
      CASE WHEN s.leased_by IS NULL THEN 'Nothing is to be acknowledged: poll first. (An operator may have rewound it.)'
           ELSE 'Either you polled in another session: then name the holder in both calls. Or the lease ran out and others went on: poll again.' END);
  END IF;
  IF up_to IS NULL OR up_to <= s.position OR up_to > s.given_up_to THEN
    PERFORM refuse_consumer(consumer, format('cannot acknowledge %s', coalesce(up_to::text, 'NULL')),
      format('It was given what lies behind %s, up to %s.', s.position, s.given_up_to));
  END IF;
  UPDATE subscriptions r
  SET position = up_to, updated_at = clock_timestamp(),
      leased_by = CASE WHEN up_to < s.given_up_to THEN r.leased_by END,
      leased_until = CASE WHEN up_to < s.given_up_to THEN r.leased_until END,
      given_up_to = CASE WHEN up_to < s.given_up_to THEN r.given_up_to END
  WHERE r.name = consumer AND r.partition = 0;
END
$$;

-- Removes a consumer that nobody uses any more, so that its lag is nobody's worry; refused while somebody has the lease. One that polls
-- by this name afterwards begins with the oldest event.
CREATE FUNCTION outbox.forget(consumer text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  s subscriptions;
BEGIN
  s := lock_consumer(consumer);
  IF s.leased_until > clock_timestamp() THEN
    PERFORM refuse_consumer(consumer, format('is leased to %s', s.leased_by), format('Wait until its lease is over, at %s, or acknowledge what was given.', s.leased_until));
  END IF;
  DELETE FROM subscriptions r WHERE r.name = consumer AND r.partition = 0;
END
$$;

REVOKE ALL ON FUNCTION is_name_of_service(text), lease_holder(text), outbox.forget(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.forget(text) TO coursewright_consumer, coursewright_service;

-- ── Parked streams ───────────────────────────────────────────────────────────────────────────────────────────

-- That a stream may go on is an event of its own: nothing is tried again when it was parked by hand behind what was handled.
CREATE OR REPLACE FUNCTION ops.unpark(subscription text, stream text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  p parked_streams;
BEGIN
  PERFORM lock_subscription(unpark.subscription, reason);
  UPDATE parked_streams k SET asked = k.unpark_by WHERE k.subscription = unpark.subscription AND k.stream = unpark.stream RETURNING k.* INTO p;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(unpark.subscription, format('has not parked stream %s', unpark.stream),
      'SELECT * FROM ops.parked_streams shows those that are parked.');
  END IF;
  PERFORM record_for_subscription(unpark.subscription, 'UnparkRequested',
    jsonb_build_object('stream', unpark.stream, 'position', p.position, 'reason', reason));
END
$$;

CREATE OR REPLACE FUNCTION ask_of_parked_stream(p_name text, p_stream text, p_asked text, p_type text, p_reason text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  p parked_streams;
BEGIN
  -- The subscription first, then its parked streams, as everybody does.
  PERFORM lock_subscription(p_name, p_reason);
  SELECT k.* INTO p FROM parked_streams k WHERE k.subscription = p_name AND k.stream = p_stream;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(p_name, format('has not parked stream %s', p_stream),
      'SELECT * FROM ops.parked_streams shows those that are parked.');
  END IF;
  -- Nothing of it failed. To try "its" event again would be to handle one a second time that was handled already; to skip it, to lose one
  -- that was not.
  IF p.attempts = 0 THEN
    PERFORM refuse_subscription_command(p_name, format('had stream %s parked by hand: none of its events has failed', p_stream),
      'SELECT ops.unpark(…) lets it go on where it was left.');
  END IF;
  UPDATE parked_streams k SET asked = p_asked WHERE k.subscription = p_name AND k.stream = p_stream;
  PERFORM record_for_subscription(p_name, p_type, jsonb_build_object('stream', p_stream, 'position', p.position, 'reason', p_reason));
END
$$;

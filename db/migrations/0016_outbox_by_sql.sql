-- Up Migration

-- The log for programs in any language, by SQL alone:
--
--     SELECT * FROM outbox.poll('ledger', 100);     the next events, and the right to acknowledge them for a while
--     SELECT outbox.ack('ledger', 4711);            everything up to there is done
--
-- At least once: what is not acknowledged in time comes again, to whoever polls then. Whose lease was taken over is told so, and
-- his acknowledgement changes nothing. In one transaction with effects in this database it is exactly once.

CREATE SCHEMA outbox;
COMMENT ON SCHEMA outbox IS 'The log, for programs in any language: poll, work, ack.';

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coursewright_consumer') THEN
    CREATE ROLE coursewright_consumer NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END
$$;
GRANT USAGE ON SCHEMA outbox TO coursewright_consumer, coursewright_service;

-- Told apart from the services' own subscriptions: who reads by SQL must not move the checkpoint of a service.
ALTER TABLE subscriptions ADD COLUMN by_sql boolean NOT NULL DEFAULT false;

-- SQLSTATE CW006: the consumer may not do this now.
CREATE FUNCTION refuse_consumer(p_consumer text, p_problem text, p_hint text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'consumer %: %', p_consumer, p_problem USING ERRCODE = 'CW006', HINT = p_hint;
END
$$;

CREATE FUNCTION lock_consumer(p_consumer text) RETURNS subscriptions
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s subscriptions;
BEGIN
  SELECT * INTO s FROM subscriptions r WHERE r.name = p_consumer AND r.partition = 0 FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_consumer(p_consumer, 'is not known', 'SELECT * FROM outbox.poll(…) makes it.');
  END IF;
  IF NOT s.by_sql THEN
    PERFORM refuse_consumer(p_consumer, 'is a subscription of a service', 'Choose another name.');
  END IF;
  RETURN s;
END
$$;

-- The consumer's row, locked; one that begins behind a position when there was none.
CREATE FUNCTION make_consumer(p_consumer text, p_position bigint) RETURNS subscriptions
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF p_consumer IS NULL OR p_consumer !~ '^[a-z][a-z0-9-]{0,62}$' THEN
    PERFORM refuse_consumer(coalesce(p_consumer, 'NULL'), 'is no name', 'A name is 1 to 63 lower-case letters, digits and hyphens, and begins with a letter.');
  END IF;
  INSERT INTO subscriptions (name, position, by_sql) VALUES (p_consumer, p_position, true) ON CONFLICT (name, partition) DO NOTHING;
  RETURN lock_consumer(p_consumer);
END
$$;

-- Who polls, unless he says otherwise: his session. A program that polls through a pooler names itself.
CREATE FUNCTION outbox.this_session() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT session_user || '/' || pg_backend_pid()
$$;

-- Makes a consumer that begins behind a position; one that exists stays as it is. Poll makes one that begins with the oldest event.
CREATE FUNCTION outbox.register(consumer text, from_position bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_head bigint := coalesce((SELECT max(p.position) FROM event_positions p), 0);
BEGIN
  IF from_position < 0 OR from_position > v_head THEN
    PERFORM refuse_consumer(consumer, format('cannot begin behind %s', from_position), format('The log ends at %s.', v_head));
  END IF;
  RETURN (make_consumer(consumer, coalesce(from_position, v_head))).position;
END
$$;

-- The next events, in order; none while another holder has the lease, while the consumer is paused, or at the end of the log.
-- Polling again before the acknowledgement gives the same events again, and a new lease.
CREATE FUNCTION outbox.poll(consumer text, max_events integer DEFAULT 100, lease interval DEFAULT '30 s', holder text DEFAULT outbox.this_session())
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
  s := make_consumer(consumer, 0);
  IF s.paused_at IS NOT NULL OR (s.leased_by <> holder AND s.leased_until > clock_timestamp()) THEN
    RETURN;
  END IF;

  -- Positions are dense, so the last one is known before anything is read.
  v_last := least(s.position + max_events, coalesce((SELECT max(p.position) FROM event_positions p), 0));
  IF v_last <= s.position THEN
    RETURN;
  END IF;
  UPDATE subscriptions r SET leased_by = holder, leased_until = clock_timestamp() + lease, given_up_to = v_last
  WHERE r.name = consumer AND r.partition = 0;
  RETURN QUERY
    SELECT p.position, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at
    FROM event_positions p
    CROSS JOIN LATERAL (SELECT * FROM recorded_events r WHERE r.id = p.event_id OFFSET 0) e
    WHERE p.position > s.position AND p.position <= v_last
    ORDER BY p.position;
END
$$;

-- Everything up to `up_to` is done. Gives the lease back once all that was given is acknowledged.
CREATE FUNCTION outbox.ack(consumer text, up_to bigint, holder text DEFAULT outbox.this_session()) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  s subscriptions;
BEGIN
  s := lock_consumer(consumer);
  -- An acknowledgement that is repeated, because its answer was lost.
  IF s.position = up_to AND (s.leased_by IS NULL OR s.leased_by = holder) THEN
    RETURN;
  END IF;
  -- By who holds it, not by the clock: a lease that ran out and that nobody took is as good as ever.
  IF s.leased_by IS DISTINCT FROM holder THEN
    PERFORM refuse_consumer(consumer, format('is leased to %s, not to %s', coalesce(s.leased_by, 'nobody'), holder),
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

REVOKE ALL ON FUNCTION refuse_consumer(text, text, text), lock_consumer(text), make_consumer(text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION outbox.register(text, bigint), outbox.poll(text, integer, interval, text), outbox.ack(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.register(text, bigint), outbox.poll(text, integer, interval, text), outbox.ack(text, bigint, text)
  TO coursewright_consumer, coursewright_service;

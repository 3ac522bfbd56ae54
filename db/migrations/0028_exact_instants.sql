-- Up Migration

-- When an event got its place in the log. `recorded_at` is when it was written down: a transaction that takes long commits events that
-- are older than some which stand before them, so positions are not in its order, and no instant of it is a place in the log.
-- `placed_at` never decreases along the log, and all events of a transaction share it. What is done to an instant (a course as it stood,
-- a rewind) goes by it.

ALTER TABLE event_positions ADD COLUMN placed_at timestamptz;

-- Of what stands in the log already the order is known, and that each was placed after it was written.
ALTER TABLE event_positions DISABLE TRIGGER event_positions_append_only;
UPDATE event_positions p SET placed_at = o.placed_at
FROM (
  SELECT q.position, max(e.recorded_at) OVER (ORDER BY q.position) AS placed_at
  FROM event_positions q JOIN kept_events e ON e.id = q.event_id
) o
WHERE o.position = p.position;
ALTER TABLE event_positions ENABLE ALWAYS TRIGGER event_positions_append_only;
ALTER TABLE event_positions ALTER COLUMN placed_at SET NOT NULL;

CREATE OR REPLACE FUNCTION draw_positions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  head bigint;
  placed timestamptz;
BEGIN
  -- An older snapshot does not show where the head is by now.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'events are appended at isolation level read committed, not %', current_setting('transaction_isolation')
      USING ERRCODE = '40001', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED; the expected version keeps concurrent writers apart.';
  END IF;
  -- The head is held from here to the end of the transaction. At COMMIT that is an instant; before it, as long as an operator likes.
  IF current_query() ~* '\mset\s+constraints\M'
     AND NOT pg_has_role(session_user, current_user, 'MEMBER') AND NOT pg_has_role(session_user, 'coursewright_service', 'MEMBER') THEN
    PERFORM refuse_command('SET CONSTRAINTS', 'positions are drawn at COMMIT', 'Drawn sooner, they would hold up every append until then.');
  END IF;

  -- The head of the log. Held until the commit is visible to everyone, so the next holder sees these positions.
  PERFORM pg_advisory_xact_lock(7000, 0);
  SELECT p.position, CASE WHEN p.xmin = pg_current_xact_id()::xid THEN p.placed_at ELSE greatest(clock_timestamp(), p.placed_at) END
  INTO head, placed FROM event_positions p ORDER BY p.position DESC LIMIT 1;
  INSERT INTO event_positions (position, event_id, placed_at)
  SELECT coalesce(head, 0) + asked.ordinality, asked.id, coalesce(placed, clock_timestamp())
  FROM unnest(NEW.event_ids) WITH ORDINALITY AS asked (id, ordinality);
  DELETE FROM position_requests WHERE id = NEW.id;

  -- A hint for sleepers; whoever misses it polls.
  PERFORM pg_notify('events', (coalesce(head, 0) + cardinality(NEW.event_ids))::text);
  RETURN NULL;
END
$$;

-- The last position that was placed at or before an instant, 0 before the first: what is recorded later stands behind it.
CREATE OR REPLACE FUNCTION position_at(p_instant timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_low  bigint := 0; -- Placed at or before the instant, or nothing.
  v_high bigint := coalesce((SELECT max(p.position) FROM event_positions p), 0) + 1;
  v_mid  bigint;
BEGIN
  WHILE v_high - v_low > 1 LOOP
    v_mid := (v_low + v_high) / 2;
    IF (SELECT p.placed_at FROM event_positions p WHERE p.position = v_mid) <= p_instant THEN
      v_low := v_mid;
    ELSE
      v_high := v_mid;
    END IF;
  END LOOP;
  RETURN v_low;
END
$$;

CREATE OR REPLACE VIEW events AS
SELECT p.position, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at, p.placed_at
FROM event_positions p JOIN kept_events e ON e.id = p.event_id;
COMMENT ON COLUMN events.placed_at IS 'When it got its position, a moment before others could see it; never decreases along the log.';

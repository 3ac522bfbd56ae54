-- Up Migration

-- Appends cost less, and what they cost no longer grows with the log.
--
-- 1. Positions are drawn once a statement, not once an event. A statement that appends leaves a request with the ids of
--    its events; the deferred trigger on the request draws their positions at COMMIT. Before, each event had a deferred
--    trigger of its own, and what belonged together was noted in a setting that any session may write, so it had to
--    be checked against the log each time. Nobody but these two functions can write a request, so it is believed.
-- 2. Plans that go by key for ever. A session plans the statements of its functions once, and one that plans while the log
--    is small finds that reading all of it is cheap; the plan stays while the log grows.
-- 3. The same rule for the names of streams, in an expression that costs an eighth.
--
-- docs/decisions/0010 has the figures.

-- ── Positions ────────────────────────────────────────────────────────────────────────────────────────────────

-- What the running transactions have appended and not yet committed. A request is answered and deleted at COMMIT, in
-- its own transaction, so nobody ever sees one and nothing is lost with it: unlogged. One that a long snapshot keeps
-- from being vacuumed is in nobody's way, since each is looked up by its own key.
CREATE UNLOGGED TABLE position_requests (
  id        bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_ids bigint[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE FUNCTION request_positions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO position_requests (event_ids)
  SELECT array_agg(added.id ORDER BY added.id) FROM added HAVING count(*) > 0;
  RETURN NULL;
END
$$;

DROP TRIGGER recorded_events_draw_positions ON recorded_events;
DROP TRIGGER recorded_events_3_note ON recorded_events;
DROP FUNCTION note_events_without_position();

-- Runs at COMMIT, once per request. By key even though the table of requests looks empty to whoever plans: dead rows of it
-- may be kept by a long snapshot, and this runs under the lock on the head.
CREATE OR REPLACE FUNCTION draw_positions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  head bigint;
BEGIN
  -- An older snapshot does not show where the head is by now.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'events are appended at isolation level read committed, not %', current_setting('transaction_isolation')
      USING ERRCODE = '40001', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED; the expected version keeps concurrent writers apart.';
  END IF;

  -- The head of the log. Held until the commit is visible to everyone, so the next holder sees these positions.
  PERFORM pg_advisory_xact_lock(7000, 0);
  head := coalesce((SELECT p.position FROM event_positions p ORDER BY p.position DESC LIMIT 1), 0);
  INSERT INTO event_positions (position, event_id)
  SELECT head + asked.ordinality, asked.id
  FROM unnest(NEW.event_ids) WITH ORDINALITY AS asked (id, ordinality);
  DELETE FROM position_requests WHERE id = NEW.id;

  -- A hint for sleepers; whoever misses it polls.
  PERFORM pg_notify('events', (head + cardinality(NEW.event_ids))::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER recorded_events_3_request_positions
  AFTER INSERT ON recorded_events REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION request_positions();

CREATE CONSTRAINT TRIGGER position_requests_draw
  AFTER INSERT ON position_requests DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION draw_positions();

GRANT SELECT ON position_requests TO coursewright_operator;

-- ── Plans ────────────────────────────────────────────────────────────────────────────────────────────────────

-- OFFSET 0 keeps the planner from making a join of the whole log out of this, and without sequential scans it looks by
-- key for each event, however small the log was when this was planned.
CREATE OR REPLACE FUNCTION check_contiguous_versions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  orphan record;
BEGIN
  SELECT a.stream, a.version INTO orphan
  FROM added a
  WHERE a.version > 1
    AND NOT EXISTS (SELECT FROM recorded_events e WHERE e.stream = a.stream AND e.version = a.version - 1 OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    PERFORM raise_wrong_expected_version(orphan.stream, orphan.version - 1);
  END IF;
  RETURN NULL;
END
$$;


ALTER FUNCTION project_events() SET enable_seqscan = off;

CREATE OR REPLACE FUNCTION lock_free_nodes(p_course_map_ids uuid[], p_node_ids text[]) RETURNS SETOF node_states
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  SELECT n.*
  FROM unnest(p_course_map_ids, p_node_ids) AS wanted (course_map_id, node_id)
  CROSS JOIN LATERAL (
    SELECT s.* FROM node_states s
    WHERE s.course_map_id = wanted.course_map_id AND s.node_id = wanted.node_id COLLATE "C"
    FOR NO KEY UPDATE SKIP LOCKED
  ) n
$$;

-- ── Names of streams ─────────────────────────────────────────────────────────────────────────────────────────

-- LIKE fixes where the hyphens are, the regular expression which characters stand between them. A counted repetition
-- ({8}) costs the expression a state for each count, and these are built anew for every row.
ALTER TABLE recorded_events DROP CONSTRAINT recorded_events_stream_name;
ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_stream_name CHECK (
  CASE WHEN starts_with(stream, 'node-') THEN
    stream LIKE 'node-________-____-____-____-____________+_%' AND length(stream) <= 106
    AND stream ~ '^node-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+[+][A-Za-z0-9_-]+$'
  WHEN starts_with(stream, 'course_map-') THEN
    stream LIKE 'course\_map-________-____-____-____-____________'
    AND stream ~ '^course_map-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$'
  ELSE
    stream LIKE 'recovery-________-____-____-____-____________'
    AND stream ~ '^recovery-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$'
  END
);

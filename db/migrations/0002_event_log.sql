-- Up Migration

-- The log. It is the truth, and it is the outbox: every consumer reads
--     SELECT … FROM events WHERE position > $1 ORDER BY position
-- and misses nothing, because a position is
--   * dense      no gap, ever
--   * in commit order   no event ever appears behind a position that a reader has already passed.
--
-- A sequence gives neither: two transactions commit in another order than they drew their numbers, and a rolled
-- back one leaves a hole. So the position is drawn AT COMMIT, by a deferred constraint trigger, under a lock that
-- lives from there to the end of the commit, a fraction of a millisecond. No client, however slow, frozen, or at
-- lunch with an open transaction, holds the head of the log (unless it asks for its constraints IMMEDIATE, on purpose).
-- docs/decisions/0002 has the alternatives measured.
--
--   recorded_events   what happened, as it was appended       (append-only)
--   event_positions   position → event, written at commit     (append-only, narrow)
--   events            the view over both that readers use

CREATE TABLE recorded_events (
  id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream         text        COLLATE "C" NOT NULL,
  version        integer     NOT NULL,
  type           text        NOT NULL,
  schema_version smallint    NOT NULL,
  data           jsonb       NOT NULL,
  metadata       jsonb       NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The fence: two writers that expect the same version cannot both have it.
  CONSTRAINT recorded_events_stream_version UNIQUE (stream, version),
  CONSTRAINT recorded_events_version_from_one CHECK (version >= 1),
  CONSTRAINT recorded_events_stream_name CHECK (
    stream ~ '^(course_map|recovery)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    OR stream ~ '^node-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[+][A-Za-z0-9_-]{1,64}$'
  ),
  CONSTRAINT recorded_events_data_is_object CHECK (jsonb_typeof(data) = 'object'),
  CONSTRAINT recorded_events_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

CREATE TABLE event_positions (
  position bigint PRIMARY KEY,
  -- No foreign key: it would be paid on every append, and the only writer is the trigger below, which takes the id
  -- from the row it fires for.
  event_id bigint NOT NULL CONSTRAINT event_positions_once UNIQUE
);

CREATE VIEW events AS
SELECT p.position, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at
FROM event_positions p
JOIN recorded_events e ON e.id = p.event_id;

COMMENT ON VIEW events IS 'The log in commit order. Read it with WHERE position > $1 ORDER BY position.';

-- ── Drawing positions ────────────────────────────────────────────────────────────────────────────────────────

-- Remembers, for the length of the transaction, which events still wait for a position. A setting is used because
-- it is undone by ROLLBACK TO SAVEPOINT together with the rows, and costs no table.
CREATE FUNCTION note_events_without_position() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config(
    'coursewright.events_without_position',
    concat_ws(',', nullif(current_setting('coursewright.events_without_position', true), ''),
                   (SELECT string_agg(added.id::text, ',' ORDER BY added.id) FROM added)),
    true);
  RETURN NULL;
END
$$;

-- Runs at COMMIT, once per event; the first run places all events of the transaction together, so that a batch
-- costs one lock and one statement. The note saves time and is trusted for nothing, since any session may write it:
-- an event that is missing from it is placed by its own run, and an id that is no event of this transaction is passed
-- over.
CREATE FUNCTION draw_positions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  waiting bigint[] := string_to_array(
    nullif(current_setting('coursewright.events_without_position', true), ''), ',')::bigint[];
  head bigint;
  drawn integer;
BEGIN
  -- An older snapshot does not show where the head is by now.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'events are appended at isolation level read committed, not %', current_setting('transaction_isolation')
      USING ERRCODE = '40001', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED; the expected version keeps concurrent writers apart.';
  END IF;
  IF EXISTS (SELECT FROM event_positions WHERE event_id = NEW.id) THEN
    RETURN NULL;
  END IF;
  IF waiting IS NULL OR NOT NEW.id = ANY (waiting) THEN
    waiting := ARRAY[NEW.id];
  ELSE
    PERFORM set_config('coursewright.events_without_position', '', true);
  END IF;

  -- The head of the log. Held until the commit is visible to everyone, so the next holder sees these positions.
  PERFORM pg_advisory_xact_lock(7000, 0);
  head := coalesce((SELECT p.position FROM event_positions p ORDER BY p.position DESC LIMIT 1), 0);
  INSERT INTO event_positions (position, event_id)
  SELECT head + row_number() OVER (ORDER BY placed.ordinality), e.id
  FROM unnest(waiting) WITH ORDINALITY AS placed (id, ordinality)
  JOIN recorded_events e ON e.id = placed.id
  WHERE NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = e.id);
  GET DIAGNOSTICS drawn = ROW_COUNT;

  -- A hint for sleepers; whoever misses it polls.
  PERFORM pg_notify('events', (head + drawn)::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER recorded_events_3_note
  AFTER INSERT ON recorded_events REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_events_without_position();

CREATE CONSTRAINT TRIGGER recorded_events_draw_positions
  AFTER INSERT ON recorded_events DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION draw_positions();

-- ── Versions ─────────────────────────────────────────────────────────────────────────────────────────────────

-- SQLSTATE CW001: a writer expected another version of a stream than there is. The fields are in DETAIL, as JSON,
-- so that no program reads a sentence.
CREATE FUNCTION raise_wrong_expected_version(p_stream text, p_expected_version integer) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  -- Leaves out what the refused statement itself has inserted: those rows are about to be undone.
  v_actual integer := coalesce((
    SELECT max(e.version) FROM recorded_events e
    WHERE e.stream = p_stream
      AND NOT (e.version > p_expected_version AND e.xmin::text = (pg_current_xact_id()::xid)::text)), 0);
BEGIN
  RAISE EXCEPTION 'stream % was expected at version %, and is at version %', p_stream, p_expected_version, v_actual
    USING ERRCODE = 'CW001',
          DETAIL = jsonb_build_object('stream', p_stream, 'expected_version', p_expected_version,
                                      'actual_version', v_actual)::text,
          HINT = 'Read the stream again, decide again, and append with the version that was read.';
END
$$;

-- Versions are contiguous from 1, whoever inserts.
CREATE FUNCTION check_contiguous_versions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  orphan record;
BEGIN
  SELECT a.stream, a.version INTO orphan
  FROM added a
  WHERE a.version > 1
    AND NOT EXISTS (SELECT FROM recorded_events e WHERE e.stream = a.stream AND e.version = a.version - 1)
  LIMIT 1;
  IF FOUND THEN
    PERFORM raise_wrong_expected_version(orphan.stream, orphan.version - 1);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER recorded_events_1_contiguous
  AFTER INSERT ON recorded_events REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_contiguous_versions();

-- Appends to one or several streams: all or none. Returns how many events were recorded.
--   appends: [{"stream", "expected_version", "events": [{"type", "schema_version", "data", "metadata"}]}]
-- expected_version is the version of the stream's last event; 0 for a stream that does not exist yet.
-- Raises CW001 when a stream is at another version. The metadata of an append may be shared by its events:
-- an event without metadata takes that of its append.
CREATE FUNCTION append_to_streams(appends jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_wanted integer;
  v_recorded integer;
  v_refused_streams text[];
  v_refused_versions integer[];
BEGIN
  WITH wanted AS (
    SELECT a.stream, a.expected_version, a.expected_version + e.ordinality::integer AS version, e.value AS event,
           a.metadata, a.place, e.ordinality,
           -- Two of one call that want the same version: the first has it.
           row_number() OVER (PARTITION BY a.stream, a.expected_version + e.ordinality ORDER BY a.place) AS claim
    FROM (SELECT row_number() OVER () AS place, r.*
          FROM jsonb_to_recordset(appends) AS r (stream text, expected_version integer, metadata jsonb, events jsonb)) a
    CROSS JOIN LATERAL jsonb_array_elements(a.events) WITH ORDINALITY AS e (value, ordinality)
  ), recorded AS (
    INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
    SELECT w.stream, w.version, w.event ->> 'type', (w.event ->> 'schema_version')::smallint,
           w.event -> 'data', coalesce(w.event -> 'metadata', w.metadata)
    FROM wanted w
    ORDER BY w.place, w.ordinality
    ON CONFLICT ON CONSTRAINT recorded_events_stream_version DO NOTHING
    RETURNING stream, version
  )
  SELECT count(*), count(*) FILTER (WHERE r.version IS NOT NULL AND w.claim = 1),
         array_agg(w.stream) FILTER (WHERE r.version IS NULL OR w.claim > 1),
         array_agg(w.expected_version) FILTER (WHERE r.version IS NULL OR w.claim > 1)
  INTO v_wanted, v_recorded, v_refused_streams, v_refused_versions
  FROM wanted w
  LEFT JOIN recorded r ON r.stream = w.stream AND r.version = w.version;

  -- Somebody was first. What this call did insert is undone by the error.
  IF v_recorded <> v_wanted THEN
    PERFORM raise_wrong_expected_version(v_refused_streams[1], v_refused_versions[1]);
  END IF;
  RETURN v_recorded;
END
$$;

-- ── Append-only ──────────────────────────────────────────────────────────────────────────────────────────────

-- SQLSTATE CW003: refused aloud, whoever asks, the owner included. A silent refusal would let a bug sleep on.
CREATE FUNCTION refuse_change_of_history() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: what was recorded is never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'CW003', HINT = 'Append an event that says what is true now; see append_to_streams().';
END
$$;

CREATE TRIGGER recorded_events_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON recorded_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER event_positions_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON event_positions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
-- ALWAYS: not even a session in replica mode may.
ALTER TABLE recorded_events ENABLE ALWAYS TRIGGER recorded_events_append_only;
ALTER TABLE event_positions ENABLE ALWAYS TRIGGER event_positions_append_only;

CREATE TRIGGER events_append_only
  INSTEAD OF INSERT OR UPDATE OR DELETE ON events
  FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();

GRANT SELECT, INSERT ON recorded_events TO coursewright_service;
GRANT SELECT ON event_positions, events TO coursewright_service;
GRANT SELECT ON recorded_events, event_positions, events TO coursewright_operator;

-- ── Who has read how far ─────────────────────────────────────────────────────────────────────────────────────

-- A subscription's checkpoint: the position of the last event whose effects are committed.
CREATE TABLE subscriptions (
  name       text        PRIMARY KEY CONSTRAINT subscriptions_name CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  position   bigint      NOT NULL DEFAULT 0 CONSTRAINT subscriptions_position CHECK (position >= 0),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE ON subscriptions TO coursewright_service;
GRANT SELECT ON subscriptions TO coursewright_operator;

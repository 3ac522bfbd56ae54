-- Up Migration

-- A sequence that belongs to an unlogged table does not survive a promotion: its init fork is written to no disk while WAL is replayed,
-- so a standby (or a restore to a point in time) that replays the CREATE TABLE and is promoted before its next restartpoint has a sequence of
-- zeros, and every append fails ("bad magic number in sequence"). Tables and indexes are flushed on replay; sequences alone are not.
-- So a request is named after the first of its events, which is a number of its own already. It stays unlogged, for it never outlives
-- its transaction.

ALTER TABLE position_requests ALTER COLUMN id DROP IDENTITY;
COMMENT ON COLUMN position_requests.id IS 'The id of the first of its events.';

CREATE OR REPLACE FUNCTION request_positions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_archived text;
BEGIN
  IF NOT EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)) THEN
    RETURN NULL;
  END IF;
  SELECT a.stream INTO v_archived FROM added a
  WHERE EXISTS (SELECT FROM archived_events e WHERE e.stream = a.stream AND e.version = a.version - 1 OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    PERFORM raise_archived(v_archived);
  END IF;
  INSERT INTO position_requests (id, event_ids)
  SELECT min(added.id), array_agg(added.id ORDER BY added.id) FROM added;
  RETURN NULL;
END
$$;

-- ── Whether anything can be recorded ─────────────────────────────────────────────────────────────────────────

-- Never holds a row: try_append() alone grows it, and takes that back. What is put there lies on the disk as long as it is.
CREATE TABLE disk_probe (bytes text NOT NULL);
ALTER TABLE disk_probe ALTER COLUMN bytes SET STORAGE EXTERNAL;
GRANT SELECT ON disk_probe TO coursewright_operator;

-- Whether the log can be written: takes new space on the disk, appends an event as any writer does, up to its position, and takes all of
-- that back. Raises what a writer would be refused with. That a SELECT is answered says nothing of it: the server may be a standby or
-- read-only, its disk full, a table of ours broken. The head of the log is held for an instant; the whole takes milliseconds.
CREATE FUNCTION try_append() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
BEGIN
  -- A truncated table begins with a new file, so this needs space that nobody has yet. Left out while a dump reads the table.
  BEGIN
    LOCK TABLE disk_probe IN ACCESS EXCLUSIVE MODE NOWAIT;
    TRUNCATE disk_probe;
    INSERT INTO disk_probe VALUES (repeat('x', 65536));
    RAISE EXCEPTION 'taken back' USING ERRCODE = 'CW009';
  EXCEPTION WHEN SQLSTATE 'CW009' OR lock_not_available THEN
    NULL;
  END;
  BEGIN
    PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
      'stream', 'recovery-' || gen_random_uuid(), 'expected_version', 0,
      'metadata', jsonb_build_object('correlation_id', 'try-append', 'causation_id', NULL, 'actor', session_user, 'via', 'psql'),
      'events', jsonb_build_array(jsonb_build_object('type', 'RecoveryRequested', 'schema_version', 1, 'data', jsonb_build_object('force', false))))));
    SET CONSTRAINTS position_requests_draw IMMEDIATE;
    RAISE EXCEPTION 'taken back' USING ERRCODE = 'CW009';
  EXCEPTION WHEN SQLSTATE 'CW009' THEN
    NULL;
  END;
END
$$;
COMMENT ON FUNCTION try_append() IS 'Whether the log can be written: appends an event, and takes it back. Raises what a writer would be refused with.';
REVOKE ALL ON FUNCTION try_append() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION try_append() TO coursewright_service;

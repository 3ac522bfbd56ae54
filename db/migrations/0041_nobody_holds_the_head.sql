-- Up Migration

-- No login can hold the head of the log: every append of everybody waits for whoever has it.
--
-- It is held from when a transaction draws its positions to the end of that transaction. Drawn at COMMIT that is an instant, unless something of
-- the caller's own runs behind it. And its lock had a number that every login of the database could lock, where the functions for that
-- cannot be taken from them (a hosted server).

-- Never holds a row. Its lock is the head of the log, which nobody but the functions here has a right to. In this mode one excludes the next,
-- and a reader, a dump among them, nobody.
CREATE TABLE log_head ();
COMMENT ON TABLE log_head IS 'Its lock is the head of the log: whoever draws positions has it until his transaction is over.';
GRANT SELECT ON log_head TO coursewright_operator;

-- What would run, or wait, between the draw and the end of the transaction, at the pleasure of a login that is no service:
--   * the rest of the transaction, when the draw is not its end (SET CONSTRAINTS, in whatever dress);
--   * a deferred trigger or constraint of another table (its function, or an expression in its index);
--   * a cursor WITH HOLD, which is run to its end at COMMIT, behind every trigger;
--   * the COMMIT of a foreign server, which is waited for.
-- p_stack is PG_CONTEXT of the draw. (PREPARE TRANSACTION is refused by the server itself, for the draw notifies.)
CREATE FUNCTION refuse_to_hold_head(p_stack text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_caller constant text := split_part(p_stack, E'\n', 2);
  v_other text;
BEGIN
  -- Called by a statement of a function; one that commits is the end of a transaction all the same.
  IF (v_caller <> '' AND v_caller !~ '^PL/pgSQL .*\mCOMMIT$') OR (current_query() ~* '\mconstraints\M' AND current_query() ~* '\mimmediate\M') THEN
    PERFORM refuse_command('SET CONSTRAINTS', 'positions are drawn at COMMIT', 'Drawn sooner, they would hold up every append until then.');
  END IF;
  SELECT c.oid::regclass::text INTO v_other
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
  WHERE l.locktype = 'relation' AND l.pid = pg_backend_pid() AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    AND (c.relkind = 'f' OR (l.mode NOT IN ('AccessShareLock', 'RowShareLock') AND EXISTS (
      SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgdeferrable AND g.tgrelid <> 'position_requests'::regclass)))
  LIMIT 1;
  IF FOUND THEN
    PERFORM refuse_command('COMMIT', format('%s has something to do at COMMIT as well', v_other), 'Commit by itself what changes courses: every append would wait for the rest.');
  END IF;
  IF EXISTS (SELECT FROM pg_cursors k WHERE k.is_holdable AND k.creation_time >= transaction_timestamp()) THEN
    PERFORM refuse_command('COMMIT', 'a cursor WITH HOLD would be run to its end', 'Close it first: every append would wait for it.');
  END IF;
END
$$;
REVOKE ALL ON FUNCTION refuse_to_hold_head(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION draw_positions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  head bigint;
  placed timestamptz;
  stack text;
BEGIN
  -- An older snapshot does not show where the head is by now.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'events are appended at isolation level read committed, not %', current_setting('transaction_isolation')
      USING ERRCODE = '40001', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED; the expected version keeps concurrent writers apart.';
  END IF;
  IF NOT pg_has_role(session_user, 'coursewright_service', 'MEMBER') AND NOT pg_has_role(session_user, current_user, 'MEMBER') THEN
    GET DIAGNOSTICS stack = PG_CONTEXT;
    PERFORM refuse_to_hold_head(stack);
  END IF;

  -- Held until the commit is visible to everyone, so the next holder sees these positions.
  LOCK TABLE log_head IN SHARE UPDATE EXCLUSIVE MODE;
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

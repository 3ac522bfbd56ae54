-- Up Migration

-- Whatever an operator leaves open holds up what he touched, and nobody else; and not for long.

-- ── Courses that somebody holds ──────────────────────────────────────────────────────────────────────────────

-- Locks those of these courses that nobody else holds for longer than a commit takes, and returns them; the others are named as
-- held, with nothing else. Waited for, one course in an operator's open transaction would hold up every batch that it is in.
CREATE FUNCTION lock_free_course_maps(p_ids uuid[])
RETURNS TABLE (id uuid, held boolean, version integer, status text, attempt integer, failures integer, interruptions integer,
               worker_id text, correlation_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET lock_timeout = '100ms' AS $$
DECLARE
  v_locked uuid[];
  v_others uuid[];
BEGIN
  SELECT coalesce(array_agg(f.id), '{}') INTO v_locked FROM (
    SELECT c.id FROM course_map_states c WHERE c.id = ANY (p_ids) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
  ) f;
  IF cardinality(v_locked) < cardinality(p_ids) THEN
    -- Mostly somebody who is about to commit. Should two wait for each other here, both give up after the 100 ms.
    v_others := ARRAY(SELECT c.id FROM course_map_states c WHERE c.id = ANY (p_ids) AND c.id <> ALL (v_locked) ORDER BY c.id);
    BEGIN
      PERFORM FROM course_map_states c WHERE c.id = ANY (v_others) ORDER BY c.id FOR NO KEY UPDATE;
      v_locked := v_locked || v_others;
    EXCEPTION WHEN lock_not_available THEN
      v_locked := v_locked || ARRAY(SELECT f.id FROM (
        SELECT c.id FROM course_map_states c WHERE c.id = ANY (v_others) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
      ) f);
    END;
  END IF;
  RETURN QUERY
    SELECT c.id, false, c.version, c.status, c.attempt, c.failures, c.interruptions, c.worker_id, c.correlation_id
    FROM course_map_states c WHERE c.id = ANY (v_locked) ORDER BY c.id;
  RETURN QUERY SELECT o.id, true, NULL::integer, NULL, NULL::integer, NULL::integer, NULL::integer, NULL, NULL
    FROM unnest(v_others) o (id) WHERE o.id <> ALL (v_locked);
END
$$;
REVOKE ALL ON FUNCTION lock_free_course_maps(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_free_course_maps(uuid[]) TO coursewright_service;

-- ── Commands of operators ────────────────────────────────────────────────────────────────────────────────────

-- Who has given a command may leave his transaction idle for ten seconds; a shorter limit of his own stays.
CREATE FUNCTION limit_idle_transaction() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('idle_in_transaction_session_timeout')::interval NOT BETWEEN interval '1 ms' AND interval '10 s' THEN
    PERFORM set_config('idle_in_transaction_session_timeout', '10s', true);
  END IF;
END
$$;
REVOKE ALL ON FUNCTION limit_idle_transaction() FROM PUBLIC;

CREATE OR REPLACE FUNCTION state_reason(p_what text, p_reason text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM limit_idle_transaction();
  IF coalesce(btrim(p_reason), '') = '' THEN
    PERFORM refuse_command(p_what, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  IF length(btrim(p_reason)) > 500 THEN
    PERFORM refuse_command(p_what, format('the reason has %s characters', length(btrim(p_reason))), 'At most 500; a few words are enough.');
  END IF;
  PERFORM set_config('coursewright.reason', p_reason, true);
END
$$;

CREATE OR REPLACE FUNCTION lock_subscription(p_name text, p_reason text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM limit_idle_transaction();
  IF coalesce(btrim(p_reason), '') = '' THEN
    PERFORM refuse_subscription_command(p_name, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  IF length(btrim(p_reason)) > 500 THEN
    PERFORM refuse_subscription_command(p_name, format('the reason has %s characters', length(btrim(p_reason))), 'At most 500; a few words are enough.');
  END IF;
  PERFORM FROM subscriptions s WHERE s.name = p_name ORDER BY s.partition FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(p_name, 'there is none of this name',
      'There are: ' || coalesce((SELECT string_agg(DISTINCT s.name, ', ') FROM subscriptions s), 'none') || '.');
  END IF;
END
$$;

-- An UPDATE by hand is a command as well.
CREATE FUNCTION limit_idle_transaction_of_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM limit_idle_transaction();
  RETURN NULL;
END
$$;
CREATE TRIGGER node_contents_limit BEFORE UPDATE ON node_contents FOR EACH STATEMENT EXECUTE FUNCTION limit_idle_transaction_of_update();
REVOKE ALL ON FUNCTION limit_idle_transaction_of_update() FROM PUBLIC;

-- Nor do they wait for long: what services hold, they hold for milliseconds.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'ops'::regnamespace AND p.provolatile = 'v'
    UNION ALL SELECT 'update_node_contents()'::regprocedure
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET lock_timeout = ''2s''', v_function);
  END LOOP;
END
$$;

-- ── Locks by number ──────────────────────────────────────────────────────────────────────────────────────────

-- By these numbers this system tells who is alive and who places events; so they are not everybody's to lock. Where the functions
-- belong to somebody else than who migrates (a hosted server), they stay as they are.
DO $$
DECLARE
  f record;
BEGIN
  FOR f IN
    SELECT p.oid::regprocedure AS signature, pg_has_role(p.proowner, 'USAGE') AS ours
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$'
  LOOP
    IF NOT f.ours THEN
      RAISE NOTICE 'The advisory locks stay open to every login of this database: run REVOKE and GRANT of docs/operations.md as a superuser.';
      EXIT;
    END IF;
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f.signature);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO coursewright_service, %I, %I', f.signature, current_user,
      (SELECT pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = current_database()));
  END LOOP;
END
$$;

-- Up Migration

-- A consumer belongs to the login that made it: nobody else polls, acknowledges or forgets in its name. (Rewinding and pausing are for
-- operators, with a reason, as for every subscription.) A login that is a member of the owner's role counts as the owner: so a team that
-- logs in by several names shares its consumers through a role, by `SET ROLE` before the first poll. What was made before belongs to whoever uses it next.
ALTER TABLE subscriptions ADD COLUMN owner text;
COMMENT ON COLUMN subscriptions.owner IS 'Of a consumer by SQL: the login, or the role, that made it.';

-- Who asks: the role that the session has taken, unless that is one of ours, which all consumers have in common; else its login. Within a
-- function that runs as its owner current_user is that owner, so the role is asked of the setting.
CREATE FUNCTION who_consumes() RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN r.name IN ('none', 'coursewright_consumer', 'coursewright_service', 'coursewright_operator', 'coursewright_tenant') THEN session_user ELSE r.name END
  FROM (SELECT current_setting('role') AS name) r
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
  IF s.owner IS NULL THEN
    UPDATE subscriptions r SET owner = who_consumes() WHERE r.name = p_consumer AND r.partition = 0 RETURNING r.* INTO s;
  -- Whose role is gone is nobody's but a superuser's.
  ELSIF s.owner <> session_user AND NOT coalesce((SELECT pg_has_role(session_user, o.oid, 'MEMBER') FROM pg_roles o WHERE o.rolname = s.owner), false)
        AND NOT (SELECT me.rolsuper FROM pg_roles me WHERE me.rolname = session_user) THEN
    PERFORM refuse_consumer(p_consumer, format('belongs to %s', s.owner), 'Choose another name; or have its owner, or who owns the database, hand it over: docs/subscriptions.md.');
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
    INSERT INTO subscriptions (name, position, by_sql, owner) VALUES (p_consumer, p_position, true, who_consumes()) ON CONFLICT (name, partition) DO NOTHING;
  END IF;
  RETURN lock_consumer(p_consumer);
END
$$;

REVOKE ALL ON FUNCTION who_consumes() FROM PUBLIC;

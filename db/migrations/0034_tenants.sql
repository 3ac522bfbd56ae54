-- Up Migration

-- Tenants: groups of users who must not see each other's courses. A course belongs to the tenant whose credential asked for it, for good;
-- one that was asked for without a tenant belongs to none, and only those who are bound to none see it.
--
--   coursewright_tenant    what a gateway acts as while it reads for a tenant, after it has said which one
--
-- Row-level security is the second wall: the gateway looks first whether a course is the tenant's own. A gateway that forgets to say for
-- which tenant it reads sees nothing at all.

-- ── Whose a course is ────────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE course_map_states ADD COLUMN tenant text;
COMMENT ON COLUMN course_map_states.tenant IS 'Whose it is, by the metadata of the event that asked for it; null: of nobody who is bound to a tenant.';

-- A tenant's list, newest first; and what it has in flight.
CREATE INDEX course_map_states_by_tenant ON course_map_states (tenant, created_at DESC, id DESC) WHERE tenant IS NOT NULL;
CREATE INDEX course_map_states_unfinished_by_tenant ON course_map_states (tenant) WHERE tenant IS NOT NULL AND status IN ('requested', 'planning', 'generating');
-- Who may read a card is who has a node with it.
CREATE INDEX node_states_by_content ON node_states (content_hash) WHERE content_hash IS NOT NULL;

-- The same function, and the tenant. Its text is in db/schema.sql.
DO $$
DECLARE
  v_text constant text := pg_get_functiondef('project_course_map_event(uuid, recorded_events)'::regprocedure);
  v_new  constant text := replace(replace(v_text,
    'request, correlation_id, created_at)', 'request, correlation_id, tenant, created_at)'),
    $x$e.metadata ->> 'correlation_id', e.recorded_at)$x$, $x$e.metadata ->> 'correlation_id', e.metadata ->> 'tenant', e.recorded_at)$x$);
BEGIN
  ASSERT length(v_new) > length(v_text) + 30, 'project_course_map_event is not as it was';
  EXECUTE v_new;
END
$$;

CREATE OR REPLACE VIEW course_maps AS
SELECT c.id, c.request ->> 'topic' AS topic, c.request ->> 'level' AS level, c.request ->> 'mode' AS mode, c.status,
       CASE
         WHEN c.status IN ('failed', 'cancelled') THEN c.status
         WHEN c.status IN ('requested', 'planning') THEN 'initializing'
         WHEN n.pending + n.generating > 0 THEN 'generating'
         WHEN n.failed > 0 THEN 'partial_failed'
         ELSE 'completed'
       END AS overall_status,
       CASE WHEN n.learn = 0 THEN 0::numeric ELSE round(n.completed::numeric / n.learn, 4) END AS learn_progress,
       n.learn AS learn_nodes, n.completed AS learn_completed, n.failed AS learn_failed, n.generating AS learn_generating,
       n.pending AS learn_pending, n.quiz AS quiz_nodes, c.request, c.map_meta, c.nodes, c.error_code, c.error, c.correlation_id,
       c.created_at, c.planned_at, c.completed_at, c.cancelled_at, c.tenant
FROM course_map_states c
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE s.node_type = 'learn') AS learn,
         count(*) FILTER (WHERE s.node_type = 'quiz') AS quiz,
         count(*) FILTER (WHERE s.status = 'completed') AS completed,
         count(*) FILTER (WHERE s.status = 'failed') AS failed,
         count(*) FILTER (WHERE s.status = 'generating') AS generating,
         count(*) FILTER (WHERE s.status = 'pending') AS pending
  FROM node_states s WHERE s.course_map_id = c.id
) n;
CREATE OR REPLACE VIEW ops.course_progress WITH (security_invoker = true) AS
SELECT m.id, m.topic, m.overall_status, m.learn_progress, m.learn_completed, m.learn_nodes, m.learn_generating, m.learn_pending,
       m.learn_failed, m.created_at, clock_timestamp() - m.created_at AS age, coalesce(m.completed_at, m.cancelled_at) - m.created_at AS took, m.tenant
FROM course_maps m;

-- ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────

DO $$
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coursewright_tenant') THEN
      CREATE ROLE coursewright_tenant NOLOGIN;
    END IF;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
  END;
  -- A session may become whatever its login is a member of, by way of others too. Another database of the server may grant it at this moment.
  IF NOT pg_has_role('coursewright_service', 'coursewright_tenant', 'MEMBER') THEN
    BEGIN
      GRANT coursewright_tenant TO coursewright_service;
    EXCEPTION WHEN unique_violation THEN
      NULL;
    END;
  END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO coursewright_tenant;
GRANT SELECT ON course_map_states, node_states, artifacts, recorded_events, archived_events, event_positions, course_maps, events, kept_events
  TO coursewright_tenant;

-- A view that reads as its owner would read past every policy.
ALTER VIEW kept_events SET (security_invoker = true);
ALTER VIEW events SET (security_invoker = true);
ALTER VIEW course_maps SET (security_invoker = true);
ALTER VIEW node_contents SET (security_invoker = true);

-- For whom a gateway reads, while its transaction lasts; null when it has not said.
CREATE FUNCTION current_tenant() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('coursewright.tenant', true), '') $$;

-- The course that a stream belongs to; null when it is of none.
CREATE FUNCTION course_of_stream(p_stream text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_stream ~ '^course_map-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(p_stream, 12, 36)::uuid
    WHEN p_stream ~ '^node-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\+' THEN substr(p_stream, 6, 36)::uuid
  END
$$;
REVOKE ALL ON FUNCTION current_tenant(), course_of_stream(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION current_tenant(), course_of_stream(text) TO coursewright_tenant, coursewright_service, coursewright_operator;
GRANT EXECUTE ON FUNCTION course_history(uuid, bigint, integer), course_at(uuid, bigint), position_at(timestamptz) TO coursewright_tenant;

-- Not forced on the owner: the log's own functions act as he does, and know no tenants.
DO $$
DECLARE
  v_table regclass;
BEGIN
  FOREACH v_table IN ARRAY ARRAY['course_map_states', 'node_states', 'artifacts', 'recorded_events', 'archived_events']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', v_table);
    EXECUTE format('CREATE POLICY everything ON %s TO coursewright_service, coursewright_operator USING (true) WITH CHECK (true)', v_table);
  END LOOP;
END
$$;
CREATE POLICY of_tenant ON course_map_states FOR SELECT TO coursewright_tenant USING (tenant = current_tenant());
-- Each by what the one before lets through.
CREATE POLICY of_tenant ON node_states FOR SELECT TO coursewright_tenant USING (EXISTS (SELECT FROM course_map_states c WHERE c.id = course_map_id));
CREATE POLICY of_tenant ON artifacts FOR SELECT TO coursewright_tenant USING (EXISTS (SELECT FROM node_states n WHERE n.content_hash = hash));
CREATE POLICY of_tenant ON recorded_events FOR SELECT TO coursewright_tenant
  USING (EXISTS (SELECT FROM course_map_states c WHERE c.id = course_of_stream(stream)));
CREATE POLICY of_tenant ON archived_events FOR SELECT TO coursewright_tenant
  USING (EXISTS (SELECT FROM course_map_states c WHERE c.id = course_of_stream(stream)));

-- Whether a tenant may have one more course that is not over. Those who have room are asked one after the other until they commit, so that
-- a tenant never has more than it may; those who have none wait for nobody, and hold up no one else's connections.
CREATE FUNCTION has_room_for_course(p_tenant text, p_most integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF (SELECT count(*) FROM course_map_states c WHERE c.tenant = p_tenant AND c.status IN ('requested', 'planning', 'generating')) >= p_most THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(7005, hashtext(p_tenant));
  RETURN (SELECT count(*) FROM course_map_states c WHERE c.tenant = p_tenant AND c.status IN ('requested', 'planning', 'generating')) < p_most;
END
$$;
REVOKE ALL ON FUNCTION has_room_for_course(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION has_room_for_course(text, integer) TO coursewright_service;

-- ── Keys of tenants ──────────────────────────────────────────────────────────────────────────────────────────

-- What is for operators reaches beyond every tenant.
ALTER TABLE api_keys ADD COLUMN tenant text,
  ADD CONSTRAINT api_keys_tenant CHECK (tenant ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  ADD CONSTRAINT api_keys_of_tenants CHECK (tenant IS NULL OR scopes <@ ARRAY['courses:read', 'courses:write']);

DROP FUNCTION make_api_key(text, text[], interval);
CREATE FUNCTION make_api_key(name text, scopes text[], valid_for interval DEFAULT NULL, tenant text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  -- Three of them have 366 random bits, and the hash all of its own 256. There is no other source of strong chance without an extension.
  v_secret constant bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  v_prefix constant text := 'cw_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 8);
  v_key    constant text := v_prefix || '_' || translate(encode(v_secret, 'base64'), '+/=', '-_');
BEGIN
  IF coalesce(btrim(name), '') = '' OR length(btrim(name)) > 100 THEN
    PERFORM refuse_key('a key needs a name', 'Whose it is, in 1 to 100 characters.');
  END IF;
  IF coalesce(cardinality(scopes), 0) = 0 OR NOT scopes <@ ARRAY['courses:read', 'courses:write', 'events:read', 'admin'] THEN
    PERFORM refuse_key('a key needs scopes', 'Some of courses:read, courses:write, events:read, admin.');
  END IF;
  IF valid_for <= interval '0' THEN
    PERFORM refuse_key('a key is valid for a while', 'Leave it out for one that does not expire.');
  END IF;
  IF tenant !~ '^[a-z0-9][a-z0-9_-]{0,62}$' THEN
    PERFORM refuse_key(format('"%s" is no name of a tenant', tenant), 'Up to 63 small letters, digits, - and _, of which the first is a letter or a digit.');
  END IF;
  IF tenant IS NOT NULL AND NOT scopes <@ ARRAY['courses:read', 'courses:write'] THEN
    PERFORM refuse_key('a key of a tenant reads and writes courses, and no more', 'events:read and admin reach beyond every tenant: they are for operators, without a tenant.');
  END IF;
  INSERT INTO api_keys (prefix, hash, name, scopes, expires_at, tenant)
  VALUES (v_prefix, sha256(convert_to(v_key, 'UTF8')), btrim(make_api_key.name),
          ARRAY(SELECT DISTINCT s FROM unnest(make_api_key.scopes) s ORDER BY s), clock_timestamp() + valid_for, make_api_key.tenant);
  RETURN v_key;
END
$$;

-- What a key may do, and for which tenant. All that a gateway can learn of keys.
CREATE FUNCTION principal_of_api_key(p_hash bytea) RETURNS TABLE (prefix text, scopes text[], tenant text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.prefix, k.scopes, k.tenant FROM api_keys k
  WHERE k.hash = p_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
$$;
-- Of gateways that do not know of tenants yet, and would take a tenant's key for an operator's: to them it is no key.
CREATE OR REPLACE FUNCTION scopes_of_api_key(p_hash bytea) RETURNS TABLE (prefix text, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.prefix, p.scopes FROM principal_of_api_key(p_hash) p WHERE p.tenant IS NULL
$$;
REVOKE ALL ON FUNCTION make_api_key(text, text[], interval, text), principal_of_api_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION principal_of_api_key(bytea) TO coursewright_service;

CREATE OR REPLACE VIEW ops.api_keys WITH (security_invoker = true) AS
SELECT k.prefix, k.name, k.scopes, k.created_at, k.created_by, k.expires_at, k.revoked_at, k.revoked_by,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= clock_timestamp() THEN 'expired' ELSE 'valid' END AS status, k.tenant
FROM api_keys k;
GRANT SELECT (tenant) ON api_keys TO coursewright_operator;

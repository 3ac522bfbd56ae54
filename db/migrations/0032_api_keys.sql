-- Up Migration

-- Keys of programs that use the API. A key is told once, when it is made; here stands its hash, which is of no use to whoever reads it: the
-- key has 256 random bits, so a fast hash is enough.
CREATE TABLE api_keys (
  -- The key's beginning, by which people speak of it.
  prefix     text        PRIMARY KEY,
  hash       bytea       NOT NULL UNIQUE,
  name       text        NOT NULL CHECK (length(btrim(name)) BETWEEN 1 AND 100),
  scopes     text[]      NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['courses:read', 'courses:write', 'events:read', 'admin']),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text        NOT NULL DEFAULT session_user,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
REVOKE ALL ON api_keys FROM PUBLIC;

CREATE FUNCTION refuse_key(p_what text, p_hint text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', p_what USING ERRCODE = 'CW008', HINT = p_hint;
END
$$;

-- Makes a key, and returns it: this once. For the owner of the database alone.
CREATE FUNCTION make_api_key(name text, scopes text[], valid_for interval DEFAULT NULL) RETURNS text
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
  INSERT INTO api_keys (prefix, hash, name, scopes, expires_at)
  VALUES (v_prefix, sha256(convert_to(v_key, 'UTF8')), btrim(make_api_key.name),
          ARRAY(SELECT DISTINCT s FROM unnest(make_api_key.scopes) s ORDER BY s), clock_timestamp() + valid_for);
  RETURN v_key;
END
$$;

-- The key stops to be one, within the five seconds for which gateways remember keys. Returns false when it was none any more.
CREATE FUNCTION revoke_api_key(prefix text) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE api_keys k SET revoked_at = clock_timestamp(), revoked_by = session_user
  WHERE k.prefix = revoke_api_key.prefix AND k.revoked_at IS NULL;
  IF FOUND THEN
    RETURN true;
  END IF;
  IF NOT EXISTS (SELECT FROM api_keys k WHERE k.prefix = revoke_api_key.prefix) THEN
    PERFORM refuse_key(format('there is no key %s', revoke_api_key.prefix), 'SELECT prefix, name FROM ops.api_keys.');
  END IF;
  RETURN false;
END
$$;

-- What a key may do, by its hash; nothing when it is none, or none any more. All that a gateway can learn of keys.
CREATE FUNCTION scopes_of_api_key(p_hash bytea) RETURNS TABLE (prefix text, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.prefix, k.scopes FROM api_keys k
  WHERE k.hash = p_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
$$;

REVOKE ALL ON FUNCTION refuse_key(text, text), make_api_key(text, text[], interval), revoke_api_key(text), scopes_of_api_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scopes_of_api_key(bytea) TO coursewright_service;

CREATE VIEW ops.api_keys WITH (security_invoker = true) AS
SELECT k.prefix, k.name, k.scopes, k.created_at, k.created_by, k.expires_at, k.revoked_at, k.revoked_by,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= clock_timestamp() THEN 'expired' ELSE 'valid' END AS status
FROM api_keys k;
COMMENT ON VIEW ops.api_keys IS 'The keys of the API: whose they are, what they may do, and until when. pnpm keys makes and revokes them.';
GRANT SELECT (prefix, name, scopes, created_at, created_by, expires_at, revoked_at, revoked_by) ON api_keys TO coursewright_operator;
GRANT SELECT ON ops.api_keys TO coursewright_operator;

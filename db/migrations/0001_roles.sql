-- Up Migration

-- Who may do what. The migrations run as the database's owner; everybody else gets a role of least privilege.
--   coursewright_service   what the gateway and the generation processes act as
--   coursewright_operator  what a person in psql acts as: sees everything, steers through views
-- Roles belong to the whole server, so another database of it may have made them already, or be making
-- them at this very moment: both are fine.

DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['coursewright_service', 'coursewright_operator'] LOOP
    -- Looked for first: to make one that is there takes the right to make roles.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
    -- A superuser may act as anybody; any other owner is made a member, so that services which connect with the
    -- owner's URL can still step down. One who may not is told so before the first migration, where it matters.
    IF NOT pg_has_role(current_user, role_name, CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END) THEN
      BEGIN
        EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
      EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO coursewright_service, coursewright_operator;

CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS 'What an operator asks: views for psql, nothing that a service depends on.';
GRANT USAGE ON SCHEMA ops TO coursewright_service, coursewright_operator;

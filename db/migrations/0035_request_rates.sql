-- Up Migration

-- How many requests each tenant, credential or address has sent in the minute that runs for it; in the form that rate-limiter-flexible
-- wants. Unlogged: after a crash everybody may begin anew.
CREATE UNLOGGED TABLE request_rates (
  key    varchar(255) PRIMARY KEY,
  points integer      NOT NULL DEFAULT 0,
  -- Milliseconds since 1970, by the clock of a gateway.
  expire bigint
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
REVOKE ALL ON request_rates FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON request_rates TO coursewright_service;
GRANT SELECT ON request_rates TO coursewright_operator;

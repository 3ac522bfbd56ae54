-- Up Migration

-- Webhooks: what happens is told to other people's servers.

CREATE TABLE webhook_endpoints (
  id                uuid        PRIMARY KEY,
  url               text        NOT NULL CONSTRAINT webhook_endpoints_url CHECK (url ~ '^https?://' AND length(url) <= 2000),
  description       text        NOT NULL DEFAULT '',
  -- Null for all types.
  types             text[],
  -- Signs what is sent; operators do not see it.
  secret            text        NOT NULL,
  -- Events behind this one are for it.
  from_position     bigint      NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- By an operator, by an answer that said 410, or because nothing was delivered for days.
  disabled_at       timestamptz,
  disabled_reason   text,
  -- One more whenever somebody gives it another address or enables it: an answer to what was sent before says nothing of it now.
  revision          integer     NOT NULL DEFAULT 1,
  -- The circuit: after some failures in a row nothing is sent until `open_until`, and then one delivery at a time.
  failures_in_a_row integer     NOT NULL DEFAULT 0,
  failing_since     timestamptz,
  open_until        timestamptz,
  last_error        text
);

CREATE TABLE webhook_deliveries (
  endpoint_id     uuid        NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
  position        bigint      NOT NULL,
  status          text        NOT NULL DEFAULT 'waiting'
                              CONSTRAINT webhook_deliveries_status CHECK (status IN ('waiting', 'sending', 'delivered', 'failed')),
  attempts        integer     NOT NULL DEFAULT 0,
  -- How often it was asked for anew, which begins its attempts anew: what was sent before says nothing of it.
  replays         integer     NOT NULL DEFAULT 0,
  -- When it is sent, or sent again. While it is being sent: when that counts as lost.
  next_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_attempt_at timestamptz,
  response_status integer,
  error           text,
  PRIMARY KEY (endpoint_id, position)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at) WHERE status IN ('waiting', 'sending');
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (status, last_attempt_at) WHERE status IN ('delivered', 'failed');
-- Pages of one status, and counts of it.
CREATE INDEX webhook_deliveries_status ON webhook_deliveries (endpoint_id, status, position);

-- How many deliveries of an endpoint have a status, counted up to 10,000: an endpoint may have a week of them.
CREATE FUNCTION count_deliveries(p_endpoint uuid, VARIADIC p_statuses text[]) RETURNS integer
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT count(*)::integer FROM (
    SELECT FROM webhook_deliveries d WHERE d.endpoint_id = p_endpoint AND d.status = ANY (p_statuses) LIMIT 10000) counted
$$;

REVOKE ALL ON FUNCTION count_deliveries(uuid, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_deliveries(uuid, text[]) TO coursewright_service, coursewright_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries TO coursewright_service;
GRANT SELECT (id, url, description, types, from_position, created_at, disabled_at, disabled_reason, revision, failures_in_a_row, failing_since, open_until, last_error)
  ON webhook_endpoints TO coursewright_operator;
GRANT SELECT ON webhook_deliveries TO coursewright_operator;

CREATE VIEW ops.webhooks WITH (security_invoker = true) AS
SELECT w.id, w.url, w.types, w.disabled_at, w.disabled_reason, w.failures_in_a_row, w.failing_since,
       CASE WHEN w.open_until > clock_timestamp() THEN w.open_until END AS circuit_open_until,
       count_deliveries(w.id, 'waiting', 'sending') AS waiting, count_deliveries(w.id, 'delivered') AS delivered, count_deliveries(w.id, 'failed') AS failed,
       (SELECT min(d.position) FROM webhook_deliveries d WHERE d.endpoint_id = w.id AND d.status = 'waiting') AS oldest_waiting,
       w.last_error
FROM webhook_endpoints w;
COMMENT ON VIEW ops.webhooks IS 'Where events are sent, what waits, and what stops it. Counts go up to 10,000.';
GRANT SELECT ON ops.webhooks TO coursewright_operator;

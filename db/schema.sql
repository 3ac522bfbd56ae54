-- The schema that all migrations add up to. Made by `pnpm db:dump-schema`, never edited: its diff is for the review.
-- Where PostgreSQL was built without lz4, the card's column is compressed otherwise; nothing else depends on the server.

-- ── Tables ──

CREATE TABLE api_keys (
  prefix text NOT NULL,
  hash bytea NOT NULL,
  name text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  created_by text DEFAULT SESSION_USER NOT NULL,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoked_by text,
  tenant text
);

CREATE TABLE archived_events (
  id bigint NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  type text NOT NULL,
  schema_version smallint NOT NULL,
  data jsonb NOT NULL,
  metadata jsonb NOT NULL,
  recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE artifacts (
  hash text NOT NULL,
  content jsonb NOT NULL,
  key_ideas text[] NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE course_map_states (
  id uuid NOT NULL,
  version integer NOT NULL,
  last_event text NOT NULL,
  status text NOT NULL,
  attempt integer DEFAULT 0 NOT NULL,
  failures integer DEFAULT 0 NOT NULL,
  interruptions integer DEFAULT 0 NOT NULL,
  worker_id text,
  job_id uuid,
  deadline timestamp with time zone,
  error_code text,
  error text,
  correlation_id text,
  request jsonb NOT NULL,
  map_meta jsonb,
  nodes jsonb,
  created_at timestamp with time zone NOT NULL,
  planned_at timestamp with time zone,
  completed_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  tenant text,
  outage_since timestamp with time zone
) WITH (fillfactor=80);

CREATE TABLE disk_probe (
  bytes text NOT NULL
);

CREATE TABLE event_positions (
  position bigint NOT NULL,
  event_id bigint NOT NULL,
  placed_at timestamp with time zone NOT NULL
);

CREATE TABLE idempotent_requests (
  client text NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  result jsonb NOT NULL,
  holder uuid NOT NULL,
  held_until timestamp with time zone NOT NULL,
  status smallint,
  headers jsonb,
  body text,
  expires_at timestamp with time zone NOT NULL
);

CREATE TABLE llm_call_bodies (
  call_id uuid NOT NULL,
  part text NOT NULL,
  body text NOT NULL
) WITH (toast_tuple_target=128);

CREATE TABLE llm_calls (
  id uuid NOT NULL,
  request_key text COLLATE "C" NOT NULL,
  status text DEFAULT 'in_flight'::text NOT NULL,
  rejected_at timestamp with time zone,
  stream text COLLATE "C" NOT NULL,
  started_version integer NOT NULL,
  worker_id text NOT NULL,
  correlation_id text NOT NULL,
  model text NOT NULL,
  max_input_tokens integer NOT NULL,
  max_output_tokens integer NOT NULL,
  input_tokens integer,
  output_tokens integer,
  input_price numeric,
  output_price numeric,
  error_code text,
  asked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone
) WITH (fillfactor=80, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=500);

CREATE TABLE node_states (
  course_map_id uuid NOT NULL,
  node_id text COLLATE "C" NOT NULL,
  place smallint NOT NULL,
  node_type text NOT NULL,
  pre_requisites text[] NOT NULL,
  version integer DEFAULT 0 NOT NULL,
  last_event text,
  status text NOT NULL,
  attempt integer DEFAULT 0 NOT NULL,
  failures integer DEFAULT 0 NOT NULL,
  interruptions integer DEFAULT 0 NOT NULL,
  worker_id text,
  job_id uuid,
  deadline timestamp with time zone,
  content_hash text,
  error_code text,
  error text,
  created_at timestamp with time zone NOT NULL,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  outage_since timestamp with time zone
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=500);

CREATE TABLE parked_streams (
  subscription text NOT NULL,
  partition smallint NOT NULL,
  stream text NOT NULL,
  position bigint NOT NULL,
  attempts integer NOT NULL,
  error text NOT NULL,
  parked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  asked text,
  unpark_by text DEFAULT 'retry'::text NOT NULL
);

CREATE UNLOGGED TABLE position_requests (
  id bigint NOT NULL,
  event_ids bigint[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000);

CREATE TABLE recorded_events (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  type text NOT NULL,
  schema_version smallint NOT NULL,
  data jsonb NOT NULL,
  metadata jsonb NOT NULL,
  recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE UNLOGGED TABLE request_rates (
  key character varying(255) NOT NULL,
  points integer DEFAULT 0 NOT NULL,
  expire bigint
) WITH (fillfactor=50, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=500);

CREATE TABLE schema_version (
  one boolean DEFAULT true NOT NULL,
  version integer NOT NULL,
  oldest_program integer NOT NULL
);

CREATE TABLE subscriptions (
  name text NOT NULL,
  position bigint DEFAULT 0 NOT NULL,
  updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  partition smallint DEFAULT 0 NOT NULL,
  partitions smallint DEFAULT 1 NOT NULL,
  paused_at timestamp with time zone,
  failing_since timestamp with time zone,
  error text,
  leased_by text,
  leased_until timestamp with time zone,
  given_up_to bigint,
  by_sql boolean DEFAULT false NOT NULL,
  in_order boolean DEFAULT false NOT NULL,
  owner text
);

CREATE TABLE usage_ledger (
  call_id uuid NOT NULL,
  course_map_id uuid NOT NULL,
  node_id text COLLATE "C",
  day date NOT NULL,
  model text NOT NULL,
  status text NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost numeric,
  greatest_cost_in_doubt numeric
);

CREATE TABLE webhook_deliveries (
  endpoint_id uuid NOT NULL,
  position bigint NOT NULL,
  status text DEFAULT 'waiting'::text NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  replays integer DEFAULT 0 NOT NULL,
  next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  last_attempt_at timestamp with time zone,
  response_status integer,
  error text
) WITH (fillfactor=80, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=500);

CREATE TABLE webhook_endpoints (
  id uuid NOT NULL,
  url text NOT NULL,
  description text DEFAULT ''::text NOT NULL,
  types text[],
  secret text NOT NULL,
  from_position bigint NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  disabled_at timestamp with time zone,
  disabled_reason text,
  revision integer DEFAULT 1 NOT NULL,
  failures_in_a_row integer DEFAULT 0 NOT NULL,
  failing_since timestamp with time zone,
  open_until timestamp with time zone,
  last_error text,
  previous_secret text,
  previous_secret_until timestamp with time zone
);

CREATE TABLE workers (
  id text NOT NULL,
  lock_key integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  db_epoch text NOT NULL,
  started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  stopped_at timestamp with time zone,
  lease_ms integer DEFAULT 1500 NOT NULL
);

-- ── Constraints ──

ALTER TABLE api_keys ADD CONSTRAINT api_keys_hash_key UNIQUE (hash);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_name_check CHECK (((length(btrim(name)) >= 1) AND (length(btrim(name)) <= 100)));

ALTER TABLE api_keys ADD CONSTRAINT api_keys_of_tenants CHECK (((tenant IS NULL) OR (scopes <@ ARRAY['courses:read'::text, 'courses:write'::text])));

ALTER TABLE api_keys ADD CONSTRAINT api_keys_pkey PRIMARY KEY (prefix);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes_check CHECK (((cardinality(scopes) > 0) AND (scopes <@ ARRAY['courses:read'::text, 'courses:write'::text, 'events:read'::text, 'admin'::text])));

ALTER TABLE api_keys ADD CONSTRAINT api_keys_tenant CHECK ((tenant ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text));

ALTER TABLE archived_events ADD CONSTRAINT archived_events_pkey PRIMARY KEY (id);

ALTER TABLE archived_events ADD CONSTRAINT archived_events_stream_version UNIQUE (stream, version);

ALTER TABLE artifacts ADD CONSTRAINT artifacts_hash CHECK ((hash ~ '^[0-9a-f]{64}$'::text));

ALTER TABLE artifacts ADD CONSTRAINT artifacts_pkey PRIMARY KEY (hash);

ALTER TABLE course_map_states ADD CONSTRAINT course_map_states_pkey PRIMARY KEY (id);

ALTER TABLE course_map_states ADD CONSTRAINT course_map_states_status CHECK ((status = ANY (ARRAY['requested'::text, 'planning'::text, 'generating'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])));

ALTER TABLE event_positions ADD CONSTRAINT event_positions_once UNIQUE (event_id);

ALTER TABLE event_positions ADD CONSTRAINT event_positions_pkey PRIMARY KEY ("position");

ALTER TABLE idempotent_requests ADD CONSTRAINT idempotent_requests_check CHECK (((status IS NULL) = (headers IS NULL)));

ALTER TABLE idempotent_requests ADD CONSTRAINT idempotent_requests_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255)));

ALTER TABLE idempotent_requests ADD CONSTRAINT idempotent_requests_pkey PRIMARY KEY (client, key);

ALTER TABLE llm_call_bodies ADD CONSTRAINT llm_call_bodies_call_id_fkey FOREIGN KEY (call_id) REFERENCES llm_calls(id) ON DELETE CASCADE;

ALTER TABLE llm_call_bodies ADD CONSTRAINT llm_call_bodies_part CHECK ((part = ANY (ARRAY['request'::text, 'answer'::text])));

ALTER TABLE llm_call_bodies ADD CONSTRAINT llm_call_bodies_pkey PRIMARY KEY (call_id, part);

ALTER TABLE llm_calls ADD CONSTRAINT llm_calls_pkey PRIMARY KEY (id);

ALTER TABLE llm_calls ADD CONSTRAINT llm_calls_request_key CHECK ((request_key ~ '^[0-9a-f]{64}$'::text));

ALTER TABLE llm_calls ADD CONSTRAINT llm_calls_status CHECK ((status = ANY (ARRAY['in_flight'::text, 'answered'::text, 'refused'::text, 'in_doubt'::text])));

ALTER TABLE node_states ADD CONSTRAINT node_states_pkey PRIMARY KEY (course_map_id, node_id);

ALTER TABLE node_states ADD CONSTRAINT node_states_status CHECK ((status = ANY (ARRAY['pending'::text, 'generating'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'quiz_pending'::text])));

ALTER TABLE node_states ADD CONSTRAINT node_states_type CHECK ((node_type = ANY (ARRAY['learn'::text, 'quiz'::text])));

ALTER TABLE parked_streams ADD CONSTRAINT parked_streams_asked CHECK ((asked = ANY (ARRAY['retry'::text, 'skip'::text])));

ALTER TABLE parked_streams ADD CONSTRAINT parked_streams_attempts CHECK ((attempts >= 0));

ALTER TABLE parked_streams ADD CONSTRAINT parked_streams_pkey PRIMARY KEY (subscription, stream);

ALTER TABLE parked_streams ADD CONSTRAINT parked_streams_subscription_partition_fkey FOREIGN KEY (subscription, partition) REFERENCES subscriptions(name, partition);

ALTER TABLE parked_streams ADD CONSTRAINT parked_streams_unpark_by CHECK ((unpark_by = ANY (ARRAY['retry'::text, 'skip'::text])));

ALTER TABLE position_requests ADD CONSTRAINT position_requests_pkey PRIMARY KEY (id);

ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_data_is_object CHECK ((jsonb_typeof(data) = 'object'::text));

ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_metadata_is_object CHECK ((jsonb_typeof(metadata) = 'object'::text));

ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_pkey PRIMARY KEY (id);

ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_stream_name CHECK (
CASE
    WHEN starts_with(stream, 'node-'::text) THEN ((stream ~~ 'node-________-____-____-____-____________+_%'::text) AND (length(stream) <= 106) AND (stream ~ '^node-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+[+][A-Za-z0-9_-]+$'::text))
    WHEN starts_with(stream, 'course_map-'::text) THEN ((stream ~~ 'course\_map-________-____-____-____-____________'::text) AND (stream ~ '^course_map-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$'::text))
    WHEN starts_with(stream, 'recovery-'::text) THEN ((stream ~~ 'recovery-________-____-____-____-____________'::text) AND (stream ~ '^recovery-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$'::text))
    ELSE ((length(stream) <= 76) AND (stream ~ '^subscription-[a-z][a-z0-9-]*$'::text))
END) NOT VALID;

ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_stream_version UNIQUE (stream, version);

ALTER TABLE recorded_events ADD CONSTRAINT recorded_events_version_from_one CHECK ((version >= 1));

ALTER TABLE request_rates ADD CONSTRAINT request_rates_pkey PRIMARY KEY (key);

ALTER TABLE schema_version ADD CONSTRAINT schema_version_oldest CHECK ((oldest_program <= version));

ALTER TABLE schema_version ADD CONSTRAINT schema_version_one CHECK (one);

ALTER TABLE schema_version ADD CONSTRAINT schema_version_pkey PRIMARY KEY (one);

ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_name CHECK ((name ~ '^[a-z][a-z0-9-]{0,62}$'::text));

ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_partition CHECK ((partition >= 0));

ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_partition_exists CHECK ((partition < partitions));

ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_partitions CHECK (((partitions >= 1) AND (partitions <= 64)));

ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (name, partition);

ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_position CHECK (("position" >= 0));

ALTER TABLE usage_ledger ADD CONSTRAINT usage_ledger_pkey PRIMARY KEY (call_id);

ALTER TABLE usage_ledger ADD CONSTRAINT usage_ledger_status CHECK ((status = ANY (ARRAY['answered'::text, 'in_doubt'::text, 'refused'::text])));

ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE;

ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (endpoint_id, "position");

ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_status CHECK ((status = ANY (ARRAY['waiting'::text, 'sending'::text, 'delivered'::text, 'failed'::text])));

ALTER TABLE webhook_endpoints ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id);

ALTER TABLE webhook_endpoints ADD CONSTRAINT webhook_endpoints_url CHECK (((url ~ '^https?://'::text) AND (length(url) <= 2000)));

ALTER TABLE workers ADD CONSTRAINT workers_id CHECK ((id ~ '^[a-z][a-z0-9-]{0,62}$'::text));

ALTER TABLE workers ADD CONSTRAINT workers_lease CHECK ((lease_ms > 0));

ALTER TABLE workers ADD CONSTRAINT workers_lock_key_key UNIQUE (lock_key);

ALTER TABLE workers ADD CONSTRAINT workers_pkey PRIMARY KEY (id);

-- ── Indexes ──

CREATE INDEX course_map_states_by_age ON public.course_map_states USING btree (created_at DESC, id DESC);

CREATE INDEX course_map_states_by_status ON public.course_map_states USING btree (status, created_at DESC, id DESC);

CREATE INDEX course_map_states_by_tenant ON public.course_map_states USING btree (tenant, created_at DESC, id DESC) WHERE (tenant IS NOT NULL);

CREATE INDEX course_map_states_held ON public.course_map_states USING btree (worker_id, id) WHERE (status = 'planning'::text);

CREATE INDEX course_map_states_unfinished ON public.course_map_states USING btree (id) WHERE (status = ANY (ARRAY['requested'::text, 'planning'::text, 'generating'::text]));

CREATE INDEX course_map_states_unfinished_by_tenant ON public.course_map_states USING btree (tenant) WHERE ((tenant IS NOT NULL) AND (status = ANY (ARRAY['requested'::text, 'planning'::text, 'generating'::text])));

CREATE INDEX idempotent_requests_expire ON public.idempotent_requests USING btree (expires_at);

CREATE INDEX llm_calls_answers ON public.llm_calls USING btree (request_key) WHERE ((status = 'answered'::text) AND (rejected_at IS NULL));

CREATE INDEX llm_calls_by_stream ON public.llm_calls USING btree (stream);

CREATE INDEX llm_calls_ended ON public.llm_calls USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX llm_calls_in_doubt ON public.llm_calls USING btree (asked_at) WHERE (status = 'in_doubt'::text);

CREATE UNIQUE INDEX llm_calls_one_in_flight ON public.llm_calls USING btree (request_key) WHERE (status = 'in_flight'::text);

CREATE INDEX node_states_asked_again ON public.node_states USING btree (course_map_id) WHERE ((status = 'pending'::text) AND (last_event = 'RetryRequested'::text));

CREATE INDEX node_states_by_content ON public.node_states USING btree (content_hash) WHERE (content_hash IS NOT NULL);

CREATE INDEX node_states_cancelled_in_hand ON public.node_states USING btree (course_map_id) WHERE ((status = 'cancelled'::text) AND (worker_id IS NOT NULL));

CREATE INDEX node_states_held ON public.node_states USING btree (worker_id, course_map_id, node_id) WHERE (status = 'generating'::text);

CREATE INDEX usage_ledger_days ON public.usage_ledger USING btree (day, course_map_id);

CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (endpoint_id, next_at) WHERE (status = ANY (ARRAY['waiting'::text, 'sending'::text]));

CREATE INDEX webhook_deliveries_ended ON public.webhook_deliveries USING btree (status, last_attempt_at) WHERE (status = ANY (ARRAY['delivered'::text, 'failed'::text]));

CREATE INDEX webhook_deliveries_status ON public.webhook_deliveries USING btree (endpoint_id, status, "position");

-- ── Views ──

CREATE VIEW course_maps AS
 SELECT c.id,
    c.request ->> 'topic'::text AS topic,
    c.request ->> 'level'::text AS level,
    c.request ->> 'mode'::text AS mode,
    c.status,
        CASE
            WHEN c.status = ANY (ARRAY['failed'::text, 'cancelled'::text]) THEN c.status
            WHEN c.status = ANY (ARRAY['requested'::text, 'planning'::text]) THEN 'initializing'::text
            WHEN (n.pending + n.generating) > 0 THEN 'generating'::text
            WHEN n.failed > 0 THEN 'partial_failed'::text
            ELSE 'completed'::text
        END AS overall_status,
        CASE
            WHEN n.learn = 0 THEN 0::numeric
            ELSE round(n.completed::numeric / n.learn::numeric, 4)
        END AS learn_progress,
    n.learn AS learn_nodes,
    n.completed AS learn_completed,
    n.failed AS learn_failed,
    n.generating AS learn_generating,
    n.pending AS learn_pending,
    n.quiz AS quiz_nodes,
    c.request,
    c.map_meta,
    c.nodes,
    c.error_code,
    c.error,
    c.correlation_id,
    c.created_at,
    c.planned_at,
    c.completed_at,
    c.cancelled_at,
    c.tenant
   FROM course_map_states c
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE s.node_type = 'learn'::text) AS learn,
            count(*) FILTER (WHERE s.node_type = 'quiz'::text) AS quiz,
            count(*) FILTER (WHERE s.status = 'completed'::text) AS completed,
            count(*) FILTER (WHERE s.status = 'failed'::text) AS failed,
            count(*) FILTER (WHERE s.status = 'generating'::text) AS generating,
            count(*) FILTER (WHERE s.status = 'pending'::text) AS pending
           FROM node_states s
          WHERE s.course_map_id = c.id) n;

CREATE VIEW events AS
 SELECT p."position",
    e.stream,
    e.version,
    e.type,
    e.schema_version,
    e.data,
    e.metadata,
    e.recorded_at,
    p.placed_at
   FROM event_positions p
     JOIN kept_events e ON e.id = p.event_id;

CREATE VIEW held_beacons AS
 SELECT objid::bigint::integer AS lock_key,
    pid AS backend_pid
   FROM pg_locks l
  WHERE locktype = 'advisory'::text AND classid = 7001::oid AND objsubid = 2 AND granted AND mode = 'ExclusiveLock'::text AND database = (( SELECT d.oid
           FROM pg_database d
          WHERE d.datname = current_database()));

CREATE VIEW holders AS
 WITH RECURSIVE of_nodes(worker_id) AS (
        ( SELECT n.worker_id
           FROM node_states n
          WHERE n.status = 'generating'::text
          ORDER BY n.worker_id
         LIMIT 1)
        UNION ALL
         SELECT ( SELECT n.worker_id
                   FROM node_states n
                  WHERE n.status = 'generating'::text AND n.worker_id > h.worker_id
                  ORDER BY n.worker_id
                 LIMIT 1) AS worker_id
           FROM of_nodes h
          WHERE h.worker_id IS NOT NULL
        ), of_plannings(worker_id) AS (
        ( SELECT c.worker_id
           FROM course_map_states c
          WHERE c.status = 'planning'::text
          ORDER BY c.worker_id
         LIMIT 1)
        UNION ALL
         SELECT ( SELECT c.worker_id
                   FROM course_map_states c
                  WHERE c.status = 'planning'::text AND c.worker_id > h.worker_id
                  ORDER BY c.worker_id
                 LIMIT 1) AS worker_id
           FROM of_plannings h
          WHERE h.worker_id IS NOT NULL
        )
 SELECT of_nodes.worker_id
   FROM of_nodes
  WHERE of_nodes.worker_id IS NOT NULL
UNION
 SELECT of_plannings.worker_id
   FROM of_plannings
  WHERE of_plannings.worker_id IS NOT NULL;

CREATE VIEW kept_events AS
 SELECT recorded_events.id,
    recorded_events.stream,
    recorded_events.version,
    recorded_events.type,
    recorded_events.schema_version,
    recorded_events.data,
    recorded_events.metadata,
    recorded_events.recorded_at
   FROM recorded_events
UNION ALL
 SELECT archived_events.id,
    archived_events.stream,
    archived_events.version,
    archived_events.type,
    archived_events.schema_version,
    archived_events.data,
    archived_events.metadata,
    archived_events.recorded_at
   FROM archived_events;

CREATE VIEW node_contents AS
 SELECT md5((('node-'::text || n.course_map_id) || '+'::text) || n.node_id)::uuid AS id,
    n.course_map_id,
    n.node_id,
        CASE n.node_type
            WHEN 'learn'::text THEN 'knowledge_card'::text
            ELSE 'quiz'::text
        END AS content_type,
        CASE n.node_type
            WHEN 'quiz'::text THEN (n.course_map_id || '/'::text) || n.node_id
            ELSE NULL::text
        END AS question_key,
    a.content AS content_json,
    n.status AS generation_status,
    n.started_at AS generation_started_at,
    n.completed_at AS generation_completed_at,
    n.error AS generation_error,
    n.node_type,
    n.created_at
   FROM node_states n
     LEFT JOIN artifacts a ON a.hash = n.content_hash;

CREATE VIEW ops.api_keys AS
 SELECT prefix,
    name,
    scopes,
    created_at,
    created_by,
    expires_at,
    revoked_at,
    revoked_by,
        CASE
            WHEN revoked_at IS NOT NULL THEN 'revoked'::text
            WHEN expires_at <= clock_timestamp() THEN 'expired'::text
            ELSE 'valid'::text
        END AS status,
    tenant
   FROM api_keys k;

CREATE VIEW ops.course_progress AS
 SELECT id,
    topic,
    overall_status,
    learn_progress,
    learn_completed,
    learn_nodes,
    learn_generating,
    learn_pending,
    learn_failed,
    created_at,
    clock_timestamp() - created_at AS age,
    COALESCE(completed_at, cancelled_at) - created_at AS took,
    tenant
   FROM course_maps m;

CREATE VIEW ops.llm_calls AS
 SELECT c.id,
    c.stream,
    c.started_version,
    c.worker_id,
    c.model,
        CASE
            WHEN c.status = 'in_flight'::text AND b.lock_key IS NULL THEN 'in_doubt'::text
            ELSE c.status
        END AS status,
    c.rejected_at IS NOT NULL AS rejected,
    c.error_code,
    c.input_tokens,
    c.output_tokens,
        CASE
            WHEN c.status = 'answered'::text THEN (c.input_tokens::numeric * c.input_price + c.output_tokens::numeric * c.output_price) / 1000000::numeric
            ELSE NULL::numeric
        END AS cost,
        CASE
            WHEN c.status = ANY (ARRAY['in_flight'::text, 'in_doubt'::text]) THEN c.max_input_tokens
            ELSE NULL::integer
        END AS max_input_tokens,
        CASE
            WHEN c.status = ANY (ARRAY['in_flight'::text, 'in_doubt'::text]) THEN c.max_output_tokens
            ELSE NULL::integer
        END AS max_output_tokens,
        CASE
            WHEN c.status = ANY (ARRAY['in_flight'::text, 'in_doubt'::text]) THEN (c.max_input_tokens::numeric * c.input_price + c.max_output_tokens::numeric * c.output_price) / 1000000::numeric
            ELSE NULL::numeric
        END AS greatest_cost,
    c.asked_at,
    c.ended_at,
    c.request_key
   FROM llm_calls c
     LEFT JOIN workers w ON w.id = c.worker_id
     LEFT JOIN held_beacons b ON b.lock_key = w.lock_key;

CREATE VIEW ops.open_transactions AS
 SELECT pid,
    login,
    application,
    state,
    clock_timestamp() - opened_at AS open,
    clock_timestamp() - idle_since AS idle
   FROM open_transactions() o(pid, login, application, state, opened_at, idle_since);

CREATE VIEW ops.parked_streams AS
 SELECT p.subscription,
    p.stream,
    p."position",
    e.type,
    p.attempts,
    p.error,
    p.parked_at,
    p.asked,
    ( SELECT count(*) AS count
           FROM kept_events w
          WHERE w.stream = p.stream AND w.version > e.version) AS waiting_behind,
        CASE COALESCE(p.asked, p.unpark_by)
            WHEN 'skip'::text THEN 'behind this event'::text
            ELSE 'with this event'::text
        END AS goes_on
   FROM parked_streams p
     JOIN event_positions ep ON ep."position" = p."position"
     JOIN kept_events e ON e.id = ep.event_id;

CREATE VIEW ops.queue AS
 SELECT queue,
    count(*) FILTER (WHERE state <> 'active'::text AND start_after <= clock_timestamp()) AS ready,
    count(*) FILTER (WHERE state <> 'active'::text AND start_after > clock_timestamp()) AS delayed,
    count(*) FILTER (WHERE state = 'active'::text) AS running,
    clock_timestamp() - min(start_after) FILTER (WHERE state <> 'active'::text AND start_after <= clock_timestamp()) AS oldest_ready,
    min(start_after) FILTER (WHERE state <> 'active'::text AND start_after > clock_timestamp()) - clock_timestamp() AS next_delayed
   FROM queued_jobs() j(id, queue, state, priority, created_on, start_after)
  GROUP BY queue;

CREATE VIEW ops.recent_failures AS
 SELECT error_fingerprint(f.code, f.message) AS fingerprint,
    f.code,
    min(f.message) AS example,
    count(*) AS failures,
    count(*) FILTER (WHERE f.final) AS final_failures,
    count(DISTINCT f.stream) AS streams,
    count(*) FILTER (WHERE n.status = 'failed'::text) AS still_failed,
    min(f.recorded_at) AS first_at,
    max(f.recorded_at) AS last_at
   FROM ( SELECT e.stream,
            e.recorded_at,
            (e.data -> 'error'::text) ->> 'code'::text AS code,
            (e.data -> 'error'::text) ->> 'message'::text AS message,
            (e.data ->> 'final'::text)::boolean AS final,
            e.version
           FROM ( SELECT GREATEST(position_at(clock_timestamp() - '1 day'::interval), COALESCE(( SELECT max(h."position") AS max
                           FROM event_positions h), 0::bigint) - 200000) AS "position"
                 OFFSET 0) since
             JOIN event_positions p ON p."position" > since."position"
             CROSS JOIN LATERAL ( SELECT r.id,
                    r.stream,
                    r.version,
                    r.type,
                    r.schema_version,
                    r.data,
                    r.metadata,
                    r.recorded_at
                   FROM kept_events r
                  WHERE r.id = p.event_id
                 OFFSET 0) e
          WHERE e.type = ANY (ARRAY['GenerationFailed'::text, 'CourseMapPlanningFailed'::text])) f
     LEFT JOIN node_states n ON f.stream = ((('node-'::text || n.course_map_id) || '+'::text) || n.node_id) AND n.version = f.version AND n.status = 'failed'::text
  GROUP BY (error_fingerprint(f.code, f.message)), f.code;

CREATE VIEW ops.recent_rescues AS
 SELECT type,
    data ->> 'cause'::text AS cause,
    count(*) AS events,
    count(detected_after_ms) AS detected,
    percentile_disc(0.5::double precision) WITHIN GROUP (ORDER BY detected_after_ms) AS p50_ms,
    percentile_disc(0.99::double precision) WITHIN GROUP (ORDER BY detected_after_ms) AS p99_ms,
    max(detected_after_ms) AS most_ms,
    ARRAY[count(*) FILTER (WHERE detected_after_ms <= 250), count(*) FILTER (WHERE detected_after_ms > 250 AND detected_after_ms <= 500), count(*) FILTER (WHERE detected_after_ms > 500 AND detected_after_ms <= 1000), count(*) FILTER (WHERE detected_after_ms > 1000 AND detected_after_ms <= 2000), count(*) FILTER (WHERE detected_after_ms > 2000 AND detected_after_ms <= 5000), count(*) FILTER (WHERE detected_after_ms > 5000)] AS histogram,
    COALESCE(sum(input_tokens), 0::numeric)::bigint AS input_tokens,
    COALESCE(sum(output_tokens), 0::numeric)::bigint AS output_tokens
   FROM ( SELECT r.type,
            r.data,
            (r.data ->> 'detected_after_ms'::text)::integer AS detected_after_ms,
                CASE
                    WHEN r.type = 'GenerationCompleted'::text THEN ((r.data -> 'usage'::text) ->> 'input_tokens'::text)::bigint
                    ELSE NULL::bigint
                END AS input_tokens,
                CASE
                    WHEN r.type = 'GenerationCompleted'::text THEN ((r.data -> 'usage'::text) ->> 'output_tokens'::text)::bigint
                    ELSE NULL::bigint
                END AS output_tokens
           FROM ( SELECT GREATEST(position_at(clock_timestamp() - '1 day'::interval), COALESCE(( SELECT max(h."position") AS max
                           FROM event_positions h), 0::bigint) - 200000) AS "position"
                 OFFSET 0) since
             JOIN event_positions p ON p."position" > since."position"
             CROSS JOIN LATERAL ( SELECT k.type,
                    k.data
                   FROM kept_events k
                  WHERE k.id = p.event_id
                 OFFSET 0) r
          WHERE (r.type = ANY (ARRAY['GenerationInterrupted'::text, 'CourseMapPlanningInterrupted'::text, 'LateResultReceived'::text])) OR r.type = 'GenerationCompleted'::text AND ((r.data ->> 'from_journal'::text)::boolean)) e
  GROUP BY type, (data ->> 'cause'::text);

CREATE VIEW ops.spend AS
 SELECT date_trunc('day'::text, asked_at, 'UTC'::text) AS day,
    substr(stream,
        CASE
            WHEN starts_with(stream, 'node-'::text) THEN 6
            ELSE 12
        END, 36)::uuid AS course_map_id,
    count(*) AS calls,
    count(*) FILTER (WHERE status = 'answered'::text) AS answered,
    count(*) FILTER (WHERE status = 'in_doubt'::text) AS in_doubt,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(cost) AS cost,
    sum(greatest_cost) FILTER (WHERE status = 'in_doubt'::text) AS greatest_cost_in_doubt
   FROM ops.llm_calls l
  GROUP BY (date_trunc('day'::text, asked_at, 'UTC'::text)), (substr(stream,
        CASE
            WHEN starts_with(stream, 'node-'::text) THEN 6
            ELSE 12
        END, 36)::uuid);

CREATE VIEW ops.stuck_nodes AS
 SELECT n.course_map_id,
    n.node_id,
        CASE
            WHEN b.lock_key IS NULL THEN 'its worker is silent'::text
            ELSE 'its deadline has passed'::text
        END AS problem,
    n.worker_id,
    n.attempt,
    n.started_at,
    n.deadline
   FROM node_states n
     LEFT JOIN workers w ON w.id = n.worker_id
     LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
  WHERE n.status = 'generating'::text AND (b.lock_key IS NULL OR n.deadline < clock_timestamp());

CREATE VIEW ops.subscription_lag AS
 SELECT s.name,
    s.partition,
    s.partitions,
    s."position",
    head."position" - s."position" AS events_behind,
        CASE
            WHEN next.recorded_at IS NULL THEN '00:00:00'::interval
            ELSE clock_timestamp() - next.recorded_at
        END AS behind,
    s.paused_at,
    s.failing_since,
    s.error,
    s.leased_by,
    s.leased_until,
    ( SELECT count(*) AS count
           FROM parked_streams p
          WHERE p.subscription = s.name AND p.partition = s.partition) AS parked_streams,
    s.updated_at
   FROM subscriptions s
     CROSS JOIN ( SELECT COALESCE(max(p."position"), 0::bigint) AS "position"
           FROM event_positions p) head
     LEFT JOIN LATERAL ( SELECT e.recorded_at
           FROM event_positions p
             JOIN kept_events e ON e.id = p.event_id
          WHERE p."position" = (s."position" + 1)) next ON true;

CREATE VIEW ops.usage AS
 SELECT day,
    course_map_id,
    model,
    count(*) AS calls,
    count(*) FILTER (WHERE status = 'answered'::text) AS answered,
    count(*) FILTER (WHERE status = 'in_doubt'::text) AS in_doubt,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(cost) AS cost,
    sum(greatest_cost_in_doubt) AS greatest_cost_in_doubt
   FROM usage_ledger u
  WHERE status <> 'refused'::text
  GROUP BY day, course_map_id, model;

CREATE VIEW ops.webhooks AS
 SELECT id,
    url,
    types,
    disabled_at,
    disabled_reason,
    failures_in_a_row,
    failing_since,
        CASE
            WHEN open_until > clock_timestamp() THEN open_until
            ELSE NULL::timestamp with time zone
        END AS circuit_open_until,
    count_deliveries(id, VARIADIC ARRAY['waiting'::text, 'sending'::text]) AS waiting,
    count_deliveries(id, VARIADIC ARRAY['delivered'::text]) AS delivered,
    count_deliveries(id, VARIADIC ARRAY['failed'::text]) AS failed,
    ( SELECT min(d."position") AS min
           FROM webhook_deliveries d
          WHERE d.endpoint_id = w.id AND d.status = 'waiting'::text) AS oldest_waiting,
    last_error
   FROM webhook_endpoints w;

CREATE VIEW ops.why_waiting AS
 WITH still AS MATERIALIZED (
         SELECT what_stands_still.reactor,
            what_stands_still.workers,
            what_stands_still.transactions
           FROM what_stands_still() what_stands_still(reactor, workers, transactions)
        )
 SELECT n.course_map_id,
    n.node_id,
    why.cause,
        CASE why.cause
            WHEN 'held'::text THEN format('attempt %s is with worker %s, which is alive, since %s; its deadline is in %s'::text, n.attempt, n.worker_id, for_people(clock_timestamp() - n.started_at), for_people(n.deadline - clock_timestamp())) ||
            CASE
                WHEN n.outage_since IS NULL THEN ''::text
                ELSE '; it '::text || what_failed(n.failures, n.outage_since, n.error_code)
            END
            WHEN 'worker_silent'::text THEN (format('attempt %s is with worker %s, which is silent; recovery takes it back'::text, n.attempt, n.worker_id) || still.workers) || still.transactions
            WHEN 'overdue'::text THEN (format('attempt %s is with worker %s and past its deadline; recovery takes it back'::text, n.attempt, n.worker_id) || still.workers) || still.transactions
            WHEN 'backoff'::text THEN (what_failed(n.failures, n.outage_since, n.error_code) || '; next try in '::text) || for_people(j.start_after - clock_timestamp())
            WHEN 'put_back'::text THEN format('somebody else held it when its turn came; next try in %s'::text, for_people(j.start_after - clock_timestamp())) || still.transactions
            WHEN 'queued'::text THEN (format('in the queue since %s%s'::text, for_people(clock_timestamp() - j.start_after),
            CASE
                WHEN (n.failures + n.interruptions) = 0 THEN ''::text
                ELSE format(', after it failed %s and was interrupted %s'::text, times(n.failures), times(n.interruptions))
            END) || still.workers) || still.transactions
            WHEN 'job_gone'::text THEN ('its job is gone; the reconciler sends it again within ten seconds'::text || still.workers) || still.transactions
            WHEN 'asked_again'::text THEN ((format('was asked for again, of a course that is %s; it is about to be queued'::text, c.status) || still.reactor) || still.workers) || still.transactions
            WHEN 'prerequisites'::text THEN 'waits for '::text || before.them
            WHEN 'course_limit'::text THEN format('its prerequisites are done; %s of its course run or are queued, and it waits for its turn'::text, around.busy)
            ELSE (('is ready, and about to be queued'::text || still.reactor) || still.workers) || still.transactions
        END AS why,
    n.attempt,
    n.failures,
    n.interruptions,
    n.worker_id,
    n.error_code,
    n.error
   FROM still
     CROSS JOIN node_states n
     JOIN course_map_states c ON c.id = n.course_map_id AND (c.status = 'generating'::text OR (c.status = ANY (ARRAY['completed'::text, 'failed'::text])) AND n.status = 'pending'::text)
     LEFT JOIN workers w ON w.id = n.worker_id
     LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
     LEFT JOIN queued_jobs() j(id, queue, state, priority, created_on, start_after) ON j.id = n.job_id AND n.status = 'pending'::text
     CROSS JOIN LATERAL ( SELECT string_agg(format('node %s, which %s'::text, p.node_id,
                CASE p.status
                    WHEN 'generating'::text THEN COALESCE(what_failed(p.failures, p.outage_since, p.error_code) || ' and is generating again'::text, 'is generating'::text)
                    WHEN 'pending'::text THEN COALESCE(what_failed(p.failures, p.outage_since, p.error_code) ||
                    CASE
                        WHEN q.start_after > clock_timestamp() THEN ', next try in '::text || for_people(q.start_after - clock_timestamp())
                        ELSE ' and is tried again'::text
                    END,
                    CASE
                        WHEN q.start_after IS NOT NULL THEN 'is in the queue'::text
                        ELSE 'is waiting itself'::text
                    END)
                    ELSE 'is '::text || p.status
                END), '; '::text ORDER BY p.place) AS them
           FROM learn_prerequisites(n.course_map_id, n.node_id) p(course_map_id, node_id, place, node_type, pre_requisites, version, last_event, status, attempt, failures, interruptions, worker_id, job_id, deadline, content_hash, error_code, error, created_at, started_at, completed_at, outage_since)
             CROSS JOIN LATERAL ( SELECT
                        CASE
                            WHEN p.status = 'pending'::text AND p.job_id IS NOT NULL THEN job_starts_at('generate-node'::text, p.job_id)
                            ELSE NULL::timestamp with time zone
                        END AS start_after) q
          WHERE n.status = 'pending'::text AND (p.status <> ALL (ARRAY['completed'::text, 'failed'::text]))) before
     CROSS JOIN LATERAL ( SELECT count(*) AS busy
           FROM node_states o
          WHERE o.course_map_id = n.course_map_id AND (o.status = 'generating'::text OR o.status = 'pending'::text AND o.last_event = 'GenerationScheduled'::text)) around
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN n.status = 'generating'::text AND b.lock_key IS NULL THEN 'worker_silent'::text
                    WHEN n.status = 'generating'::text AND n.deadline < clock_timestamp() THEN 'overdue'::text
                    WHEN n.status = 'generating'::text THEN 'held'::text
                    WHEN n.last_event = 'GenerationScheduled'::text AND j.id IS NULL THEN 'job_gone'::text
                    WHEN n.last_event = 'GenerationScheduled'::text AND j.start_after > clock_timestamp() THEN
                    CASE
                        WHEN n.failures > 0 OR n.outage_since IS NOT NULL THEN 'backoff'::text
                        ELSE 'put_back'::text
                    END
                    WHEN n.last_event = 'GenerationScheduled'::text THEN 'queued'::text
                    WHEN before.them IS NOT NULL THEN 'prerequisites'::text
                    WHEN c.status <> 'generating'::text THEN 'asked_again'::text
                    WHEN around.busy > 0 THEN 'course_limit'::text
                    ELSE 'about_to_be_queued'::text
                END AS cause) why
  WHERE n.node_type = 'learn'::text AND (n.status = ANY (ARRAY['pending'::text, 'generating'::text]))
UNION ALL
 SELECT c.id AS course_map_id,
    NULL::text AS node_id,
        CASE
            WHEN c.status = 'requested'::text THEN 'not_planned'::text
            WHEN b.lock_key IS NULL THEN 'worker_silent'::text
            ELSE 'planning'::text
        END AS cause,
        CASE
            WHEN c.status = 'requested'::text AND (c.failures > 0 OR c.outage_since IS NOT NULL) THEN format('its planning %s, '::text, what_failed(c.failures, c.outage_since, c.error_code)) ||
            CASE
                WHEN j.start_after > clock_timestamp() THEN 'next try in '::text || for_people(j.start_after - clock_timestamp())
                ELSE ('and is tried again'::text || still.workers) || still.transactions
            END
            WHEN c.status = 'requested'::text THEN ((format('waits since %s to be planned'::text, for_people(clock_timestamp() - c.created_at)) || still.reactor) || still.workers) || still.transactions
            WHEN b.lock_key IS NULL THEN (format('planning attempt %s is with worker %s, which is silent; recovery takes it back'::text, c.attempt, c.worker_id) || still.workers) || still.transactions
            ELSE format('is being planned by worker %s, which is alive; the deadline is in %s'::text, c.worker_id, for_people(c.deadline - clock_timestamp())) ||
            CASE
                WHEN c.outage_since IS NULL THEN ''::text
                ELSE '; its planning '::text || what_failed(c.failures, c.outage_since, c.error_code)
            END
        END AS why,
    c.attempt,
    c.failures,
    c.interruptions,
    c.worker_id,
    c.error_code,
    c.error
   FROM still
     CROSS JOIN course_map_states c
     LEFT JOIN workers w ON w.id = c.worker_id
     LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN c.status = 'requested'::text THEN planning_starts_at(c.id)
                    ELSE NULL::timestamp with time zone
                END AS start_after) j
  WHERE c.status = ANY (ARRAY['requested'::text, 'planning'::text]);

CREATE VIEW ops.workers AS
 SELECT w.id,
    w.host,
    w.pid,
    w.started_at,
    w.stopped_at,
    b.lock_key IS NOT NULL AS alive,
    ( SELECT count(*) AS count
           FROM node_states n
          WHERE n.worker_id = w.id AND n.status = 'generating'::text) AS nodes_in_hand,
    ( SELECT count(*) AS count
           FROM course_map_states c
          WHERE c.worker_id = w.id AND c.status = 'planning'::text) AS plans_in_hand,
    t.last_beat_at,
    t.last_beat_at + make_interval(secs => (w.lease_ms::numeric / 1000.0)::double precision) AS leased_until
   FROM workers w
     LEFT JOIN held_beacons b ON b.lock_key = w.lock_key
     LEFT JOIN beacon_beats() t(backend_pid, last_beat_at) ON t.backend_pid = b.backend_pid;

-- ── Functions ──

CREATE OR REPLACE FUNCTION public.append_to_streams(appends jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.archive_next_course(p_before timestamp with time zone, p_after uuid, OUT id uuid, OUT events bigint)
 RETURNS record
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET lock_timeout TO '1s'
AS $function$
DECLARE
  v_range record;
  v_moved bigint;
BEGIN
  events := 0;
  SELECT c.id INTO archive_next_course.id FROM course_map_states c
  WHERE (p_after IS NULL OR c.id > p_after) AND c.status IN ('completed', 'failed', 'cancelled') AND can_be_archived(c.id, p_before)
  ORDER BY c.id LIMIT 1;
  PERFORM FROM course_map_states c WHERE c.id = archive_next_course.id FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF (SELECT count(*) FROM (SELECT FROM node_states n WHERE n.course_map_id = archive_next_course.id FOR UPDATE SKIP LOCKED) held)
     < (SELECT count(*) FROM node_states n WHERE n.course_map_id = archive_next_course.id) THEN
    RETURN;
  END IF;
  -- Whoever would append waits now; what was seen without the locks is looked at again.
  IF NOT can_be_archived(archive_next_course.id, p_before) THEN
    RETURN;
  END IF;
  FOR v_range IN SELECT * FROM streams_of_course(archive_next_course.id) LOOP
    INSERT INTO archived_events SELECT e.* FROM recorded_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    DELETE FROM recorded_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    events := events + v_moved;
  END LOOP;
END
$function$
;

CREATE OR REPLACE FUNCTION public.ask_of_parked_stream(p_name text, p_stream text, p_asked text, p_type text, p_reason text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  p parked_streams;
BEGIN
  -- The subscription first, then its parked streams, as everybody does.
  PERFORM lock_subscription(p_name, p_reason);
  SELECT k.* INTO p FROM parked_streams k WHERE k.subscription = p_name AND k.stream = p_stream;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(p_name, format('has not parked stream %s', p_stream),
      'SELECT * FROM ops.parked_streams shows those that are parked.');
  END IF;
  -- Nothing of it failed. To try "its" event again would be to handle one a second time that was handled already; to skip it, to lose one
  -- that was not.
  IF p.attempts = 0 THEN
    PERFORM refuse_subscription_command(p_name, format('had stream %s parked by hand: none of its events has failed', p_stream),
      'SELECT ops.unpark(…) lets it go on where it was left.');
  END IF;
  UPDATE parked_streams k SET asked = p_asked WHERE k.subscription = p_name AND k.stream = p_stream;
  PERFORM record_for_subscription(p_name, p_type, jsonb_build_object('stream', p_stream, 'position', p.position, 'reason', p_reason));
END
$function$
;

CREATE OR REPLACE FUNCTION public.beacon_beats()
 RETURNS TABLE(backend_pid integer, last_beat_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT a.pid, a.state_change
  FROM held_beacons b
  JOIN pg_stat_activity a ON a.pid = b.backend_pid
$function$
;

CREATE OR REPLACE FUNCTION public.begin_llm_call(p jsonb)
 RETURNS TABLE(outcome text, call_id uuid, answer text)
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  v_key text := p ->> 'request_key';
  v_id uuid := (p ->> 'id')::uuid;
  v_answered record;
BEGIN
  IF EXISTS (SELECT FROM kept_events e
             WHERE e.stream = p ->> 'stream' COLLATE "C" AND e.version = (p ->> 'started_version')::integer + 1) THEN
    RETURN QUERY SELECT 'taken_away', NULL::uuid, NULL::text;
    RETURN;
  END IF;

  FOR round IN 1..2 LOOP
    INSERT INTO llm_calls (id, request_key, stream, started_version, worker_id, correlation_id, model, max_input_tokens,
                           max_output_tokens, input_price, output_price, expires_at)
    VALUES (v_id, v_key, p ->> 'stream', (p ->> 'started_version')::integer, p ->> 'worker_id', p ->> 'correlation_id',
            p ->> 'model', (p ->> 'max_input_tokens')::integer, (p ->> 'max_output_tokens')::integer,
            (p ->> 'input_price')::numeric, (p ->> 'output_price')::numeric,
            clock_timestamp() + make_interval(secs => (p ->> 'expires_in_ms')::integer / 1000.0))
    ON CONFLICT DO NOTHING;
    -- Looked for behind the insert, which waited for whoever was about to answer: nobody who holds the key can answer in between.
    SELECT c.id, b.body INTO v_answered FROM llm_calls c
    JOIN llm_call_bodies b ON b.call_id = c.id AND b.part = 'answer'
    WHERE c.request_key = v_key AND c.status = 'answered' AND c.rejected_at IS NULL LIMIT 1;
    IF FOUND THEN
      DELETE FROM llm_calls c WHERE c.id = v_id AND c.status = 'in_flight';
      RETURN QUERY SELECT 'answered', v_answered.id, v_answered.body;
      RETURN;
    END IF;
    IF EXISTS (SELECT FROM llm_calls c WHERE c.id = v_id AND c.status = 'in_flight') THEN
      INSERT INTO llm_call_bodies (call_id, part, body) VALUES (v_id, 'request', p ->> 'request') ON CONFLICT DO NOTHING;
      RETURN QUERY SELECT 'begun', v_id, NULL::text;
      RETURN;
    END IF;

    -- Whoever asks may be gone.
    UPDATE llm_calls c SET status = 'in_doubt', error_code = 'worker_lost', ended_at = clock_timestamp()
    WHERE c.request_key = v_key AND c.status = 'in_flight' AND is_forgotten_call(c);
    IF NOT FOUND THEN
      EXIT;
    END IF;
  END LOOP;
  RETURN QUERY SELECT 'waiting', NULL::uuid, NULL::text;
END
$function$
;

CREATE OR REPLACE FUNCTION public.can_be_archived(p_course uuid, p_before timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  SELECT EXISTS (
    SELECT FROM course_map_states c
    -- One that is archived has no event here.
    JOIN recorded_events last ON last.stream = 'course_map-' || c.id AND last.version = c.version
    WHERE c.id = p_course AND c.status IN ('completed', 'failed', 'cancelled') AND last.recorded_at < p_before
  ) AND NOT EXISTS (
    SELECT FROM node_states n
    WHERE n.course_map_id = p_course
      AND (n.status = 'pending' AND n.last_event = 'RetryRequested' OR n.status = 'cancelled' AND n.worker_id IS NOT NULL)
  ) AND NOT EXISTS (
    SELECT FROM streams_of_course(p_course) s JOIN recorded_events e ON e.stream >= s.first AND e.stream < s.behind WHERE e.recorded_at >= p_before
  ) AND NOT EXISTS (
    SELECT FROM streams_of_course(p_course) s JOIN llm_calls l ON l.stream >= s.first AND l.stream < s.behind WHERE l.status = 'in_flight'
  )
$function$
;

CREATE OR REPLACE FUNCTION public.check_contiguous_versions()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  orphan record;
  v_archived text;
BEGIN
  -- What has its position comes back from the archive, as it is there; nobody else may say that an event has one.
  IF EXISTS (
    SELECT FROM added a
    WHERE EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)
      AND NOT EXISTS (
        SELECT FROM archived_events e
        WHERE e.id = a.id AND (e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at) IS NOT DISTINCT FROM
                              (a.stream, a.version, a.type, a.schema_version, a.data, a.metadata, a.recorded_at) OFFSET 0)
  ) THEN
    RAISE EXCEPTION 'INSERT on recorded_events is refused: this id is that of another event'
      USING ERRCODE = 'CW003', HINT = 'Leave out the id; see append_to_streams().';
  END IF;

  -- A stream that begins, and has begun before. What comes back from the archive has its position.
  SELECT a.stream INTO v_archived FROM added a
  WHERE a.version = 1
    AND EXISTS (SELECT FROM archived_events e WHERE e.stream = a.stream AND e.version = 1 OFFSET 0)
    AND NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    PERFORM raise_archived(v_archived);
  END IF;

  SELECT a.stream, a.version INTO orphan
  FROM added a
  WHERE a.version > 1
    AND NOT EXISTS (SELECT FROM recorded_events e WHERE e.stream = a.stream AND e.version = a.version - 1 OFFSET 0)
  LIMIT 1;
  IF FOUND THEN
    IF EXISTS (SELECT FROM archived_events e WHERE e.stream = orphan.stream AND e.version = orphan.version - 1) THEN
      PERFORM raise_archived(orphan.stream);
    END IF;
    PERFORM raise_wrong_expected_version(orphan.stream, orphan.version - 1);
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION public.command_subscription(p_name text, p_type text, p_data jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM lock_subscription(p_name, p_data ->> 'reason');
  PERFORM record_for_subscription(p_name, p_type, p_data);
END
$function$
;

CREATE OR REPLACE FUNCTION public.count_deliveries(p_endpoint uuid, VARIADIC p_statuses text[])
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT count(*)::integer FROM (
    SELECT FROM webhook_deliveries d WHERE d.endpoint_id = p_endpoint AND d.status = ANY (p_statuses) LIMIT 10000) counted
$function$
;

CREATE OR REPLACE FUNCTION public.counts_as_failure(p_data jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT coalesce((p_data ->> 'counts')::boolean, true) $function$
;

CREATE OR REPLACE FUNCTION public.course_at(p_course uuid, p_position bigint)
 RETURNS TABLE(node_id text, place integer, node_type text, status text, version integer, attempt integer, failures integer, worker_id text, error_code text, error text, since timestamp with time zone)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  WITH course_events AS (
    SELECT e.version, e.type, e.data, e.recorded_at, p.position
    FROM kept_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = 'course_map-' || p_course AND p.position <= p_position
  ), course AS (
    SELECT c.version, c.recorded_at AS since,
      CASE c.type
        WHEN 'CourseMapRequested' THEN 'requested'
        WHEN 'CourseMapPlanningStarted' THEN 'planning'
        WHEN 'CourseMapPlanningInterrupted' THEN 'requested'
        WHEN 'CourseMapPlanningFailed' THEN CASE WHEN (c.data ->> 'final')::boolean THEN 'failed' ELSE 'requested' END
        WHEN 'CourseMapPlanned' THEN 'generating'
        WHEN 'CourseMapCompleted' THEN 'completed'
        WHEN 'CourseMapReopened' THEN 'generating'
        WHEN 'CourseMapRetryRequested' THEN 'requested'
        WHEN 'CourseMapCancelled' THEN 'cancelled'
      END AS status,
      CASE WHEN c.type = 'CourseMapPlanningStarted' THEN c.data ->> 'worker_id' END AS worker_id
    FROM course_events c
    ORDER BY c.version DESC LIMIT 1
  ), planning AS (
    SELECT coalesce(max((c.data ->> 'attempt')::integer) FILTER (WHERE c.type = 'CourseMapPlanningStarted'), 0) AS attempt,
           count(*) FILTER (WHERE c.type = 'CourseMapPlanningFailed' AND counts_as_failure(c.data)
             AND c.version > coalesce((SELECT max(r.version) FROM course_events r WHERE r.type = 'CourseMapRetryRequested'), 0))::integer AS failures
    FROM course_events c
  ), planning_error AS (
    -- Of the last failure, unless a map or a request for another try came after it.
    SELECT f.data -> 'error' ->> 'code' AS code, f.data -> 'error' ->> 'message' AS message
    FROM course_events f
    WHERE f.type = 'CourseMapPlanningFailed'
      AND NOT EXISTS (SELECT FROM course_events l WHERE l.version > f.version AND l.type IN ('CourseMapPlanned', 'CourseMapRetryRequested'))
    ORDER BY f.version DESC LIMIT 1
  ), cancelled AS (
    SELECT c.position, c.recorded_at FROM course_events c WHERE c.type = 'CourseMapCancelled'
  ), nodes AS (
    SELECT n.value ->> 'id' AS node_id, n.ordinality::integer AS place, n.value ->> 'type' AS node_type, c.recorded_at
    FROM course_events c
    CROSS JOIN LATERAL jsonb_array_elements(c.data -> 'nodes') WITH ORDINALITY AS n (value, ordinality)
    WHERE c.type = 'CourseMapPlanned'
  )
  SELECT NULL::text, 0, 'course', course.status, course.version, planning.attempt, planning.failures, course.worker_id,
         planning_error.code, planning_error.message, course.since
  FROM course CROSS JOIN planning LEFT JOIN planning_error ON true
  UNION ALL
  SELECT n.node_id, n.place, n.node_type,
    CASE WHEN cancelled.position IS NOT NULL AND coalesce(before.status, 'pending') IN ('pending', 'generating') AND n.node_type = 'learn' THEN 'cancelled'
         ELSE coalesce(before.status, CASE n.node_type WHEN 'quiz' THEN 'quiz_pending' ELSE 'pending' END) END,
    coalesce(newest.version, 0), coalesce(counts.attempt, 0), coalesce(counts.failures, 0), held.worker_id, failed.code, failed.message,
    greatest(before.recorded_at, n.recorded_at, CASE WHEN coalesce(before.status, 'pending') IN ('pending', 'generating') THEN cancelled.recorded_at END)
  FROM nodes n
  LEFT JOIN cancelled ON true
  CROSS JOIN LATERAL (SELECT 'node-' || p_course || '+' || n.node_id AS stream) its
  -- Its status moves no more once its course is cancelled.
  LEFT JOIN LATERAL (
    SELECT e.recorded_at,
      CASE e.type
        WHEN 'GenerationStarted' THEN 'generating'
        WHEN 'GenerationCompleted' THEN 'completed'
        WHEN 'GenerationFailed' THEN CASE WHEN (e.data ->> 'final')::boolean THEN 'failed' ELSE 'pending' END
        ELSE 'pending'
      END AS status
    FROM kept_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = its.stream AND p.position <= least(p_position, cancelled.position) AND e.type <> 'LateResultReceived'
    ORDER BY e.version DESC LIMIT 1
  ) before ON true
  LEFT JOIN LATERAL (
    SELECT e.version FROM kept_events e JOIN event_positions p ON p.event_id = e.id
    WHERE e.stream = its.stream AND p.position <= p_position ORDER BY e.version DESC LIMIT 1
  ) newest ON true
  LEFT JOIN LATERAL (
    SELECT max((e.data ->> 'attempt')::integer) FILTER (WHERE e.type = 'GenerationScheduled') AS attempt,
           count(*) FILTER (WHERE e.type = 'GenerationFailed' AND counts_as_failure(e.data) AND e.version > coalesce(
             (SELECT max(r.version) FROM kept_events r WHERE r.stream = its.stream AND r.version <= newest.version AND r.type = 'RetryRequested'), 0))::integer AS failures
    FROM kept_events e WHERE e.stream = its.stream AND e.version <= newest.version
  ) counts ON true
  LEFT JOIN LATERAL (
    SELECT CASE WHEN e.type = 'GenerationStarted' THEN e.data ->> 'worker_id' END AS worker_id
    FROM kept_events e WHERE e.stream = its.stream AND e.version <= newest.version AND e.type <> 'LateResultReceived'
    ORDER BY e.version DESC LIMIT 1
  ) held ON true
  LEFT JOIN LATERAL (
    SELECT f.data -> 'error' ->> 'code' AS code, f.data -> 'error' ->> 'message' AS message
    FROM kept_events f
    WHERE f.stream = its.stream AND f.version <= newest.version AND f.type = 'GenerationFailed'
      AND NOT EXISTS (SELECT FROM kept_events l WHERE l.stream = its.stream AND l.version > f.version AND l.version <= newest.version
                      AND l.type IN ('GenerationCompleted', 'RetryRequested'))
    ORDER BY f.version DESC LIMIT 1
  ) failed ON true
  ORDER BY 2
$function$
;

CREATE OR REPLACE FUNCTION public.course_history(p_course uuid, p_after bigint, p_limit integer)
 RETURNS SETOF events
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  SELECT found.* FROM (
    SELECT e.* FROM events e WHERE e.stream = 'course_map-' || p_course AND e.position > p_after
    UNION ALL
    SELECT e.* FROM node_states n CROSS JOIN LATERAL (
      SELECT * FROM events v WHERE v.stream = 'node-' || p_course || '+' || n.node_id AND v.position > p_after OFFSET 0
    ) e
    WHERE n.course_map_id = p_course
  ) found
  ORDER BY found.position
  LIMIT p_limit
$function$
;

CREATE OR REPLACE FUNCTION public.course_of_stream(p_stream text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT CASE
    WHEN p_stream ~ '^course_map-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(p_stream, 12, 36)::uuid
    WHEN p_stream ~ '^node-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\+' THEN substr(p_stream, 6, 36)::uuid
  END
$function$
;

CREATE OR REPLACE FUNCTION public.current_tenant()
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$ SELECT nullif(current_setting('coursewright.tenant', true), '') $function$
;

CREATE OR REPLACE FUNCTION public.database_epoch()
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT extract(epoch FROM pg_postmaster_start_time())::text || '/' || (pg_control_checkpoint()).timeline_id::text
$function$
;

CREATE OR REPLACE FUNCTION public.draw_positions()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.end_reason(p_before text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT set_config('coursewright.reason', p_before, true)
$function$
;

CREATE OR REPLACE FUNCTION public.error_fingerprint(p_code text, p_message text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT left(md5(coalesce(p_code, '') || regexp_replace(coalesce(p_message, ''), '[0-9a-f]{8,}|[0-9]+', '#', 'gi')), 8)
$function$
;

CREATE OR REPLACE FUNCTION public.for_people(p_interval interval)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT CASE
    WHEN p_interval IS NULL THEN 'an unknown time'
    WHEN p_interval < interval '0' THEN '0 s'
    WHEN p_interval < interval '2 min' THEN round(extract(epoch FROM p_interval)) || ' s'
    WHEN p_interval < interval '2 h' THEN round(extract(epoch FROM p_interval) / 60) || ' min'
    ELSE round(extract(epoch FROM p_interval) / 3600) || ' h'
  END
$function$
;

CREATE OR REPLACE FUNCTION public.has_room_for_course(p_tenant text, p_most integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  IF (SELECT count(*) FROM course_map_states c WHERE c.tenant = p_tenant AND c.status IN ('requested', 'planning', 'generating')) >= p_most THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(7005, hashtext(p_tenant));
  RETURN (SELECT count(*) FROM course_map_states c WHERE c.tenant = p_tenant AND c.status IN ('requested', 'planning', 'generating')) < p_most;
END
$function$
;

CREATE OR REPLACE FUNCTION public.is_archived(p_course uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT EXISTS (SELECT FROM archived_events e WHERE e.stream = 'course_map-' || p_course AND e.version = 1)
$function$
;

CREATE OR REPLACE FUNCTION public.is_forgotten_call(c llm_calls)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT c.expires_at < clock_timestamp() OR EXISTS (
    SELECT FROM kept_events e
    WHERE e.stream = c.stream AND e.version = c.started_version + 1
      AND NOT EXISTS (SELECT FROM workers w JOIN held_beacons b ON b.lock_key = w.lock_key WHERE w.id = c.worker_id)
      AND (e.recorded_at > pg_postmaster_start_time()
           OR EXISTS (SELECT FROM workers w WHERE w.id = c.worker_id AND w.db_epoch = database_epoch())))
$function$
;

CREATE OR REPLACE FUNCTION public.is_name_of_service(p_name text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT p_name IN ('generation-reactor', 'recovery-requests', 'usage-ledger', 'webhooks', 'nats-relay')
$function$
;

CREATE OR REPLACE FUNCTION public.job_starts_at(p_queue text, p_id uuid)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  RETURN (SELECT j.start_after FROM pgboss.job j WHERE j.name = p_queue AND j.id = p_id AND j.state < 'completed');
END
$function$
;

CREATE OR REPLACE FUNCTION public.learn_prerequisites(p_course uuid, p_node text)
 RETURNS SETOF node_states
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  WITH RECURSIVE required (node_id) AS (
    SELECT unnest(n.pre_requisites) FROM node_states n WHERE n.course_map_id = p_course AND n.node_id = p_node COLLATE "C"
    UNION
    SELECT unnest(q.pre_requisites) FROM required r
    JOIN node_states q ON q.course_map_id = p_course AND q.node_id = r.node_id COLLATE "C" AND q.node_type = 'quiz'
  )
  SELECT p.* FROM required r
  JOIN node_states p ON p.course_map_id = p_course AND p.node_id = r.node_id COLLATE "C" AND p.node_type = 'learn'
$function$
;

CREATE OR REPLACE FUNCTION public.lease_holder(p_holder text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT session_user || '/' || p_holder
$function$
;

CREATE OR REPLACE FUNCTION public.limit_idle_transaction()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF current_setting('idle_in_transaction_session_timeout')::interval NOT BETWEEN interval '1 ms' AND interval '10 s' THEN
    PERFORM set_config('idle_in_transaction_session_timeout', '10s', true);
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION public.limit_idle_transaction_of_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM limit_idle_transaction();
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION public.listening_workers()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT substr(a.application_name, length('coursewright-listener ') + 1)
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.application_name LIKE 'coursewright-listener %'
$function$
;

CREATE OR REPLACE FUNCTION public.lock_consumer(p_consumer text)
 RETURNS subscriptions
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.lock_course_maps(p_ids uuid[])
 RETURNS TABLE(id uuid, version integer, status text, attempt integer, failures integer, interruptions integer, worker_id text, correlation_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT c.id, c.version, c.status, c.attempt, c.failures, c.interruptions, c.worker_id, c.correlation_id
  FROM course_map_states c
  WHERE c.id = ANY (p_ids)
  ORDER BY c.id
  FOR NO KEY UPDATE
$function$
;

CREATE OR REPLACE FUNCTION public.lock_free_course_maps(p_ids uuid[])
 RETURNS TABLE(id uuid, held boolean, version integer, status text, attempt integer, failures integer, interruptions integer, outage_since timestamp with time zone, worker_id text, correlation_id text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET lock_timeout TO '100ms'
AS $function$
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
    SELECT c.id, false, c.version, c.status, c.attempt, c.failures, c.interruptions, c.outage_since, c.worker_id, c.correlation_id
    FROM course_map_states c WHERE c.id = ANY (v_locked) ORDER BY c.id;
  RETURN QUERY SELECT o.id, true, NULL::integer, NULL, NULL::integer, NULL::integer, NULL::integer, NULL::timestamptz, NULL, NULL
    FROM unnest(v_others) o (id) WHERE o.id <> ALL (v_locked);
END
$function$
;

CREATE OR REPLACE FUNCTION public.lock_free_nodes(p_course_map_ids uuid[], p_node_ids text[])
 RETURNS SETOF node_states
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  SELECT n.*
  FROM unnest(p_course_map_ids, p_node_ids) AS wanted (course_map_id, node_id)
  CROSS JOIN LATERAL (
    SELECT s.* FROM node_states s
    WHERE s.course_map_id = wanted.course_map_id AND s.node_id = wanted.node_id COLLATE "C"
    FOR NO KEY UPDATE SKIP LOCKED
  ) n
$function$
;

CREATE OR REPLACE FUNCTION public.lock_subscription(p_name text, p_reason text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.make_api_key(name text, scopes text[], valid_for interval DEFAULT NULL::interval, tenant text DEFAULT NULL::text)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.make_consumer(p_consumer text, p_position bigint)
 RETURNS subscriptions
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF p_consumer IS NULL OR p_consumer !~ '^[a-z][a-z0-9-]{0,62}$' THEN
    PERFORM refuse_consumer(coalesce(p_consumer, 'NULL'), 'is no name', 'A name is 1 to 63 lower-case letters, digits and hyphens, and begins with a letter.');
  END IF;
  IF NOT is_name_of_service(p_consumer) THEN
    INSERT INTO subscriptions (name, position, by_sql, owner) VALUES (p_consumer, p_position, true, who_consumes()) ON CONFLICT (name, partition) DO NOTHING;
  END IF;
  RETURN lock_consumer(p_consumer);
END
$function$
;

CREATE OR REPLACE FUNCTION public.open_transactions()
 RETURNS TABLE(pid integer, login text, application text, state text, opened_at timestamp with time zone, idle_since timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT a.pid, a.usename::text, a.application_name, a.state, a.xact_start, CASE WHEN a.state LIKE 'idle in transaction%' THEN a.state_change END
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.backend_xid IS NOT NULL AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND a.xact_start < clock_timestamp() - interval '1 s'
$function$
;

CREATE OR REPLACE FUNCTION ops.cancel_course(course uuid, reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  v_what constant text := 'course ' || coalesce(course::text, 'NULL');
  v_before constant text := state_reason(v_what, reason);
  c course_map_states;
BEGIN
  SELECT s.* INTO c FROM course_map_states s WHERE s.id = course FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_command(v_what, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  IF c.status = 'cancelled' THEN
    RAISE NOTICE 'course % is cancelled already', course;
    PERFORM end_reason(v_before);
    RETURN;
  END IF;
  IF c.status IN ('completed', 'failed') THEN
    PERFORM refuse_command(v_what, format('is %s', c.status), 'What is over cannot be cancelled.');
  END IF;
  PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'course_map-' || c.id,
    'expected_version', c.version,
    'metadata', jsonb_build_object('actor', session_user, 'via', 'psql', 'correlation_id', c.correlation_id, 'causation_id', NULL) || stated_reason(),
    'events', jsonb_build_array(jsonb_build_object('type', 'CourseMapCancelled', 'schema_version', 1,
                                                   'data', jsonb_build_object('reason', left(btrim(reason), 500)))))));
  PERFORM end_reason(v_before);
END
$function$
;

CREATE OR REPLACE FUNCTION ops.course_at(course uuid, at timestamp with time zone)
 RETURNS TABLE(node_id text, node_type text, status text, attempt integer, failures integer, worker_id text, error_code text, error text, since timestamp with time zone)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT c.node_id, c.node_type, c.status, c.attempt, c.failures, c.worker_id, c.error_code, c.error, c.since
  FROM public.course_at(course, position_at(at)) c
$function$
;

CREATE OR REPLACE FUNCTION ops.park(subscription text, stream text, reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  s subscriptions;
  v_handled bigint;
  v_next bigint;
BEGIN
  PERFORM lock_subscription(park.subscription, reason);
  IF NOT EXISTS (SELECT FROM kept_events e WHERE e.stream = park.stream) THEN
    PERFORM refuse_subscription_command(park.subscription, format('there is no stream %s', park.stream), 'A stream is named like node-{course}+{node}.');
  END IF;
  SELECT r.* INTO s FROM subscriptions r WHERE r.name = park.subscription AND r.partition = stream_partition(park.stream, r.partitions);
  IF s.by_sql THEN
    PERFORM refuse_subscription_command(park.subscription, 'reads by SQL, and parks nothing', 'Only subscriptions of services set streams aside.');
  END IF;
  IF s.in_order THEN
    PERFORM refuse_subscription_command(park.subscription, 'keeps the order of all events, and parks nothing', 'Pause it by ops.pause_subscription instead.');
  END IF;
  SELECT max(e.position) FILTER (WHERE e.position <= s.position), min(e.position) FILTER (WHERE e.position > s.position)
  INTO v_handled, v_next FROM events e WHERE e.stream = park.stream;
  INSERT INTO parked_streams (subscription, partition, stream, position, attempts, error, unpark_by)
  VALUES (park.subscription, s.partition, park.stream, coalesce(v_handled, v_next), 0, 'by hand: ' || left(btrim(reason), 400),
          CASE WHEN v_handled IS NULL THEN 'retry' ELSE 'skip' END)
  ON CONFLICT ON CONSTRAINT parked_streams_pkey DO NOTHING;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(park.subscription, format('has parked stream %s already', park.stream), 'SELECT * FROM ops.parked_streams says why.');
  END IF;
  PERFORM record_for_subscription(park.subscription, 'StreamParkedByHand', jsonb_build_object('stream', park.stream, 'reason', reason));
END
$function$
;

CREATE OR REPLACE FUNCTION ops.pause_subscription(name text, reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
BEGIN
  PERFORM lock_subscription(pause_subscription.name, reason);
  IF NOT EXISTS (SELECT FROM subscriptions s WHERE s.name = pause_subscription.name AND s.paused_at IS NULL) THEN
    RAISE NOTICE 'subscription % is paused already', pause_subscription.name;
    RETURN;
  END IF;
  PERFORM record_for_subscription(pause_subscription.name, 'SubscriptionPaused', jsonb_build_object('reason', reason));
  UPDATE subscriptions s SET paused_at = coalesce(s.paused_at, clock_timestamp()) WHERE s.name = pause_subscription.name;
END
$function$
;

CREATE OR REPLACE FUNCTION ops.reset_node(course uuid, node text, reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  v_what constant text := format('node %s of course %s', node, course);
  v_before constant text := state_reason(v_what, reason);
  v_status text;
BEGIN
  UPDATE node_contents n SET generation_status = 'pending'
  WHERE n.course_map_id = course AND n.node_id = node AND n.generation_status IN ('generating', 'failed');
  IF FOUND THEN
    PERFORM end_reason(v_before);
    RETURN;
  END IF;
  SELECT n.generation_status INTO v_status FROM node_contents n WHERE n.course_map_id = course AND n.node_id = node;
  IF NOT FOUND THEN
    PERFORM refuse_command(v_what, 'there is none of this id', format('SELECT node_id FROM node_contents WHERE course_map_id = %L.', course));
  END IF;
  PERFORM refuse_command(v_what, format('is %s', v_status), CASE v_status
    WHEN 'pending' THEN format('SELECT why FROM ops.why_waiting WHERE course_map_id = %L AND node_id = %L says what it waits for.', course, node)
    WHEN 'completed' THEN 'A finished card stays as it is.'
    ELSE 'Only a node that is generating or failed can be generated again.' END);
END
$function$
;

CREATE OR REPLACE FUNCTION ops.resume_subscription(name text, reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
BEGIN
  PERFORM lock_subscription(resume_subscription.name, reason);
  IF NOT EXISTS (SELECT FROM subscriptions s WHERE s.name = resume_subscription.name AND s.paused_at IS NOT NULL) THEN
    RAISE NOTICE 'subscription % is not paused', resume_subscription.name;
    RETURN;
  END IF;
  PERFORM record_for_subscription(resume_subscription.name, 'SubscriptionResumed', jsonb_build_object('reason', reason));
  UPDATE subscriptions s SET paused_at = NULL WHERE s.name = resume_subscription.name;
END
$function$
;

CREATE OR REPLACE FUNCTION ops.retry_failed(course uuid, reason text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  v_what constant text := 'course ' || coalesce(course::text, 'NULL');
  v_before constant text := state_reason(v_what, reason);
  v_status text;
  v_count integer;
BEGIN
  SELECT c.status INTO v_status FROM course_map_states c WHERE c.id = course;
  IF NOT FOUND THEN
    PERFORM refuse_command(v_what, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  IF v_status = 'cancelled' THEN
    PERFORM refuse_command(v_what, 'is cancelled', 'A cancelled course stays as it is; ask for a new one.');
  END IF;
  UPDATE node_contents n SET generation_status = 'pending' WHERE n.course_map_id = course AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  PERFORM end_reason(v_before);
  RETURN v_count;
END
$function$
;

CREATE OR REPLACE FUNCTION ops.retry_failures(fingerprint text, reason text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  v_what constant text := 'failures of fingerprint ' || coalesce(fingerprint, 'NULL');
  v_before constant text := state_reason(v_what, reason);
  v_count integer;
  v_archived integer;
BEGIN
  UPDATE node_contents n SET generation_status = 'pending'
  FROM node_states s JOIN course_map_states c ON c.id = s.course_map_id
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint
    AND c.status <> 'cancelled' AND NOT is_archived(s.course_map_id)
    AND n.course_map_id = s.course_map_id AND n.node_id = s.node_id AND n.generation_status = 'failed';
  GET DIAGNOSTICS v_count = ROW_COUNT;
  SELECT count(*) INTO v_archived FROM node_states s JOIN course_map_states c ON c.id = s.course_map_id
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = fingerprint AND c.status <> 'cancelled' AND is_archived(s.course_map_id);
  IF v_count + v_archived = 0 THEN
    PERFORM refuse_command(v_what, 'no failed node has it', 'SELECT fingerprint, still_failed FROM ops.recent_failures.');
  ELSIF v_count = 0 THEN
    PERFORM refuse_command(v_what, format('all %s of its nodes are in archived courses', v_archived), 'pnpm db:archive --restore <course> brings one back.');
  ELSIF v_archived > 0 THEN
    RAISE NOTICE '% more are in archived courses, and stay as they are', v_archived;
  END IF;
  PERFORM end_reason(v_before);
  RETURN v_count;
END
$function$
;

CREATE OR REPLACE FUNCTION ops.retry_parked_stream(subscription text, stream text, reason text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
  SELECT ask_of_parked_stream(subscription, stream, 'retry', 'ParkedStreamRetried', reason)
$function$
;

CREATE OR REPLACE FUNCTION ops.rewind_subscription(name text, to_position bigint, reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  v_furthest bigint;
BEGIN
  PERFORM lock_subscription(rewind_subscription.name, reason);
  SELECT max(s.position) INTO v_furthest FROM subscriptions s WHERE s.name = rewind_subscription.name;
  IF to_position IS NULL OR to_position < 0 OR to_position > v_furthest THEN
    PERFORM refuse_subscription_command(rewind_subscription.name, format('cannot be rewound to %s', coalesce(to_position::text, 'NULL')),
      format('It has read up to %s; give a position from 0 to there.', v_furthest));
  END IF;
  IF to_position = v_furthest THEN
    RAISE NOTICE 'subscription % has read no further than %', rewind_subscription.name, to_position;
    RETURN;
  END IF;
  PERFORM record_for_subscription(rewind_subscription.name, 'SubscriptionRewound', jsonb_build_object('to_position', to_position, 'reason', reason));
  UPDATE subscriptions s
  SET position = least(s.position, to_position), leased_by = NULL, leased_until = NULL, given_up_to = NULL,
      updated_at = clock_timestamp()
  WHERE s.name = rewind_subscription.name;
  -- What is read again anyway need not wait for anybody.
  DELETE FROM parked_streams p WHERE p.subscription = rewind_subscription.name AND p.position > to_position;
END
$function$
;

CREATE OR REPLACE FUNCTION ops.rewind_subscription(name text, to_instant timestamp with time zone, reason text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
  SELECT ops.rewind_subscription(name, position_at(to_instant), reason)
$function$
;

CREATE OR REPLACE FUNCTION ops.skip_parked_event(subscription text, stream text, reason text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
  SELECT ask_of_parked_stream(subscription, stream, 'skip', 'ParkedEventSkipped', reason)
$function$
;

CREATE OR REPLACE FUNCTION ops.unpark(subscription text, stream text, reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  p parked_streams;
BEGIN
  PERFORM lock_subscription(unpark.subscription, reason);
  UPDATE parked_streams k SET asked = k.unpark_by WHERE k.subscription = unpark.subscription AND k.stream = unpark.stream RETURNING k.* INTO p;
  IF NOT FOUND THEN
    PERFORM refuse_subscription_command(unpark.subscription, format('has not parked stream %s', unpark.stream),
      'SELECT * FROM ops.parked_streams shows those that are parked.');
  END IF;
  PERFORM record_for_subscription(unpark.subscription, 'UnparkRequested',
    jsonb_build_object('stream', unpark.stream, 'position', p.position, 'reason', reason));
END
$function$
;

CREATE OR REPLACE FUNCTION outbox.ack(consumer text, up_to bigint, holder text DEFAULT outbox.this_session())
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  s subscriptions;
  v_holder constant text := lease_holder(holder);
BEGIN
  s := lock_consumer(consumer);
  -- An acknowledgement that is repeated, because its answer was lost.
  IF s.position = up_to AND (s.leased_by IS NULL OR s.leased_by = v_holder) THEN
    RETURN;
  END IF;
  -- By who holds it, not by the clock: a lease that ran out and that nobody took is as good as ever.
  IF s.leased_by IS DISTINCT FROM v_holder THEN
    PERFORM refuse_consumer(consumer, format('is leased to %s, not to %s', coalesce(s.leased_by, 'nobody'), v_holder),
      CASE WHEN s.leased_by IS NULL THEN 'Nothing is to be acknowledged: poll first. (An operator may have rewound it.)'
           ELSE 'Either you polled in another session: then name the holder in both calls. Or the lease ran out and others went on: poll again.' END);
  END IF;
  IF up_to IS NULL OR up_to <= s.position OR up_to > s.given_up_to THEN
    PERFORM refuse_consumer(consumer, format('cannot acknowledge %s', coalesce(up_to::text, 'NULL')),
      format('It was given what lies behind %s, up to %s.', s.position, s.given_up_to));
  END IF;
  UPDATE subscriptions r
  SET position = up_to, updated_at = clock_timestamp(),
      leased_by = CASE WHEN up_to < s.given_up_to THEN r.leased_by END,
      leased_until = CASE WHEN up_to < s.given_up_to THEN r.leased_until END,
      given_up_to = CASE WHEN up_to < s.given_up_to THEN r.given_up_to END
  WHERE r.name = consumer AND r.partition = 0;
END
$function$
;

CREATE OR REPLACE FUNCTION outbox.forget(consumer text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  s subscriptions;
BEGIN
  s := lock_consumer(consumer);
  IF s.leased_until > clock_timestamp() THEN
    PERFORM refuse_consumer(consumer, format('is leased to %s', s.leased_by), format('Wait until its lease is over, at %s, or acknowledge what was given.', s.leased_until));
  END IF;
  DELETE FROM subscriptions r WHERE r.name = consumer AND r.partition = 0;
END
$function$
;

CREATE OR REPLACE FUNCTION outbox.poll(consumer text, max_events integer DEFAULT 100, lease interval DEFAULT '00:00:30'::interval, holder text DEFAULT outbox.this_session())
 RETURNS TABLE("position" bigint, stream text, version integer, type text, schema_version smallint, data jsonb, metadata jsonb, recorded_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  s subscriptions;
  v_last bigint;
BEGIN
  IF max_events IS NULL OR max_events NOT BETWEEN 1 AND 10000 THEN
    PERFORM refuse_consumer(consumer, format('cannot be given %s events', coalesce(max_events::text, 'NULL')), 'Ask for 1 to 10000 at a time.');
  END IF;
  IF lease IS NULL OR lease NOT BETWEEN interval '1 s' AND interval '1 day' THEN
    PERFORM refuse_consumer(consumer, format('cannot be leased for %s', coalesce(lease::text, 'NULL')), 'A lease is 1 second to 1 day long.');
  END IF;
  IF holder IS NULL OR holder = '' THEN
    PERFORM refuse_consumer(consumer, 'is polled by nobody', 'Name a holder, or leave it out.');
  END IF;
  PERFORM FROM subscriptions r WHERE r.name = consumer AND r.partition = 0 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM subscriptions r WHERE r.name = consumer AND r.partition = 0) THEN
    RETURN;
  END IF;
  s := make_consumer(consumer, 0);
  IF s.paused_at IS NOT NULL OR (s.leased_by <> lease_holder(holder) AND s.leased_until > clock_timestamp()) THEN
    RETURN;
  END IF;

  -- Positions are dense, so the last one is known before anything is read.
  v_last := least(s.position + max_events, coalesce((SELECT max(p.position) FROM event_positions p), 0));
  IF v_last <= s.position THEN
    RETURN;
  END IF;
  UPDATE subscriptions r SET leased_by = lease_holder(holder), leased_until = clock_timestamp() + lease, given_up_to = v_last
  WHERE r.name = consumer AND r.partition = 0;
  RETURN QUERY
    SELECT p.position, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at
    FROM event_positions p
    CROSS JOIN LATERAL (SELECT * FROM kept_events r WHERE r.id = p.event_id OFFSET 0) e
    WHERE p.position > s.position AND p.position <= v_last
    ORDER BY p.position;
END
$function$
;

CREATE OR REPLACE FUNCTION outbox.register(consumer text, from_position bigint DEFAULT NULL::bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  v_head bigint := coalesce((SELECT max(p.position) FROM event_positions p), 0);
BEGIN
  IF from_position < 0 OR from_position > v_head THEN
    PERFORM refuse_consumer(consumer, format('cannot begin behind %s', from_position), format('The log ends at %s.', v_head));
  END IF;
  RETURN (make_consumer(consumer, coalesce(from_position, v_head))).position;
END
$function$
;

CREATE OR REPLACE FUNCTION outbox.this_session()
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT pg_backend_pid()::text
$function$
;

CREATE OR REPLACE FUNCTION public.planning_starts_at(p_course uuid)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  RETURN (SELECT j.start_after FROM pgboss.job j
          WHERE j.name = 'plan-course-map' AND j.singleton_key = 'course_map-' || p_course AND j.state < 'completed' LIMIT 1);
END
$function$
;

CREATE OR REPLACE FUNCTION public.position_at(p_instant timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  v_low  bigint := 0; -- Placed at or before the instant, or nothing.
  v_high bigint := coalesce((SELECT max(p.position) FROM event_positions p), 0) + 1;
  v_mid  bigint;
BEGIN
  WHILE v_high - v_low > 1 LOOP
    v_mid := (v_low + v_high) / 2;
    IF (SELECT p.placed_at FROM event_positions p WHERE p.position = v_mid) <= p_instant THEN
      v_low := v_mid;
    ELSE
      v_high := v_mid;
    END IF;
  END LOOP;
  RETURN v_low;
END
$function$
;

CREATE OR REPLACE FUNCTION public.principal_of_api_key(p_hash bytea)
 RETURNS TABLE(prefix text, scopes text[], tenant text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT k.prefix, k.scopes, k.tenant FROM api_keys k
  WHERE k.hash = p_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
$function$
;

CREATE OR REPLACE FUNCTION public.project_course_map_event(p_id uuid, e recorded_events)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF e.type = 'CourseMapRequested' AND e.version = 1 THEN
    INSERT INTO course_map_states (id, version, last_event, status, request, correlation_id, tenant, created_at)
    VALUES (p_id, 1, e.type, 'requested', e.data -> 'request', e.metadata ->> 'correlation_id', e.metadata ->> 'tenant', e.recorded_at);
    RETURN;
  END IF;

  UPDATE course_map_states c SET
    version = e.version,
    last_event = e.type,
    status = CASE e.type
      WHEN 'CourseMapPlanningStarted' THEN 'planning'
      WHEN 'CourseMapPlanningInterrupted' THEN 'requested'
      WHEN 'CourseMapPlanningFailed' THEN CASE WHEN (e.data ->> 'final')::boolean THEN 'failed' ELSE 'requested' END
      WHEN 'CourseMapPlanned' THEN 'generating'
      WHEN 'CourseMapCompleted' THEN 'completed'
      WHEN 'CourseMapReopened' THEN 'generating'
      WHEN 'CourseMapRetryRequested' THEN 'requested'
      WHEN 'CourseMapCancelled' THEN 'cancelled'
      ELSE c.status END,
    attempt = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'attempt')::integer ELSE c.attempt END,
    failures = CASE e.type WHEN 'CourseMapRetryRequested' THEN 0
      ELSE c.failures + (e.type = 'CourseMapPlanningFailed' AND counts_as_failure(e.data))::integer END,
    outage_since = CASE e.type WHEN 'CourseMapPlanningFailed' THEN (e.data ->> 'outage_since')::timestamptz
      WHEN 'CourseMapPlanned' THEN NULL WHEN 'CourseMapRetryRequested' THEN NULL ELSE c.outage_since END,
    interruptions = CASE e.type WHEN 'CourseMapRetryRequested' THEN 0
      ELSE c.interruptions + (e.type = 'CourseMapPlanningInterrupted'
        AND e.data ->> 'cause' IN ('worker_lost', 'deadline_passed'))::integer END,
    worker_id = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN e.data ->> 'worker_id' END,
    job_id = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'job_id')::uuid END,
    deadline = CASE WHEN e.type = 'CourseMapPlanningStarted' THEN (e.data ->> 'deadline')::timestamptz END,
    error_code = CASE e.type WHEN 'CourseMapPlanningFailed' THEN e.data -> 'error' ->> 'code'
      WHEN 'CourseMapPlanned' THEN NULL WHEN 'CourseMapRetryRequested' THEN NULL ELSE c.error_code END,
    error = CASE e.type WHEN 'CourseMapPlanningFailed' THEN e.data -> 'error' ->> 'message'
      WHEN 'CourseMapPlanned' THEN NULL WHEN 'CourseMapRetryRequested' THEN NULL ELSE c.error END,
    map_meta = CASE WHEN e.type = 'CourseMapPlanned' THEN e.data -> 'map_meta' ELSE c.map_meta END,
    nodes = CASE WHEN e.type = 'CourseMapPlanned' THEN e.data -> 'nodes' ELSE c.nodes END,
    planned_at = CASE WHEN e.type = 'CourseMapPlanned' THEN e.recorded_at ELSE c.planned_at END,
    completed_at = CASE e.type WHEN 'CourseMapCompleted' THEN e.recorded_at
      WHEN 'CourseMapReopened' THEN NULL ELSE c.completed_at END,
    cancelled_at = CASE WHEN e.type = 'CourseMapCancelled' THEN e.recorded_at ELSE c.cancelled_at END
  WHERE c.id = p_id AND c.version = e.version - 1;
  IF NOT FOUND THEN
    PERFORM raise_event_does_not_fit(e.stream, e.version, e.type);
  END IF;

  IF e.type = 'CourseMapPlanned' THEN
    INSERT INTO node_states (course_map_id, node_id, place, node_type, pre_requisites, status, created_at)
    SELECT p_id, n.value ->> 'id', n.ordinality, n.value ->> 'type',
           ARRAY(SELECT jsonb_array_elements_text(n.value -> 'pre_requisites')),
           CASE n.value ->> 'type' WHEN 'quiz' THEN 'quiz_pending' ELSE 'pending' END, e.recorded_at
    FROM jsonb_array_elements(e.data -> 'nodes') WITH ORDINALITY AS n (value, ordinality);
  ELSIF e.type = 'CourseMapCancelled' THEN
    UPDATE node_states n SET status = 'cancelled'
    WHERE n.course_map_id = p_id AND n.status IN ('pending', 'generating');
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION public.project_events()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  e recorded_events;
  v_from bigint := 0;
  v_to bigint;
  v_waiting integer;
  v_advanced integer;
BEGIN
  -- From the archive: what has its position was folded when it was appended.
  IF NOT EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = a.id OFFSET 0)) THEN
    RETURN NULL;
  END IF;

  FOR v_to IN
    SELECT a.id FROM added a WHERE starts_with(a.stream, 'course_map-')
    UNION ALL SELECT 9223372036854775807
    ORDER BY 1
  LOOP
    SELECT count(*) INTO v_waiting FROM added a
    WHERE a.id > v_from AND a.id < v_to AND starts_with(a.stream, 'node-');

    WHILE v_waiting > 0 LOOP
      UPDATE node_states n SET
        version = a.version,
        last_event = a.type,
        -- A cancelled node stays cancelled, whatever its worker still reports.
        status = CASE WHEN n.status = 'cancelled' THEN n.status ELSE CASE a.type
          WHEN 'GenerationScheduled' THEN 'pending'
          WHEN 'GenerationStarted' THEN 'generating'
          WHEN 'GenerationCompleted' THEN 'completed'
          WHEN 'GenerationFailed' THEN CASE WHEN (a.data ->> 'final')::boolean THEN 'failed' ELSE 'pending' END
          WHEN 'GenerationInterrupted' THEN 'pending'
          WHEN 'RetryRequested' THEN 'pending'
          ELSE n.status END END,
        attempt = CASE WHEN a.type = 'GenerationScheduled' THEN (a.data ->> 'attempt')::integer ELSE n.attempt END,
        failures = CASE a.type WHEN 'GenerationFailed' THEN n.failures + counts_as_failure(a.data)::integer
          WHEN 'RetryRequested' THEN 0 ELSE n.failures END,
        outage_since = CASE a.type WHEN 'GenerationFailed' THEN (a.data ->> 'outage_since')::timestamptz
          WHEN 'GenerationCompleted' THEN NULL WHEN 'RetryRequested' THEN NULL ELSE n.outage_since END,
        -- Being taken away on purpose does not count against a node.
        interruptions = CASE a.type
          WHEN 'GenerationInterrupted'
            THEN n.interruptions + (a.data ->> 'cause' IN ('worker_lost', 'deadline_passed'))::integer
          WHEN 'RetryRequested' THEN 0 ELSE n.interruptions END,
        worker_id = CASE a.type WHEN 'GenerationStarted' THEN a.data ->> 'worker_id'
          WHEN 'LateResultReceived' THEN n.worker_id END,
        job_id = CASE a.type WHEN 'GenerationScheduled' THEN (a.data ->> 'job_id')::uuid
          WHEN 'GenerationStarted' THEN (a.data ->> 'job_id')::uuid
          WHEN 'LateResultReceived' THEN n.job_id END,
        deadline = CASE a.type WHEN 'GenerationStarted' THEN (a.data ->> 'deadline')::timestamptz
          WHEN 'LateResultReceived' THEN n.deadline END,
        content_hash = CASE a.type WHEN 'GenerationCompleted' THEN a.data ->> 'content_hash' ELSE n.content_hash END,
        error_code = CASE a.type WHEN 'GenerationFailed' THEN a.data -> 'error' ->> 'code'
          WHEN 'GenerationCompleted' THEN NULL WHEN 'RetryRequested' THEN NULL ELSE n.error_code END,
        error = CASE a.type WHEN 'GenerationFailed' THEN a.data -> 'error' ->> 'message'
          WHEN 'GenerationCompleted' THEN NULL WHEN 'RetryRequested' THEN NULL ELSE n.error END,
        started_at = CASE a.type WHEN 'GenerationStarted' THEN a.recorded_at
          WHEN 'GenerationScheduled' THEN NULL WHEN 'GenerationInterrupted' THEN NULL
          WHEN 'RetryRequested' THEN NULL ELSE n.started_at END,
        completed_at = CASE a.type WHEN 'GenerationCompleted' THEN a.recorded_at ELSE n.completed_at END
      FROM added a
      WHERE a.id > v_from AND a.id < v_to AND starts_with(a.stream, 'node-')
        AND n.course_map_id = substr(a.stream, 6, 36)::uuid
        AND n.node_id = substr(a.stream, 43) COLLATE "C"
        AND a.version = n.version + 1;
      GET DIAGNOSTICS v_advanced = ROW_COUNT;
      v_waiting := v_waiting - v_advanced;

      IF v_advanced = 0 THEN
        SELECT a.* INTO e FROM added a
        WHERE a.id > v_from AND a.id < v_to AND starts_with(a.stream, 'node-') AND NOT EXISTS (
          SELECT FROM node_states n
          WHERE n.course_map_id = substr(a.stream, 6, 36)::uuid
            AND n.node_id = substr(a.stream, 43) COLLATE "C" AND n.version >= a.version)
        LIMIT 1;
        PERFORM raise_event_does_not_fit(e.stream, e.version, e.type);
      END IF;
    END LOOP;

    SELECT a.* INTO e FROM added a WHERE a.id = v_to;
    IF FOUND THEN
      PERFORM project_course_map_event(substr(e.stream, 12)::uuid, e);
    END IF;
    v_from := v_to;
  END LOOP;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION public.queued_jobs()
 RETURNS TABLE(id uuid, queue text, state text, priority integer, created_on timestamp with time zone, start_after timestamp with time zone)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RETURN QUERY SELECT j.id, j.name, j.state::text, j.priority, j.created_on, j.start_after FROM pgboss.job j
               WHERE j.name IN ('generate-node', 'plan-course-map') AND j.state < 'completed';
END
$function$
;

CREATE OR REPLACE FUNCTION public.raise_archived(p_stream text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'stream % is archived', p_stream
    USING ERRCODE = 'CW007', DETAIL = jsonb_build_object('stream', p_stream)::text,
          HINT = 'pnpm db:archive --restore <course> brings its course back.';
END
$function$
;

CREATE OR REPLACE FUNCTION public.raise_event_does_not_fit(p_stream text, p_version integer, p_type text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION '% cannot be version % of stream %: no course or node stands at the version before', p_type, p_version, p_stream
    USING ERRCODE = 'CW002',
          DETAIL = jsonb_build_object('stream', p_stream, 'version', p_version, 'type', p_type)::text,
          HINT = 'A course begins with CourseMapRequested; its nodes exist once CourseMapPlanned is recorded.';
END
$function$
;

CREATE OR REPLACE FUNCTION public.raise_wrong_expected_version(p_stream text, p_expected_version integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.record_for_subscription(p_name text, p_type text, p_data jsonb)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'subscription-' || p_name,
    'expected_version', coalesce((SELECT max(e.version) FROM recorded_events e WHERE e.stream = 'subscription-' || p_name), 0),
    'metadata', jsonb_build_object('correlation_id', 'subscription-' || p_name || '/' || txid_current(), 'causation_id', NULL,
                                   'actor', session_user, 'via', 'psql'),
    'events', jsonb_build_array(jsonb_build_object('type', p_type, 'schema_version', 1, 'data', p_data)))))
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_change_of_history()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION '% on % is refused: what was recorded is never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'CW003', HINT = 'Append an event that says what is true now; see append_to_streams().';
END
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_command(p_what text, p_problem text, p_hint text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION '%: %', p_what, p_problem USING ERRCODE = 'CW004', HINT = p_hint;
END
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_consumer(p_consumer text, p_problem text, p_hint text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'consumer %: %', p_consumer, p_problem USING ERRCODE = 'CW006', HINT = p_hint;
END
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_key(p_what text, p_hint text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '%', p_what USING ERRCODE = 'CW008', HINT = p_hint;
END
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_loss_of_history()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  -- What was deleted from one of them can only be found in the other.
  IF EXISTS (
    SELECT FROM gone g LEFT JOIN kept_events k ON k.id = g.id
    WHERE (k.stream, k.version, k.type, k.schema_version, k.data, k.metadata, k.recorded_at) IS DISTINCT FROM
          (g.stream, g.version, g.type, g.schema_version, g.data, g.metadata, g.recorded_at)
  ) THEN
    RAISE EXCEPTION 'DELETE on % is refused: what was recorded is never changed', TG_TABLE_NAME
      USING ERRCODE = 'CW003', HINT = 'Append an event that says what is true now; see append_to_streams(). Old courses are moved by pnpm db:archive.';
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_node_change(p_node text, p_problem text, p_hint text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT refuse_command('node ' || p_node, p_problem, p_hint)
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_subscription_command(p_name text, p_problem text, p_hint text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'subscription %: %', p_name, p_problem USING ERRCODE = 'CW005', HINT = p_hint;
END
$function$
;

CREATE OR REPLACE FUNCTION public.refuse_to_hold_head(p_stack text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.request_positions()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.restore_course(p_course uuid)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  v_range record;
  v_moved bigint;
  v_events bigint := 0;
BEGIN
  PERFORM FROM course_map_states c WHERE c.id = p_course FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM refuse_command('course ' || p_course, 'there is no such course', 'SELECT id, topic FROM course_maps.');
  END IF;
  FOR v_range IN SELECT * FROM streams_of_course(p_course) LOOP
    INSERT INTO recorded_events OVERRIDING SYSTEM VALUE SELECT e.* FROM archived_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    DELETE FROM archived_events e WHERE e.stream >= v_range.first AND e.stream < v_range.behind;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    v_events := v_events + v_moved;
  END LOOP;
  RETURN v_events;
END
$function$
;

CREATE OR REPLACE FUNCTION public.revoke_api_key(prefix text)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.scopes_of_api_key(p_hash bytea)
 RETURNS TABLE(prefix text, scopes text[])
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT p.prefix, p.scopes FROM principal_of_api_key(p_hash) p WHERE p.tenant IS NULL
$function$
;

CREATE OR REPLACE FUNCTION public.silent_workers()
 RETURNS TABLE(worker_id text, lock_key integer, database_restarted boolean, listens boolean)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT w.id, w.lock_key, w.db_epoch <> database_epoch(),
         w.id IN (SELECT l FROM listening_workers() l) OR NOT EXISTS (SELECT FROM listening_workers())
  FROM workers w
  WHERE w.id IN (SELECT h.worker_id FROM holders h)
    AND NOT EXISTS (SELECT FROM held_beacons b WHERE b.lock_key = w.lock_key)
$function$
;

CREATE OR REPLACE FUNCTION public.state_reason(p_what text, p_reason text)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  v_before constant text := coalesce(current_setting('coursewright.reason', true), '');
BEGIN
  PERFORM limit_idle_transaction();
  IF coalesce(btrim(p_reason), '') = '' THEN
    PERFORM refuse_command(p_what, 'a reason is missing', 'Say in a few words why; it stays in the log.');
  END IF;
  IF length(btrim(p_reason)) > 500 THEN
    PERFORM refuse_command(p_what, format('the reason has %s characters', length(btrim(p_reason))), 'At most 500; a few words are enough.');
  END IF;
  PERFORM set_config('coursewright.reason', p_reason, true);
  RETURN v_before;
END
$function$
;

CREATE OR REPLACE FUNCTION public.stated_reason()
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT CASE WHEN btrim(coalesce(current_setting('coursewright.reason', true), '')) = '' THEN '{}'
              ELSE jsonb_build_object('reason', left(btrim(current_setting('coursewright.reason', true)), 500)) END
$function$
;

CREATE OR REPLACE FUNCTION public.stream_partition(p_stream text, p_partitions integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT CASE
    WHEN p_partitions = 1 OR starts_with(p_stream, 'subscription-') THEN 0
    ELSE ('x' || right(split_part(p_stream, '+', 1), 7))::bit(28)::integer % p_partitions
  END
$function$
;

CREATE OR REPLACE FUNCTION public.streams_of_course(p_course uuid)
 RETURNS TABLE(first text, behind text)
 LANGUAGE sql
 IMMUTABLE
AS $function$
  VALUES (('course_map-' || p_course) COLLATE "C", ('course_map-' || p_course || '.') COLLATE "C"),
         (('node-' || p_course || '+') COLLATE "C", ('node-' || p_course || ',') COLLATE "C")
$function$
;

CREATE OR REPLACE FUNCTION public.times(p_count integer)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT CASE p_count WHEN 1 THEN 'once' WHEN 2 THEN 'twice' ELSE p_count || ' times' END
$function$
;

CREATE OR REPLACE FUNCTION public.try_append()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '3s'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.update_node_contents()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  -- What helps depends on how the node stands.
  hint constant text := CASE OLD.generation_status
    WHEN 'generating' THEN 'Set generation_status = ''pending'' to take it from its worker and have it generated again.'
    WHEN 'failed' THEN 'Set generation_status = ''pending'' to have it generated again.'
    WHEN 'completed' THEN 'A finished card stays as it is. To stop a course, POST /api/v1/course-map/{id}/cancel.'
    WHEN 'pending' THEN 'It is waiting for its turn already. To stop a course, POST /api/v1/course-map/{id}/cancel.'
    ELSE 'It stays as it is; only a generating or failed node can be set, to pending.' END;
  n node_states;
  v_event jsonb;
BEGIN
  IF (NEW.id, NEW.course_map_id, NEW.node_id, NEW.content_type, NEW.question_key, NEW.content_json,
      NEW.node_type, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.course_map_id, OLD.node_id, OLD.content_type, OLD.question_key, OLD.content_json,
      OLD.node_type, OLD.created_at)
     -- What an attempt left behind may be emptied along with its status, as people are used to; the fold does it anyway.
     OR NEW.generation_started_at <> OLD.generation_started_at OR NEW.generation_completed_at <> OLD.generation_completed_at
     OR NEW.generation_error <> OLD.generation_error
     OR (OLD.generation_started_at IS NULL AND NEW.generation_started_at IS NOT NULL)
     OR (OLD.generation_completed_at IS NULL AND NEW.generation_completed_at IS NOT NULL)
     OR (OLD.generation_error IS NULL AND NEW.generation_error IS NOT NULL)
  THEN
    PERFORM refuse_node_change(OLD.node_id, 'only generation_status can be changed',
      'A card is made by a worker, not by hand. ' || hint);
  END IF;
  IF NEW.generation_status IS NULL OR NEW.generation_status
     NOT IN ('pending', 'generating', 'completed', 'failed', 'cancelled', 'quiz_pending') THEN
    PERFORM refuse_node_change(OLD.node_id, format('%L is no generation_status', NEW.generation_status),
      'The statuses are pending, generating, completed, failed, cancelled and quiz_pending; ''pending'' is the one to set.');
  END IF;

  IF NEW.generation_status = OLD.generation_status THEN
    IF (NEW.generation_started_at, NEW.generation_completed_at, NEW.generation_error)
       IS DISTINCT FROM (OLD.generation_started_at, OLD.generation_completed_at, OLD.generation_error) THEN
      PERFORM refuse_node_change(OLD.node_id, 'what an attempt left behind cannot be changed by itself', hint);
    END IF;
    -- Nothing happens to it, so it does not count: UPDATE says how many nodes there are events for.
    RETURN NULL;
  END IF;
  IF NEW.generation_status <> 'pending' OR OLD.generation_status NOT IN ('generating', 'failed') THEN
    PERFORM refuse_node_change(OLD.node_id,
      format('%s cannot become %s', OLD.generation_status, NEW.generation_status), hint);
  END IF;

  SELECT s.* INTO STRICT n FROM node_states s
  WHERE s.course_map_id = OLD.course_map_id AND s.node_id = OLD.node_id COLLATE "C"
  FOR NO KEY UPDATE;
  -- It moved on while this statement waited for it: the row is no longer the one that the operator saw.
  IF n.status <> OLD.generation_status THEN
    RETURN NULL;
  END IF;

  IF (SELECT c.status FROM course_map_states c WHERE c.id = OLD.course_map_id) = 'cancelled' THEN
    PERFORM refuse_node_change(OLD.node_id, 'its course is cancelled', 'A cancelled course stays as it is; ask for a new one.');
  END IF;

  v_event := CASE OLD.generation_status
    WHEN 'generating' THEN jsonb_build_object(
      'type', 'GenerationInterrupted', 'schema_version', 1,
      'data', jsonb_build_object('attempt', n.attempt, 'cause', 'operator', 'worker_id', n.worker_id,
                                 'detected_after_ms', NULL))
    ELSE jsonb_build_object(
      'type', 'RetryRequested', 'schema_version', 1, 'data', jsonb_build_object('reason', 'operator'))
    END;
  PERFORM append_to_streams(jsonb_build_array(jsonb_build_object(
    'stream', 'node-' || n.course_map_id || '+' || n.node_id,
    'expected_version', n.version,
    'metadata', jsonb_build_object('actor', session_user, 'via', 'psql',
                                   'correlation_id', gen_random_uuid(), 'causation_id', NULL) || stated_reason(),
    'events', jsonb_build_array(v_event))));
  NEW.generation_started_at := NULL;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION public.what_failed(p_failures integer, p_outage_since timestamp with time zone, p_code text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT CASE
    WHEN p_outage_since IS NOT NULL AND p_code = 'model_account_refused'
      THEN format('has been refused by the provider for %s, for the key or the account (%s)', for_people(clock_timestamp() - p_outage_since), p_code)
    WHEN p_outage_since IS NOT NULL THEN format('has met an outage of the provider for %s (%s)', for_people(clock_timestamp() - p_outage_since), p_code)
    WHEN p_failures > 0 THEN format('failed %s with %s', times(p_failures), p_code) END
$function$
;

CREATE OR REPLACE FUNCTION public.what_stands_still()
 RETURNS TABLE(reactor text, workers text, transactions text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT
    CASE WHEN EXISTS (SELECT FROM subscriptions s WHERE s.name = 'generation-reactor' AND s.paused_at IS NOT NULL)
      THEN '; the subscription generation-reactor, which takes it up, is paused' ELSE '' END,
    CASE WHEN EXISTS (SELECT FROM workers w JOIN held_beacons b ON b.lock_key = w.lock_key) THEN '' ELSE '; no generation process is alive' END,
    coalesce((SELECT format('; %s (pid %s) has had a transaction open for %s, and may hold it', o.login, o.pid, for_people(clock_timestamp() - o.opened_at))
              FROM open_transactions() o ORDER BY o.opened_at LIMIT 1), '')
$function$
;

CREATE OR REPLACE FUNCTION public.who_consumes()
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT CASE WHEN r.name IN ('none', 'coursewright_consumer', 'coursewright_service', 'coursewright_operator', 'coursewright_tenant') THEN session_user ELSE r.name END
  FROM (SELECT current_setting('role') AS name) r
$function$
;

-- ── Triggers ──

CREATE TRIGGER archived_events_append_only BEFORE UPDATE OR TRUNCATE ON public.archived_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history(); ALTER TABLE archived_events ENABLE ALWAYS TRIGGER archived_events_append_only;

CREATE TRIGGER archived_events_moves_append_only AFTER DELETE ON public.archived_events REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss_of_history(); ALTER TABLE archived_events ENABLE ALWAYS TRIGGER archived_events_moves_append_only;

CREATE TRIGGER artifacts_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.artifacts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

CREATE TRIGGER event_positions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.event_positions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history(); ALTER TABLE event_positions ENABLE ALWAYS TRIGGER event_positions_append_only;

CREATE TRIGGER events_append_only INSTEAD OF INSERT OR DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();

CREATE TRIGGER node_contents_limit BEFORE UPDATE ON public.node_contents FOR EACH STATEMENT EXECUTE FUNCTION limit_idle_transaction_of_update();

CREATE TRIGGER node_contents_update INSTEAD OF UPDATE ON public.node_contents FOR EACH ROW EXECUTE FUNCTION update_node_contents();

CREATE CONSTRAINT TRIGGER position_requests_draw AFTER INSERT ON public.position_requests DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION draw_positions();

CREATE TRIGGER recorded_events_1_contiguous AFTER INSERT ON public.recorded_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_contiguous_versions();

CREATE TRIGGER recorded_events_2_project AFTER INSERT ON public.recorded_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION project_events();

CREATE TRIGGER recorded_events_3_request_positions AFTER INSERT ON public.recorded_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION request_positions();

CREATE TRIGGER recorded_events_append_only BEFORE UPDATE OR TRUNCATE ON public.recorded_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history(); ALTER TABLE recorded_events ENABLE ALWAYS TRIGGER recorded_events_append_only;

CREATE TRIGGER recorded_events_moves_append_only AFTER DELETE ON public.recorded_events REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss_of_history(); ALTER TABLE recorded_events ENABLE ALWAYS TRIGGER recorded_events_moves_append_only;

-- ── Rights of the roles ──

GRANT EXECUTE ON FUNCTION beacon_beats() TO coursewright_operator;

GRANT EXECUTE ON FUNCTION beacon_beats() TO coursewright_service;

GRANT EXECUTE ON FUNCTION begin_llm_call(jsonb) TO coursewright_service;

GRANT EXECUTE ON FUNCTION count_deliveries(uuid,text[]) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION count_deliveries(uuid,text[]) TO coursewright_service;

GRANT EXECUTE ON FUNCTION counts_as_failure(jsonb) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION counts_as_failure(jsonb) TO coursewright_service;

GRANT EXECUTE ON FUNCTION counts_as_failure(jsonb) TO coursewright_tenant;

GRANT EXECUTE ON FUNCTION course_at(uuid,bigint) TO coursewright_tenant;

GRANT EXECUTE ON FUNCTION course_history(uuid,bigint,integer) TO coursewright_tenant;

GRANT EXECUTE ON FUNCTION course_of_stream(text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION course_of_stream(text) TO coursewright_service;

GRANT EXECUTE ON FUNCTION course_of_stream(text) TO coursewright_tenant;

GRANT EXECUTE ON FUNCTION current_tenant() TO coursewright_operator;

GRANT EXECUTE ON FUNCTION current_tenant() TO coursewright_service;

GRANT EXECUTE ON FUNCTION current_tenant() TO coursewright_tenant;

GRANT EXECUTE ON FUNCTION has_room_for_course(text,integer) TO coursewright_service;

GRANT EXECUTE ON FUNCTION is_forgotten_call(llm_calls) TO coursewright_service;

GRANT EXECUTE ON FUNCTION job_starts_at(text,uuid) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION job_starts_at(text,uuid) TO coursewright_service;

GRANT EXECUTE ON FUNCTION learn_prerequisites(uuid,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION learn_prerequisites(uuid,text) TO coursewright_service;

GRANT EXECUTE ON FUNCTION listening_workers() TO coursewright_operator;

GRANT EXECUTE ON FUNCTION listening_workers() TO coursewright_service;

GRANT EXECUTE ON FUNCTION lock_course_maps(uuid[]) TO coursewright_service;

GRANT EXECUTE ON FUNCTION lock_free_course_maps(uuid[]) TO coursewright_service;

GRANT EXECUTE ON FUNCTION lock_free_nodes(uuid[],text[]) TO coursewright_service;

GRANT EXECUTE ON FUNCTION open_transactions() TO coursewright_operator;

GRANT EXECUTE ON FUNCTION open_transactions() TO coursewright_service;

GRANT EXECUTE ON FUNCTION ops.cancel_course(uuid,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.park(text,text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.pause_subscription(text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.reset_node(uuid,text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.resume_subscription(text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.retry_failed(uuid,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.retry_failures(text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.retry_parked_stream(text,text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.rewind_subscription(text,bigint,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.rewind_subscription(text,timestamp with time zone,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.skip_parked_event(text,text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION ops.unpark(text,text,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION outbox.ack(text,bigint,text) TO coursewright_consumer;

GRANT EXECUTE ON FUNCTION outbox.ack(text,bigint,text) TO coursewright_service;

GRANT EXECUTE ON FUNCTION outbox.forget(text) TO coursewright_consumer;

GRANT EXECUTE ON FUNCTION outbox.forget(text) TO coursewright_service;

GRANT EXECUTE ON FUNCTION outbox.poll(text,integer,interval,text) TO coursewright_consumer;

GRANT EXECUTE ON FUNCTION outbox.poll(text,integer,interval,text) TO coursewright_service;

GRANT EXECUTE ON FUNCTION outbox.register(text,bigint) TO coursewright_consumer;

GRANT EXECUTE ON FUNCTION outbox.register(text,bigint) TO coursewright_service;

GRANT EXECUTE ON FUNCTION planning_starts_at(uuid) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION planning_starts_at(uuid) TO coursewright_service;

GRANT EXECUTE ON FUNCTION position_at(timestamp with time zone) TO coursewright_tenant;

GRANT EXECUTE ON FUNCTION principal_of_api_key(bytea) TO coursewright_service;

GRANT EXECUTE ON FUNCTION queued_jobs() TO coursewright_operator;

GRANT EXECUTE ON FUNCTION queued_jobs() TO coursewright_service;

GRANT EXECUTE ON FUNCTION raise_archived(text) TO coursewright_service;

GRANT EXECUTE ON FUNCTION scopes_of_api_key(bytea) TO coursewright_service;

GRANT EXECUTE ON FUNCTION try_append() TO coursewright_service;

GRANT EXECUTE ON FUNCTION what_failed(integer,timestamp with time zone,text) TO coursewright_operator;

GRANT EXECUTE ON FUNCTION what_failed(integer,timestamp with time zone,text) TO coursewright_service;

GRANT EXECUTE ON FUNCTION what_stands_still() TO coursewright_operator;

GRANT EXECUTE ON FUNCTION what_stands_still() TO coursewright_service;

GRANT USAGE ON SCHEMA ops TO coursewright_operator;

GRANT USAGE ON SCHEMA ops TO coursewright_service;

GRANT USAGE ON SCHEMA outbox TO coursewright_consumer;

GRANT USAGE ON SCHEMA outbox TO coursewright_service;

GRANT USAGE ON SCHEMA public TO coursewright_operator;

GRANT USAGE ON SCHEMA public TO coursewright_service;

GRANT USAGE ON SCHEMA public TO coursewright_tenant;

GRANT SELECT ON api_keys (created_at) TO coursewright_operator;

GRANT SELECT ON api_keys (created_by) TO coursewright_operator;

GRANT SELECT ON api_keys (expires_at) TO coursewright_operator;

GRANT SELECT ON api_keys (name) TO coursewright_operator;

GRANT SELECT ON api_keys (prefix) TO coursewright_operator;

GRANT SELECT ON api_keys (revoked_at) TO coursewright_operator;

GRANT SELECT ON api_keys (revoked_by) TO coursewright_operator;

GRANT SELECT ON api_keys (scopes) TO coursewright_operator;

GRANT SELECT ON api_keys (tenant) TO coursewright_operator;

GRANT SELECT ON archived_events TO coursewright_operator;

GRANT SELECT ON archived_events TO coursewright_service;

GRANT SELECT ON archived_events TO coursewright_tenant;

GRANT SELECT ON artifacts TO coursewright_operator;

GRANT INSERT, SELECT ON artifacts TO coursewright_service;

GRANT SELECT ON artifacts TO coursewright_tenant;

GRANT SELECT ON course_map_states TO coursewright_operator;

GRANT SELECT ON course_map_states TO coursewright_service;

GRANT SELECT ON course_map_states TO coursewright_tenant;

GRANT SELECT ON course_maps TO coursewright_operator;

GRANT SELECT ON course_maps TO coursewright_service;

GRANT SELECT ON course_maps TO coursewright_tenant;

GRANT SELECT ON disk_probe TO coursewright_operator;

GRANT SELECT ON event_positions TO coursewright_operator;

GRANT SELECT ON event_positions TO coursewright_service;

GRANT SELECT ON event_positions TO coursewright_tenant;

GRANT SELECT ON events TO coursewright_operator;

GRANT SELECT ON events TO coursewright_service;

GRANT SELECT ON events TO coursewright_tenant;

GRANT SELECT ON held_beacons TO coursewright_operator;

GRANT SELECT ON held_beacons TO coursewright_service;

GRANT SELECT ON holders TO coursewright_operator;

GRANT SELECT ON holders TO coursewright_service;

GRANT DELETE, INSERT, SELECT, UPDATE ON idempotent_requests TO coursewright_service;

GRANT SELECT ON kept_events TO coursewright_operator;

GRANT SELECT ON kept_events TO coursewright_service;

GRANT SELECT ON kept_events TO coursewright_tenant;

GRANT SELECT ON llm_call_bodies TO coursewright_operator;

GRANT DELETE, INSERT, SELECT ON llm_call_bodies TO coursewright_service;

GRANT SELECT ON llm_calls TO coursewright_operator;

GRANT DELETE, INSERT, SELECT ON llm_calls TO coursewright_service;

GRANT UPDATE ON llm_calls (ended_at) TO coursewright_service;

GRANT UPDATE ON llm_calls (error_code) TO coursewright_service;

GRANT UPDATE ON llm_calls (input_tokens) TO coursewright_service;

GRANT UPDATE ON llm_calls (model) TO coursewright_service;

GRANT UPDATE ON llm_calls (output_tokens) TO coursewright_service;

GRANT UPDATE ON llm_calls (rejected_at) TO coursewright_service;

GRANT UPDATE ON llm_calls (status) TO coursewright_service;

GRANT SELECT ON log_head TO coursewright_operator;

GRANT SELECT ON node_contents TO coursewright_operator;

GRANT SELECT ON node_contents TO coursewright_service;

GRANT UPDATE ON node_contents (content_json) TO coursewright_operator;

GRANT UPDATE ON node_contents (content_type) TO coursewright_operator;

GRANT UPDATE ON node_contents (course_map_id) TO coursewright_operator;

GRANT UPDATE ON node_contents (created_at) TO coursewright_operator;

GRANT UPDATE ON node_contents (generation_completed_at) TO coursewright_operator;

GRANT UPDATE ON node_contents (generation_error) TO coursewright_operator;

GRANT UPDATE ON node_contents (generation_started_at) TO coursewright_operator;

GRANT UPDATE ON node_contents (generation_status) TO coursewright_operator;

GRANT UPDATE ON node_contents (id) TO coursewright_operator;

GRANT UPDATE ON node_contents (node_id) TO coursewright_operator;

GRANT UPDATE ON node_contents (node_type) TO coursewright_operator;

GRANT UPDATE ON node_contents (question_key) TO coursewright_operator;

GRANT SELECT ON node_states TO coursewright_operator;

GRANT SELECT ON node_states TO coursewright_service;

GRANT SELECT ON node_states TO coursewright_tenant;

GRANT SELECT ON ops.api_keys TO coursewright_operator;

GRANT SELECT ON ops.course_progress TO coursewright_operator;

GRANT SELECT ON ops.llm_calls TO coursewright_operator;

GRANT SELECT ON ops.llm_calls TO coursewright_service;

GRANT SELECT ON ops.open_transactions TO coursewright_operator;

GRANT SELECT ON ops.parked_streams TO coursewright_operator;

GRANT SELECT ON ops.queue TO coursewright_operator;

GRANT SELECT ON ops.queue TO coursewright_service;

GRANT SELECT ON ops.recent_failures TO coursewright_operator;

GRANT SELECT ON ops.recent_failures TO coursewright_service;

GRANT SELECT ON ops.recent_rescues TO coursewright_operator;

GRANT SELECT ON ops.recent_rescues TO coursewright_service;

GRANT SELECT ON ops.spend TO coursewright_operator;

GRANT SELECT ON ops.stuck_nodes TO coursewright_operator;

GRANT SELECT ON ops.stuck_nodes TO coursewright_service;

GRANT SELECT ON ops.subscription_lag TO coursewright_operator;

GRANT SELECT ON ops.subscription_lag TO coursewright_service;

GRANT SELECT ON ops.usage TO coursewright_operator;

GRANT SELECT ON ops.webhooks TO coursewright_operator;

GRANT SELECT ON ops.why_waiting TO coursewright_operator;

GRANT SELECT ON ops.why_waiting TO coursewright_service;

GRANT SELECT ON ops.workers TO coursewright_operator;

GRANT SELECT ON ops.workers TO coursewright_service;

GRANT SELECT ON parked_streams TO coursewright_operator;

GRANT DELETE, INSERT, SELECT, UPDATE ON parked_streams TO coursewright_service;

GRANT SELECT ON position_requests TO coursewright_operator;

GRANT SELECT ON recorded_events TO coursewright_operator;

GRANT SELECT ON recorded_events TO coursewright_service;

GRANT SELECT ON recorded_events TO coursewright_tenant;

GRANT INSERT ON recorded_events (data) TO coursewright_service;

GRANT INSERT ON recorded_events (metadata) TO coursewright_service;

GRANT INSERT ON recorded_events (schema_version) TO coursewright_service;

GRANT INSERT ON recorded_events (stream) TO coursewright_service;

GRANT INSERT ON recorded_events (type) TO coursewright_service;

GRANT INSERT ON recorded_events (version) TO coursewright_service;

GRANT SELECT ON request_rates TO coursewright_operator;

GRANT DELETE, INSERT, SELECT, UPDATE ON request_rates TO coursewright_service;

GRANT SELECT ON schema_version TO coursewright_operator;

GRANT SELECT ON schema_version TO coursewright_service;

GRANT SELECT ON subscriptions TO coursewright_operator;

GRANT INSERT, SELECT, UPDATE ON subscriptions TO coursewright_service;

GRANT SELECT ON usage_ledger TO coursewright_operator;

GRANT INSERT, SELECT, UPDATE ON usage_ledger TO coursewright_service;

GRANT SELECT ON webhook_deliveries TO coursewright_operator;

GRANT DELETE, INSERT, SELECT, UPDATE ON webhook_deliveries TO coursewright_service;

GRANT DELETE, INSERT, SELECT, UPDATE ON webhook_endpoints TO coursewright_service;

GRANT SELECT ON webhook_endpoints (created_at) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (description) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (disabled_at) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (disabled_reason) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (failing_since) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (failures_in_a_row) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (from_position) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (id) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (last_error) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (open_until) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (previous_secret_until) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (revision) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (types) TO coursewright_operator;

GRANT SELECT ON webhook_endpoints (url) TO coursewright_operator;

GRANT SELECT ON workers TO coursewright_operator;

GRANT INSERT, SELECT ON workers TO coursewright_service;

GRANT UPDATE ON workers (db_epoch) TO coursewright_service;

GRANT UPDATE ON workers (stopped_at) TO coursewright_service;

-- Up Migration

-- The journal of paid calls. A row is written before a model is asked (the intent) and completed with the answer right
-- after it, in a transaction of its own, before anything is made of the answer. So
--   * what was answered once is never paid for again: the same request, in any attempt, process or course, finds it here;
--   * one call is in flight for a request at a time; others wait for its answer;
--   * a call whose answer was lost with its process stays visible, with the most that it can have cost.
--
-- What is long (the request, the answer) lies apart and compressed; llm_calls stays narrow.

CREATE TABLE llm_calls (
  id                 uuid        PRIMARY KEY,
  -- SHA-256 of the canonical request: provider, model, parameters, prompt, schema.
  request_key        text        COLLATE "C" NOT NULL CONSTRAINT llm_calls_request_key CHECK (request_key ~ '^[0-9a-f]{64}$'),
  -- in_flight  asked, and not heard of since
  -- answered   the answer is in llm_call_bodies
  -- refused    the provider said no, or was not reached: nothing was billed
  -- in_doubt   perhaps billed, and no answer: cut off, timed out, aborted, or the worker was lost
  status             text        NOT NULL DEFAULT 'in_flight' CONSTRAINT llm_calls_status CHECK (
    status IN ('in_flight', 'answered', 'refused', 'in_doubt')),
  -- An answer that broke the rules, and so did its repair: it is no answer to this request any more.
  rejected_at        timestamptz,
  -- The attempt it was made for: its stream, and the version of its started event.
  stream             text        COLLATE "C" NOT NULL,
  started_version    integer     NOT NULL,
  worker_id          text        NOT NULL,
  correlation_id     text        NOT NULL,
  model              text        NOT NULL,
  -- A token is a byte at least, so these bound what may be billed.
  max_input_tokens   integer     NOT NULL,
  max_output_tokens  integer     NOT NULL,
  input_tokens       integer,
  output_tokens      integer,
  -- For a million tokens, in the deployment's currency; null where nobody said.
  input_price        numeric,
  output_price       numeric,
  error_code         text,
  asked_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- No call lives longer than this; its worker's time limit is well below.
  expires_at         timestamptz NOT NULL,
  ended_at           timestamptz
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

CREATE UNIQUE INDEX llm_calls_one_in_flight ON llm_calls (request_key) WHERE status = 'in_flight';
CREATE INDEX llm_calls_answers ON llm_calls (request_key) WHERE status = 'answered' AND rejected_at IS NULL;
CREATE INDEX llm_calls_in_doubt ON llm_calls (asked_at) WHERE status = 'in_doubt';
CREATE INDEX llm_calls_ended ON llm_calls (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE llm_call_bodies (
  call_id uuid NOT NULL REFERENCES llm_calls ON DELETE CASCADE,
  part    text NOT NULL CONSTRAINT llm_call_bodies_part CHECK (part IN ('request', 'answer')),
  body    text NOT NULL,
  PRIMARY KEY (call_id, part)
  -- Compressed from 128 bytes on, not from 2 kB.
) WITH (toast_tuple_target = 128);
DO $$
BEGIN
  ALTER TABLE llm_call_bodies ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$$;

-- Whether nobody is making this call any more. That is for the log and the beacon to say: its attempt has ended, and its
-- worker is silent, which counts only if it is more than the database's own restart that silenced it: either the worker had
-- its beacon in this very run of the server, or its attempt was taken from it in this run. A call that is taken for forgotten
-- too early costs a call, and nothing else.
CREATE FUNCTION is_forgotten_call(c llm_calls) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT c.expires_at < clock_timestamp() OR EXISTS (
    SELECT FROM recorded_events e
    WHERE e.stream = c.stream AND e.version = c.started_version + 1
      AND NOT EXISTS (SELECT FROM workers w JOIN held_beacons b ON b.lock_key = w.lock_key WHERE w.id = c.worker_id)
      AND (e.recorded_at > pg_postmaster_start_time()
           OR EXISTS (SELECT FROM workers w WHERE w.id = c.worker_id AND w.db_epoch = database_epoch())))
$$;

-- Begins a call, unless its request is answered already, is being asked, or is nobody's business any more:
--   answered    (call_id is the answered call) use its answer, which is given here: whoever looks for it in the same statement
--               does not see yet what was committed while the function waited
--   begun       (call_id is the new call) ask now, then say what came of it
--   waiting     somebody else asks at this moment; try again
--   taken_away  the attempt has ended: somebody took it away
CREATE FUNCTION begin_llm_call(p jsonb) RETURNS TABLE (outcome text, call_id uuid, answer text)
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_key text := p ->> 'request_key';
  v_id uuid := (p ->> 'id')::uuid;
  v_answered record;
BEGIN
  IF EXISTS (SELECT FROM recorded_events e
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
$$;
REVOKE ALL ON FUNCTION begin_llm_call(jsonb), is_forgotten_call(llm_calls) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_llm_call(jsonb), is_forgotten_call(llm_calls) TO coursewright_service;

GRANT SELECT, INSERT, UPDATE (status, rejected_at, input_tokens, output_tokens, model, error_code, ended_at), DELETE
  ON llm_calls TO coursewright_service;
GRANT SELECT, INSERT, DELETE ON llm_call_bodies TO coursewright_service;
GRANT SELECT ON llm_calls, llm_call_bodies TO coursewright_operator;

CREATE VIEW ops.llm_calls AS
SELECT c.id, c.stream, c.started_version, c.worker_id, c.model,
       -- A call that a dead worker has left is in doubt, noted or not.
       CASE WHEN c.status = 'in_flight' AND b.lock_key IS NULL THEN 'in_doubt' ELSE c.status END AS status,
       c.rejected_at IS NOT NULL AS rejected, c.error_code, c.input_tokens, c.output_tokens,
       CASE WHEN c.status = 'answered'
            THEN (c.input_tokens * c.input_price + c.output_tokens * c.output_price) / 1000000 END AS cost,
       CASE WHEN c.status IN ('in_flight', 'in_doubt') THEN c.max_input_tokens END AS max_input_tokens,
       CASE WHEN c.status IN ('in_flight', 'in_doubt') THEN c.max_output_tokens END AS max_output_tokens,
       CASE WHEN c.status IN ('in_flight', 'in_doubt')
            THEN (c.max_input_tokens * c.input_price + c.max_output_tokens * c.output_price) / 1000000 END AS greatest_cost,
       c.asked_at, c.ended_at, c.request_key
FROM llm_calls c
LEFT JOIN workers w ON w.id = c.worker_id
LEFT JOIN held_beacons b ON b.lock_key = w.lock_key;
COMMENT ON VIEW ops.llm_calls IS
  'Every call to a model: what came of it, what it cost, and, where the answer was lost, the most that it can have cost.';
GRANT SELECT ON ops.llm_calls TO coursewright_operator;

-- Up Migration

-- What was spent, call by call, for longer than the journal keeps them. A row is set (never added to) to what the journal says of
-- its call whenever an attempt of the call's stream ends: setting it twice is setting it once, and a call that was in doubt and
-- turns out answered, or refused, is corrected. What the journal has forgotten stays as it was last seen.
CREATE TABLE usage_ledger (
  call_id                uuid    PRIMARY KEY,
  course_map_id          uuid    NOT NULL,
  -- Null for the planning.
  node_id                text    COLLATE "C",
  -- On which it was asked, in UTC.
  day                    date    NOT NULL,
  model                  text    NOT NULL,
  -- in_doubt: perhaps billed, and no answer. refused: not billed.
  status                 text    NOT NULL CONSTRAINT usage_ledger_status CHECK (status IN ('answered', 'in_doubt', 'refused')),
  input_tokens           bigint  NOT NULL,
  output_tokens          bigint  NOT NULL,
  -- In the deployment's currency; null where nobody said the prices.
  cost                   numeric,
  -- The most that a call in doubt can have cost.
  greatest_cost_in_doubt numeric
);
CREATE INDEX usage_ledger_days ON usage_ledger (day, course_map_id);
GRANT SELECT, INSERT, UPDATE ON usage_ledger TO coursewright_service;
GRANT SELECT ON usage_ledger TO coursewright_operator;

CREATE VIEW ops.usage WITH (security_invoker = true) AS
SELECT u.day, u.course_map_id, u.model, count(*) AS calls, count(*) FILTER (WHERE u.status = 'answered') AS answered,
       count(*) FILTER (WHERE u.status = 'in_doubt') AS in_doubt, sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       sum(u.cost) AS cost, sum(u.greatest_cost_in_doubt) AS greatest_cost_in_doubt
FROM usage_ledger u
WHERE u.status <> 'refused'
GROUP BY u.day, u.course_map_id, u.model;
COMMENT ON VIEW ops.usage IS 'Calls, tokens and cost by day (UTC), course and model, kept when the journal has forgotten its calls.';
GRANT SELECT ON ops.usage TO coursewright_operator;

-- Up Migration

-- A webhook's secret can be changed while its receiver runs: for a day what is sent is signed with both.

ALTER TABLE webhook_endpoints
  ADD COLUMN previous_secret       text,
  ADD COLUMN previous_secret_until timestamptz;
GRANT SELECT (previous_secret_until) ON webhook_endpoints TO coursewright_operator;

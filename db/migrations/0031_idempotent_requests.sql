-- Up Migration

-- Requests that came with a key: what they did, recorded in the transaction that did it, and what they were answered with. Whoever sends the
-- same again is given the same answer, by any gateway, and nothing is done twice.
CREATE TABLE idempotent_requests (
  -- Whose key it is; empty where clients are not told apart.
  client      text        NOT NULL,
  key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  -- Of method, path, parameters and body: another request must not come with the same key.
  fingerprint bytea       NOT NULL,
  -- What the effect gave, for whoever answers. It may hold the secret of a webhook: no operator reads this table.
  result      jsonb       NOT NULL,
  -- The request that is answering, and until when it is believed to be. One that died is over when this is past.
  holder      uuid        NOT NULL,
  held_until  timestamptz NOT NULL,
  -- The answer; all null until there is one. The body is null when it has none.
  status      smallint,
  headers     jsonb,
  body        text,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (client, key),
  CHECK ((status IS NULL) = (headers IS NULL))
);
CREATE INDEX idempotent_requests_expire ON idempotent_requests (expires_at);

REVOKE ALL ON idempotent_requests FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotent_requests TO coursewright_service;

-- Up Migration

-- The proof runs as a service may, and says what calls have cost as operators see it: by one definition.
GRANT SELECT ON ops.llm_calls TO coursewright_service;

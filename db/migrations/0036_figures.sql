-- Up Migration

-- Processes tell in figures what operators see in psql: among them how far behind each subscription is.
GRANT SELECT ON ops.subscription_lag TO coursewright_service;

-- Up Migration

-- Which schema this is, for programs to compare with their own before they serve. One row, written by whoever migrates.
CREATE TABLE schema_version (
  one            boolean PRIMARY KEY DEFAULT true CONSTRAINT schema_version_one CHECK (one),
  -- The number of the newest migration.
  version        integer NOT NULL,
  -- Programs that were written for this one, or a newer one, may use this schema.
  oldest_program integer NOT NULL CONSTRAINT schema_version_oldest CHECK (oldest_program <= version)
);
COMMENT ON TABLE schema_version IS 'Which schema this is, and the oldest program that may use it.';
GRANT SELECT ON schema_version TO coursewright_service, coursewright_operator;

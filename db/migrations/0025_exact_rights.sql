-- Up Migration

-- Rights that were too narrow, or wider than they had to be.

-- A service that appends to an archived stream is told so. It was refused the function that says it, and took that for a defect.
GRANT EXECUTE ON FUNCTION raise_archived(text) TO coursewright_service;

-- Services name what an event says, and the database what is its own: id and time of an event are nobody's to choose. So what stands
-- in the archive cannot be put into the log a second time either.
REVOKE INSERT ON recorded_events FROM coursewright_service;
GRANT INSERT (stream, version, type, schema_version, data, metadata) ON recorded_events TO coursewright_service;

-- Who may change any column of a view may lock it, and with it the tables behind it, against everybody. By column he may not.
-- All of them: what makes no sense is still refused with a hint.
REVOKE UPDATE ON node_contents FROM coursewright_operator;
GRANT UPDATE (id, course_map_id, node_id, content_type, question_key, content_json, generation_status, generation_started_at,
              generation_completed_at, generation_error, node_type, created_at) ON node_contents TO coursewright_operator;

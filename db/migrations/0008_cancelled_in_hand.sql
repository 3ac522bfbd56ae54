-- Up Migration

-- A node that was cancelled while a worker had it is taken from that worker right after. Should that one reaction fail,
-- whoever tidies up finds the node by this: few rows, and for milliseconds each.
CREATE INDEX node_states_cancelled_in_hand ON node_states (course_map_id) WHERE status = 'cancelled' AND worker_id IS NOT NULL;

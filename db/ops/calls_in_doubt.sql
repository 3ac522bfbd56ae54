-- Purpose:   calls to the model whose answer was lost: what they were made for, and the most that each can have cost. Compare
--            with the provider's bill.
-- Variables: none.
-- Example:   psql "$DATABASE_URL" -f db/ops/calls_in_doubt.sql

SELECT asked_at, stream, model, worker_id, error_code, max_input_tokens, max_output_tokens, greatest_cost
FROM ops.llm_calls
WHERE status = 'in_doubt'
ORDER BY asked_at DESC
LIMIT 200;

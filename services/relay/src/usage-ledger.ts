/**
 * The usage ledger: what each course has cost, by day and model, for longer than the journal keeps its calls.
 *
 * A consumer of the log that sets figures and adds none: whenever an attempt ends, the rows of its stream's calls are made what the
 * journal says of each now. So an event that is handled again changes nothing, and the ledger may be rewound as often as one likes.
 * What the journal has forgotten since stays.
 */
import { courseOfStream, nodeOfStream, type EventType, type Transaction, type UndecodedEvent } from '@coursewright/events';

/** The subscription's name. */
export const USAGE_LEDGER = 'usage-ledger';

/** When what was spent on a stream may have changed: an attempt is over, or its late result came. */
export const USAGE_TYPES: readonly EventType[] = [
  'CourseMapPlanned',
  'CourseMapPlanningFailed',
  'CourseMapPlanningInterrupted',
  'CourseMapCompleted',
  'CourseMapCancelled',
  'GenerationCompleted',
  'GenerationFailed',
  'GenerationInterrupted',
  'LateResultReceived',
];

// A call in flight whose attempt is over is as good as in doubt.
const SET = `
  INSERT INTO usage_ledger AS u (call_id, course_map_id, node_id, day, model, status, input_tokens, output_tokens, cost, greatest_cost_in_doubt)
  SELECT l.id, s.course_map_id, s.node_id, (l.asked_at AT TIME ZONE 'UTC')::date, l.model, k.status,
         coalesce(l.input_tokens, 0), coalesce(l.output_tokens, 0),
         (l.input_tokens * l.input_price + l.output_tokens * l.output_price) / 1000000,
         CASE WHEN k.status = 'in_doubt' THEN (l.max_input_tokens * l.input_price + l.max_output_tokens * l.output_price) / 1000000 END
  FROM unnest($1::text[], $2::uuid[], $3::text[]) AS s (stream, course_map_id, node_id)
  CROSS JOIN LATERAL (SELECT * FROM llm_calls c WHERE c.stream = s.stream COLLATE "C" OFFSET 0) l
  CROSS JOIN LATERAL (SELECT CASE l.status WHEN 'in_flight' THEN 'in_doubt' ELSE l.status END AS status) k
  ON CONFLICT (call_id) DO UPDATE SET
    status = excluded.status, input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, cost = excluded.cost,
    greatest_cost_in_doubt = excluded.greatest_cost_in_doubt
  WHERE (u.status, u.input_tokens, u.output_tokens, u.cost, u.greatest_cost_in_doubt) IS DISTINCT FROM
        (excluded.status, excluded.input_tokens, excluded.output_tokens, excluded.cost, excluded.greatest_cost_in_doubt)`;

/** Makes the ledger's rows of these events' streams what the journal says. In the transaction of the subscription's checkpoint. */
export async function keepUsage(events: readonly UndecodedEvent[], transaction: Transaction): Promise<void> {
  const streams = [...new Set(events.map(({ stream }) => stream))];
  const values = [streams, streams.map(courseOfStream), streams.map((stream) => nodeOfStream(stream)?.nodeId ?? null)];
  await transaction.query({ name: 'usage-set', text: SET, values });
}

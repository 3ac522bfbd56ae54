/**
 * The usage ledger: what each course has cost, by day and model, for longer than the journal keeps its calls.
 *
 * A consumer of the log that sets figures and adds none: whenever an attempt ends, the stream's rows are made what the journal says
 * of it now. So an event that is handled again changes nothing, and the ledger may be rewound as often as one likes. What the journal
 * has forgotten since stays: no figure is ever set to less.
 */
import { courseOfStream, nodeOfStream, type EventType, type RecordedEvent, type Transaction } from '@coursewright/events';

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
  INSERT INTO usage_ledger AS u (course_map_id, node_id, day, model, calls, answered, in_doubt, input_tokens, output_tokens, cost, greatest_cost_in_doubt)
  SELECT s.course_map_id, s.node_id, (l.asked_at AT TIME ZONE 'UTC')::date, l.model, count(*),
         count(*) FILTER (WHERE l.status = 'answered'), count(*) FILTER (WHERE l.status IN ('in_doubt', 'in_flight')),
         coalesce(sum(l.input_tokens), 0), coalesce(sum(l.output_tokens), 0),
         sum((l.input_tokens * l.input_price + l.output_tokens * l.output_price) / 1000000),
         sum((l.max_input_tokens * l.input_price + l.max_output_tokens * l.output_price) / 1000000) FILTER (WHERE l.status IN ('in_doubt', 'in_flight'))
  FROM unnest($1::text[], $2::uuid[], $3::text[]) AS s (stream, course_map_id, node_id)
  CROSS JOIN LATERAL (SELECT * FROM llm_calls c WHERE c.stream = s.stream COLLATE "C" AND c.status <> 'refused' OFFSET 0) l
  GROUP BY 1, 2, 3, 4
  ON CONFLICT ON CONSTRAINT usage_ledger_once DO UPDATE SET
    calls = greatest(u.calls, excluded.calls), answered = greatest(u.answered, excluded.answered),
    -- Set as it is: a call that was in doubt may have been answered after all.
    in_doubt = excluded.in_doubt,
    input_tokens = greatest(u.input_tokens, excluded.input_tokens), output_tokens = greatest(u.output_tokens, excluded.output_tokens),
    cost = greatest(u.cost, excluded.cost), greatest_cost_in_doubt = excluded.greatest_cost_in_doubt
  WHERE u.calls <= excluded.calls`;

/** Makes the ledger's rows of these events' streams what the journal says. In the transaction of the subscription's checkpoint. */
export async function keepUsage(events: readonly RecordedEvent[], transaction: Transaction): Promise<void> {
  const streams = [...new Set(events.map(({ stream }) => stream))];
  const values = [streams, streams.map(courseOfStream), streams.map((stream) => nodeOfStream(stream)?.nodeId ?? null)];
  await transaction.query({ name: 'usage-set', text: SET, values });
}

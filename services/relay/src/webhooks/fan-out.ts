/**
 * Which events are for which endpoints: a row for each pair, committed with the subscription's checkpoint, so that each event is for
 * each of its endpoints once. Sending them is the deliverer's business, and takes as long as the endpoint needs.
 */
import type { Transaction, UndecodedEvent } from '@coursewright/events';

/** The subscription's name. */
export const WEBHOOKS = 'webhooks';

// Of an endpoint that is disabled, too, for a month: what happened meanwhile is there when it is enabled again. What is older can be
// replayed. One that was deleted has no row.
const FAN_OUT = `
  WITH made AS (
    INSERT INTO webhook_deliveries (endpoint_id, position)
    SELECT w.id, e.position
    FROM webhook_endpoints w
    CROSS JOIN unnest($1::bigint[], $2::text[]) AS e (position, type)
    WHERE e.position > w.from_position AND (w.disabled_at IS NULL OR w.disabled_at > statement_timestamp() - interval '30 days')
      AND (w.types IS NULL OR e.type = ANY (w.types))
    ON CONFLICT DO NOTHING
    RETURNING position
  )
  SELECT pg_notify('deliveries', max(position)::text) FROM made HAVING count(*) > 0`;

export async function fanOut(events: readonly UndecodedEvent[], transaction: Transaction): Promise<void> {
  const values = [events.map(({ position }) => position), events.map(({ type }) => type)];
  await transaction.query({ name: 'webhooks-fan-out', text: FAN_OUT, values });
}

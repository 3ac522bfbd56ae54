/**
 * Row security that nobody of us asked for. Some hosted databases switch it on for each new table (an event trigger), and a table with row
 * security and no policy has no rows for anybody but its owner: the services would find it empty, and could write nothing into it.
 */
import type pg from 'pg';
import { MigrationError } from './migration-error.ts';

/** Our tables in `public`, where other programs may have theirs. A test holds this equal to what the migrations make. */
export const TABLES = [
  'api_keys', 'archived_events', 'artifacts', 'course_map_states', 'disk_probe', 'event_positions', 'idempotent_requests', 'llm_call_bodies', 'llm_calls', 'log_head',
  'migrations', 'node_states', 'parked_streams', 'position_requests', 'recorded_events', 'request_rates', 'schema_version', 'subscriptions', 'usage_ledger',
  'webhook_deliveries', 'webhook_endpoints', 'workers',
] as const;

/** Those of them, and of the queue, that have row security without a policy, or have it forced on their owner. */
const CLOSED = `
  SELECT c.oid::regclass::text AS name, c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS without_policy
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND (n.nspname IN ('ops', 'outbox', 'pgboss') OR (n.nspname = 'public' AND c.relname = ANY ($1)))
    AND (c.relforcerowsecurity OR (c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)))
  ORDER BY 1`;

/**
 * Switches it off where no policy of ours needs it. Tables that other programs keep in `public` stay as they are.
 *
 * @throws MigrationError `row_security` when it does not stay off
 */
export async function openRowSecurity(owner: pg.Client): Promise<void> {
  for (const { name, without_policy: withoutPolicy } of await closedTables(owner)) {
    await owner.query(`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY${withoutPolicy ? ', DISABLE ROW LEVEL SECURITY' : ''}`);
  }
  const closed = await closedTables(owner);
  if (closed.length === 0) return;
  throw new MigrationError('row_security', `Row security is switched on again whenever it is switched off for ${closed.map(({ name }) => name).join(', ')} `
    + '(an event trigger of this database, by the look of it): have it leave the schemas public, ops, outbox and pgboss alone.');
}

async function closedTables(owner: pg.Client): Promise<{ name: string; without_policy: boolean }[]> {
  return (await owner.query<{ name: string; without_policy: boolean }>(CLOSED, [TABLES])).rows;
}

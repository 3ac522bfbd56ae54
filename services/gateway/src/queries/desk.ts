/**
 * What an operator looks at: who works, what waits and why, who reads, what failed, and what was rescued. As psql has it in `ops`.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';

const ms = (interval: string): string => `round(extract(epoch FROM ${interval}) * 1000)::float8`;

const WORKERS = `
  SELECT w.id AS worker_id, w.host, w.pid, w.started_at, w.stopped_at, w.alive, w.nodes_in_hand::int, w.plans_in_hand::int, w.last_beat_at, w.leased_until
  FROM ops.workers w
  WHERE w.alive OR w.nodes_in_hand + w.plans_in_hand > 0 OR coalesce(w.stopped_at, w.started_at) > clock_timestamp() - interval '1 hour'
  ORDER BY w.alive DESC, w.started_at DESC
  LIMIT $1`;
const QUEUE = `
  SELECT q.queue, q.ready::int, q.delayed::int, q.running::int, ${ms('q.oldest_ready')} AS oldest_ready_ms, ${ms('q.next_delayed')} AS next_delayed_ms
  FROM ops.queue q ORDER BY q.queue`;
// Each asked for by itself: the view as a whole would tell of every node that waits.
const WAITING = `
  SELECT o.course_map_id, o.node_id, o.since, y.cause, y.why, y.attempt, y.failures, y.interruptions
  FROM (
    SELECT n.course_map_id, n.node_id, n.created_at AS since
    FROM course_map_states c JOIN node_states n ON n.course_map_id = c.id
    WHERE c.status = 'generating' AND n.node_type = 'learn' AND n.status IN ('pending', 'generating')
    UNION ALL
    SELECT c.id, NULL, c.created_at FROM course_map_states c WHERE c.status IN ('requested', 'planning')
    ORDER BY 3, 1, 2
    LIMIT $1
  ) o
  CROSS JOIN LATERAL (SELECT w.* FROM ops.why_waiting w WHERE w.course_map_id = o.course_map_id AND w.node_id IS NOT DISTINCT FROM o.node_id OFFSET 0) y
  ORDER BY o.since, o.course_map_id, o.node_id`;
const SUBSCRIPTIONS = `
  SELECT l.name, l.partition::int, l.partitions::int, l.position::float8 AS position, l.events_behind::float8 AS events_behind, ${ms('l.behind')} AS behind_ms,
         l.paused_at, l.failing_since, l.error, l.leased_by, l.parked_streams::int
  FROM ops.subscription_lag l ORDER BY l.name, l.partition`;
const RESCUES = `
  SELECT r.type, r.cause, r.events::int, r.p50_ms, r.p99_ms, r.most_ms, r.histogram::int[] AS histogram,
         (r.input_tokens + r.output_tokens)::float8 AS tokens, ((r.input_tokens * p.input_price + r.output_tokens * p.output_price) / 1000000)::float8 AS cost
  FROM ops.recent_rescues r
  -- Ids begin with the time: the price of the newest call.
  LEFT JOIN (SELECT l.input_price, l.output_price FROM llm_calls l ORDER BY l.id DESC LIMIT 1) p ON true
  ORDER BY r.type, r.cause`;

export interface Rescue {
  readonly type: string;
  readonly cause: string | null;
  readonly events: number;
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly most_ms: number | null;
  readonly histogram: readonly number[];
  readonly tokens: number;
  /** Null without prices. */
  readonly cost: number | null;
}

type Row = Readonly<Record<string, unknown>>;

const list = async <Shown extends object = Row>(pool: pg.Pool, name: string, text: string, values: readonly unknown[] = []): Promise<readonly Shown[]> =>
  (await query<Shown & pg.QueryResultRow>(pool, { name, text, values: [...values] })).rows;

/** Those that live, that left something behind, or that were there within the hour; the living first. */
export const listWorkers = (pool: pg.Pool, limit: number): Promise<readonly Row[]> => list(pool, 'desk-workers', WORKERS, [limit]);
export const describeQueue = (pool: pg.Pool): Promise<readonly Row[]> => list(pool, 'desk-queue', QUEUE);
/** Nodes, and courses that are not planned, each with why it waits; the longest waiting first. */
export const listWaiting = (pool: pg.Pool, limit: number): Promise<readonly Row[]> => list(pool, 'desk-waiting', WAITING, [limit]);
export const listSubscriptions = (pool: pg.Pool): Promise<readonly Row[]> => list(pool, 'desk-subscriptions', SUBSCRIPTIONS);
/** Of the last day. */
export const listRescues = (pool: pg.Pool): Promise<readonly Rescue[]> => list<Rescue>(pool, 'desk-rescues', RESCUES);

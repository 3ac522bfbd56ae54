/**
 * Failures, by what they have in common: their code and message, but for the numbers in it.
 */
import type pg from 'pg';
import { query, type Transaction } from '@coursewright/events';

const FAILURES = `
  SELECT f.fingerprint, f.code, f.example, f.failures::int, f.final_failures::int, f.streams::int, f.still_failed::int, f.first_at, f.last_at
  FROM ops.recent_failures f ORDER BY f.still_failed DESC, f.last_at DESC, f.fingerprint LIMIT $1`;
const FAILED_ALIKE = `
  SELECT s.course_map_id, s.node_id
  FROM node_states s JOIN course_map_states c ON c.id = s.course_map_id
  WHERE s.status = 'failed' AND error_fingerprint(s.error_code, s.error) = $1 AND c.status <> 'cancelled'
    AND NOT EXISTS (SELECT FROM archived_events a WHERE a.stream = 'course_map-' || s.course_map_id AND a.version = 1)
  ORDER BY s.course_map_id, s.node_id
  LIMIT $2`;
const LOCK = 'SELECT n.course_map_id, n.node_id, n.version, n.status FROM lock_free_nodes($1, $2) n';

export interface FailedNode {
  readonly course_map_id: string;
  readonly node_id: string;
  readonly version: number;
}

export interface FailedAlike {
  /** Locked until the transaction ends; without those that somebody else holds. */
  readonly nodes: readonly FailedNode[];
  /** How many there were at the first look, up to the limit. */
  readonly found: number;
}

/** Of the last day; those that still wait for somebody first. */
export async function listFailures(pool: pg.Pool, limit: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await query(pool, { name: 'failures', text: FAILURES, values: [limit] })).rows;
}

/** The nodes that have failed in this way, and may be asked for again. */
export async function lockFailedAlike(transaction: Transaction, fingerprint: string, limit: number): Promise<FailedAlike> {
  const { rows: found } = await transaction.query<Omit<FailedNode, 'version'>>({ name: 'failed-alike', text: FAILED_ALIKE, values: [fingerprint, limit] });
  const ids = [found.map((node) => node.course_map_id), found.map((node) => node.node_id)];
  const { rows } = await transaction.query<FailedNode & { readonly status: string }>({ name: 'lock-failed-alike', text: LOCK, values: ids });
  return { nodes: rows.filter(({ status }) => status === 'failed'), found: found.length };
}

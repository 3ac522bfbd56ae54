/**
 * Questions about one node.
 */
import type pg from 'pg';
import { query, type KnowledgeCard, type NodeKey } from '@coursewright/events';

export interface NodeRow {
  readonly version: number;
  readonly status: 'pending' | 'generating' | 'completed' | 'failed' | 'cancelled' | 'quiz_pending';
  readonly is_course_cancelled: boolean;
  readonly card: KnowledgeCard | null;
}

const NODE = `
  SELECT n.version, n.status, c.status = 'cancelled' AS is_course_cancelled, a.content AS card
  FROM node_states n
  JOIN course_map_states c ON c.id = n.course_map_id
  LEFT JOIN artifacts a ON a.hash = n.content_hash
  WHERE n.course_map_id = $1 AND n.node_id = $2`;

/** The node as it stands, with its card if it has one; undefined when the course has no such node. */
export async function findNode(pool: pg.Pool, { courseMapId, nodeId }: NodeKey): Promise<NodeRow | undefined> {
  const { rows } = await query<NodeRow>(pool, { name: 'node', text: NODE, values: [courseMapId, nodeId] });
  return rows[0];
}

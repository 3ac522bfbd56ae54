/**
 * Questions about one node.
 */
import type pg from 'pg';
import type { KnowledgeCard, NodeKey, Transaction } from '@coursewright/events';
import type { NamedStatement, Reader } from './reader.ts';

export interface NodeRow {
  readonly version: number;
  readonly status: 'pending' | 'generating' | 'completed' | 'failed' | 'cancelled' | 'quiz_pending';
  readonly is_course_cancelled: boolean;
  readonly card: KnowledgeCard | null;
}

const NODE = `
  SELECT n.version, n.status, c.status = 'cancelled' AS is_course_cancelled, a.content AS card
  FROM course_map_states c
  LEFT JOIN node_states n ON n.course_map_id = c.id AND n.node_id = $2
  LEFT JOIN artifacts a ON a.hash = n.content_hash
  WHERE c.id = $1`;

interface Found extends Omit<NodeRow, 'version' | 'status'> {
  readonly version: number | null;
  readonly status: NodeRow['status'] | null;
}

const statement = ({ courseMapId, nodeId }: NodeKey): NamedStatement => ({ name: 'node', text: NODE, values: [courseMapId, nodeId] });

/** The node as it stands, with its card if it has one; what is missing otherwise. */
export async function findNode(reader: Reader, key: NodeKey): Promise<NodeRow | 'no_course' | 'no_node'> {
  return nodeOf(await reader.query<Found & pg.QueryResultRow>(statement(key)));
}

/** As {@link findNode}, seen by a transaction. */
export async function findNodeIn(transaction: Transaction, key: NodeKey): Promise<NodeRow | 'no_course' | 'no_node'> {
  return nodeOf(await transaction.query<Found>(statement(key)));
}

function nodeOf({ rows: [found] }: pg.QueryResult<Found>): NodeRow | 'no_course' | 'no_node' {
  if (found === undefined) return 'no_course';
  const { version, status, ...node } = found;
  return version === null || status === null ? 'no_node' : { ...node, version, status };
}

/**
 * Compares a course that was replayed with the rows that the database keeps of it (I6).
 */
import type { MapNode } from '@coursewright/events';
import type { CourseState } from '@coursewright/generation/domain/course';
import type { NodeState } from '@coursewright/generation/domain/node';
import type { Findings } from '../findings.ts';

export interface CourseRow {
  readonly id: string;
  readonly version: number;
  readonly last_event: string;
  readonly status: string;
  readonly attempt: number;
  readonly failures: number;
  readonly outage_since: Date | null;
  readonly interruptions: number;
  readonly worker_id: string | null;
  readonly nodes: readonly MapNode[] | null;
  readonly request: unknown;
  readonly map_meta: unknown;
}

export interface NodeRow {
  readonly course_map_id: string;
  readonly node_id: string;
  readonly place: number;
  readonly node_type: string;
  readonly pre_requisites: readonly string[];
  readonly version: number;
  readonly last_event: string | null;
  readonly status: string;
  readonly attempt: number;
  readonly failures: number;
  readonly outage_since: Date | null;
  readonly interruptions: number;
  readonly worker_id: string | null;
  readonly job_id: string | null;
  readonly content_hash: string | null;
  /** Whether the card that it points at exists. */
  readonly has_content: boolean;
}

/** A course as its events make it, with what the fold of the domain does not carry. */
export interface ReplayedCourse {
  readonly course: CourseState | undefined;
  readonly lastEvent: string | undefined;
  readonly request: unknown;
  readonly mapMeta: unknown;
  readonly plannedNodes: readonly MapNode[] | null;
  readonly nodes: ReadonlyMap<string, NodeState>;
  /** By node id. */
  readonly contentHashes: ReadonlyMap<string, string>;
}

export function compareCourse(
  { course, lastEvent, request, mapMeta, plannedNodes, nodes, contentHashes }: ReplayedCourse,
  row: CourseRow,
  nodeRows: readonly NodeRow[],
  findings: Findings,
): void {
  const stream = `course_map-${row.id}`;
  if (course === undefined) {
    findings.violation('I6', stream, 'has a row and no event');
    return;
  }
  const { version, status, attempt, failures, outageSince, interruptions, workerId } = course;
  differences(findings, stream, [
    ['version', version, row.version],
    ['status', status, row.status],
    ['attempt', attempt, row.attempt],
    ['failures', failures, row.failures],
    ['outage_since', outageSince, row.outage_since?.toISOString() ?? null],
    ['interruptions', interruptions, row.interruptions],
    ['worker_id', workerId, row.worker_id],
    ['last_event', lastEvent, row.last_event],
    // Both come out of jsonb, which orders keys.
    ['request', JSON.stringify(request), JSON.stringify(row.request)],
    ['map_meta', JSON.stringify(mapMeta), JSON.stringify(row.map_meta)],
    ['nodes', JSON.stringify(plannedNodes), JSON.stringify(row.nodes)],
  ]);
  const rowOf = new Map(nodeRows.map((one) => [one.node_id, one]));
  for (const node of nodes.values()) {
    const nodeRow = rowOf.get(node.nodeId);
    if (nodeRow === undefined) findings.violation('I6', `node-${row.id}+${node.nodeId}`, 'has no row');
    else compareNode(node, contentHashes.get(node.nodeId) ?? null, nodeRow, findings);
  }
  for (const { node_id: nodeId } of nodeRows) {
    if (!nodes.has(nodeId)) findings.violation('I6', `node-${row.id}+${nodeId}`, 'has a row, and no map plans it');
  }
}

function compareNode(node: NodeState, contentHash: string | null, row: NodeRow, findings: Findings): void {
  const stream = `node-${row.course_map_id}+${row.node_id}`;
  differences(findings, stream, [
    ['place', node.place, row.place],
    ['node_type', node.type, row.node_type],
    ['pre_requisites', node.preRequisites.join(), row.pre_requisites.join()],
    ['version', node.version, row.version],
    ['last_event', node.lastEvent, row.last_event],
    ['status', node.status, row.status],
    ['attempt', node.attempt, row.attempt],
    ['failures', node.failures, row.failures],
    ['outage_since', node.outageSince, row.outage_since?.toISOString() ?? null],
    ['interruptions', node.interruptions, row.interruptions],
    ['worker_id', node.workerId, row.worker_id],
    ['job_id', node.jobId, row.job_id],
    ['content_hash', contentHash, row.content_hash],
  ]);
  if (!row.has_content) findings.violation('I6', stream, `its card ${String(row.content_hash)} does not exist`);
}

function differences(findings: Findings, subject: string, fields: readonly [name: string, fold: unknown, row: unknown][]): void {
  for (const [name, fold, row] of fields) {
    if (fold !== row) findings.violation('I6', subject, `${name} is ${String(row)}, and ${String(fold)} by the log`);
  }
}

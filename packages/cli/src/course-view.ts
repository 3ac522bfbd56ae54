/**
 * What is known of a course that is watched: how it stands, as the API says, and since when each node is as it is, from the events.
 */
import type { components, CourseEvent, Progress } from '@coursewright/client';

type HistoryEntry = components['schemas']['HistoryEntry'];

export type NodeStatus = Progress['nodes_status'][number]['status'];

export interface NodeView {
  readonly id: string;
  readonly title: string;
  readonly status: NodeStatus;
  readonly error: string | null;
  readonly attempt: number | undefined;
  readonly workerId: string | undefined;
  /** When its last attempt began, and when that ended; in milliseconds since 1970. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

export interface CourseView {
  readonly name: string;
  readonly status: Progress['overall_status'];
  readonly error: string | null;
  readonly nodes: readonly NodeView[];
}

/** Something that happened to a node. */
export interface NodeNews {
  readonly nodeId: string;
  readonly what: string;
  readonly at: number;
  readonly attempt: number | undefined;
  readonly workerId: string | undefined;
}

const NODE_STREAM = /^node-[^+]+\+(.+)$/;

/** Of an event of a node. */
export function newsOfEvent({ stream, type, data, recorded_at: recordedAt }: CourseEvent): NodeNews | undefined {
  const nodeId = NODE_STREAM.exec(stream)?.[1];
  if (nodeId === undefined) return undefined;
  const { attempt, worker_id: workerId } = data;
  return {
    nodeId,
    what: type,
    at: Date.parse(recordedAt),
    attempt: typeof attempt === 'number' ? attempt : undefined,
    workerId: typeof workerId === 'string' ? workerId : undefined,
  };
}

/** Of an entry of a course's story. */
export function newsOfEntry({ node_id: nodeId, what, at, attempt, worker_id: workerId }: HistoryEntry): NodeNews | undefined {
  return nodeId === null ? undefined : { nodeId, what, at: Date.parse(at), attempt: attempt ?? undefined, workerId: workerId ?? undefined };
}

export interface Attempt {
  readonly attempt: number | undefined;
  readonly workerId: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

/** The last attempt of each node, after one more thing happened. */
export function afterNews(attempts: ReadonlyMap<string, Attempt>, { nodeId, what, at, attempt, workerId }: NodeNews): ReadonlyMap<string, Attempt> {
  if (what === 'GenerationStarted') return new Map([...attempts, [nodeId, { attempt, workerId, startedAt: at, endedAt: undefined }]]);
  const last = attempts.get(nodeId);
  if (last === undefined || last.endedAt !== undefined) return attempts;
  return new Map([...attempts, [nodeId, { ...last, endedAt: at }]]);
}

export function viewOf(name: string, titles: ReadonlyMap<string, string>, { overall_status: status, error, nodes_status: nodes }: Progress, attempts: ReadonlyMap<string, Attempt>): CourseView {
  return {
    name,
    status,
    error,
    nodes: nodes.map(({ node_id: id, status: nodeStatus, error: nodeError }) => {
      const last = attempts.get(id);
      return { id, title: titles.get(id) ?? '', status: nodeStatus, error: nodeError, attempt: last?.attempt, workerId: last?.workerId, startedAt: last?.startedAt, endedAt: last?.endedAt };
    }),
  };
}

/** It is done, and when was not told yet. */
export function isEndUntold({ status, endedAt }: NodeView): boolean {
  return status === 'completed' && endedAt === undefined;
}

/** Nothing more will happen to it by itself. */
export function isOver(status: CourseView['status']): boolean {
  return status !== 'initializing' && status !== 'generating';
}

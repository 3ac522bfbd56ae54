/**
 * Which nodes come next. A learn node is ready when each learn node it requires is completed or finally failed: its
 * own prerequisites, no barrier between layers. Of the ready ones, those with the longest remaining path go first,
 * for they decide when the course is done.
 */
import { isWaiting } from './node-decider.ts';
import type { NodeState } from './node.ts';

/**
 * The nodes to put into the queue now, most urgent first, so that no more than `courseConcurrency` of the course's
 * nodes are queued or running. Scheduling happens under the course's lock, which makes the limit exact.
 *
 * @param held nodes that keep the place they had: their next attempt is held back, and nobody would remember for how long
 *   if it were not queued now
 */
export function nodesToSchedule(
  nodes: readonly NodeState[],
  courseConcurrency: number,
  held: Pick<ReadonlyMap<string, unknown>, 'has'> = new Map(),
): NodeState[] {
  const inHand = nodes.filter((node) => isQueued(node) || node.status === 'generating').length;
  const free = courseConcurrency - inHand;
  if (free <= 0) return [];

  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const ready = nodes.filter((node) => isReady(node, byId));
  if (ready.length <= 1) return ready;
  const remaining = remainingPathLengths(nodes);
  const urgency = (node: NodeState): number => remaining.get(node.nodeId) ?? 0;
  const keeps = (node: NodeState): number => Number(held.has(node.nodeId));
  return ready.sort((a, b) => keeps(b) - keeps(a) || urgency(b) - urgency(a) || a.place - b.place).slice(0, free);
}

/** The part of a node that its place in the map decides. */
export type PlacedNode = Pick<NodeState, 'nodeId' | 'type' | 'preRequisites'>;

/**
 * The learn nodes that a node builds on. A quiz holds nothing that a card could build on, so what a quiz requires
 * counts as required by whatever comes after it.
 */
export function learnPrerequisites<Node extends PlacedNode>(node: Node, byId: ReadonlyMap<string, Node>): Node[] {
  const found = new Map<string, Node>();
  const seen = new Set<string>();
  const visit = ({ preRequisites }: Node): void => {
    for (const id of preRequisites) {
      const required = byId.get(id);
      if (required === undefined || seen.has(id)) continue;
      seen.add(id);
      if (required.type === 'learn') found.set(id, required);
      else visit(required);
    }
  };
  visit(node);
  return [...found.values()];
}

function isReady(node: NodeState, byId: ReadonlyMap<string, NodeState>): boolean {
  if (node.type !== 'learn' || !isWaiting(node)) return false;
  return learnPrerequisites(node, byId).every(({ status }) => status === 'completed' || status === 'failed');
}

function isQueued(node: NodeState): boolean {
  return node.status === 'pending' && node.lastEvent === 'GenerationScheduled';
}

/** For each node, how many nodes the longest path from it to an end of the map has, itself included. */
function remainingPathLengths(nodes: readonly NodeState[]): Map<string, number> {
  const successors = new Map<string, string[]>();
  for (const { nodeId, preRequisites } of nodes) {
    for (const id of preRequisites) successors.set(id, [...(successors.get(id) ?? []), nodeId]);
  }
  const lengths = new Map<string, number>();
  const lengthFrom = (nodeId: string): number => {
    const known = lengths.get(nodeId);
    if (known !== undefined) return known;
    lengths.set(nodeId, 1); // A valid map has no cycle; should one be stored, this ends the walk.
    const length = 1 + Math.max(0, ...(successors.get(nodeId) ?? []).map(lengthFrom));
    lengths.set(nodeId, length);
    return length;
  };
  for (const { nodeId } of nodes) lengthFrom(nodeId);
  return lengths;
}

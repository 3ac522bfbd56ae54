/**
 * Where the nodes of a map are drawn: by layers, each node near those that it builds on.
 */
import { Graph, layout } from '@dagrejs/dagre';
import type { MapNode } from './fold.ts';

export const NODE_WIDTH = 220;
export const NODE_HEIGHT = 80;

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The upper left corner of each node, by its id. From top to bottom: maps are deeper than they are broad, and text is broader than it is high. */
export function placesOf(nodes: readonly MapNode[]): ReadonlyMap<string, Place> {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 32 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { id, pre_requisites: before } of nodes) for (const each of before) graph.setEdge(each, id);
  layout(graph);
  return new Map(nodes.map(({ id }) => {
    const { x, y } = graph.node(id) as Place;
    return [id, { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 }];
  }));
}

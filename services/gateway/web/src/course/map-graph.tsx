/**
 * The map as a graph. A node is a link to itself: it is reached by the keyboard in the order of the map, and says by words how it stands.
 */
import { memo, useEffect, useMemo } from 'react';
import { Background, Controls, Handle, Position, ReactFlow, ReactFlowProvider, useReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { StatusMark } from '../design/status.tsx';
import { duration } from '../design/times.ts';
import { useNow } from '../design/use-now.ts';
import { shortWorker } from '../live/event-facts.ts';
import { courseHref } from '../routing.ts';
import type { MapNode, NodeStanding } from './fold.ts';
import { NODE_HEIGHT, NODE_WIDTH, placesOf } from './layout.ts';

interface Shown extends Record<string, unknown> {
  readonly standing: NodeStanding;
  readonly href: string;
  readonly isChosen: boolean;
}

const FIT = { padding: 0.08, maxZoom: 1.6 };
const KINDS = { map: memo(MapNodeBox) };

interface Drawing {
  readonly courseMapId: string;
  readonly map: readonly MapNode[];
  /** How each of it stands. */
  readonly nodes: readonly NodeStanding[];
  readonly chosen: string | undefined;
}

export function MapGraph(props: Drawing) {
  return <ReactFlowProvider><Drawn {...props} /></ReactFlowProvider>;
}

function Drawn({ courseMapId, map, nodes, chosen }: Drawing) {
  const { fitView } = useReactFlow();
  const places = useMemo(() => placesOf(map), [map]);
  const edges = useMemo(() => edgesOf(nodes), [nodes]);
  const drawn = useMemo(() => nodes.map((standing): Node<Shown> => ({
    id: standing.node.id,
    type: 'map',
    position: places.get(standing.node.id) ?? { x: 0, y: 0 },
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    data: { standing, href: courseHref(courseMapId, standing.node.id), isChosen: standing.node.id === chosen },
  })), [nodes, places, courseMapId, chosen]);
  useEffect(() => {
    const fit = (): void => void fitView(FIT);
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [map, fitView]);

  return (
    <ReactFlow
      nodes={drawn}
      edges={edges}
      nodeTypes={KINDS}
      fitView
      fitViewOptions={FIT}
      minZoom={0.2}
      maxZoom={2}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      zoomOnScroll={false}
      preventScrolling={false}
      disableKeyboardA11y
    >
      <Background gap={24} />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

function edgesOf(nodes: readonly NodeStanding[]): Edge[] {
  const done = new Set(nodes.filter(({ status }) => status === 'completed').map(({ node }) => node.id));
  return nodes.flatMap(({ node }) => node.pre_requisites.map((before) => ({ id: `${before}-${node.id}`, source: before, target: node.id, className: done.has(before) ? 'done' : '' })));
}

function MapNodeBox({ data: { standing, href, isChosen } }: NodeProps<Node<Shown>>) {
  const { node, status, attempt, worker } = standing;
  const isStruck = standing.interruptions > 0 && status !== 'completed' && status !== 'cancelled';
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {/* Made anew when it is struck: so that it flashes, each time. */}
      <a key={standing.interruptions} className={`map-node nopan ${status} ${isStruck ? 'struck' : ''}`} href={href} aria-current={isChosen ? 'true' : undefined}>
        <span className="title">{node.title}</span>
        <span className="row">
          <StatusMark status={status} />
          {status === 'completed' && standing.interruptions > 0 ? <span className="attempt">rescued</span> : attempt > 1 ? <span className="attempt">attempt {attempt}</span> : null}
        </span>
        {status === 'generating' ? <span className="row held"><Elapsed since={standing.since} />{worker === undefined ? null : <span>by {shortWorker(worker)}</span>}</span> : null}
      </a>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

function Elapsed({ since }: { readonly since: Date }) {
  const now = useNow(1000);
  return <span className="elapsed">{duration(Math.max(0, Math.floor((now - since.getTime()) / 1000) * 1000))}</span>;
}

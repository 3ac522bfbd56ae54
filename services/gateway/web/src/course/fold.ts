/**
 * A course from its events: how it and each of its nodes stand, at the end of them or at any point before. The same answer as the API's
 * `progress?at=`, which a test holds it to, for an instant that a hand on a slider can move.
 */
import type { components, CourseEvent } from '@coursewright/client';
import type { Status } from '../design/status.tsx';
import { attemptOf, nodeOf, workerOf, whyOf } from '../live/event-facts.ts';

export type MapNode = components['schemas']['MapNode'];
export type MapMeta = components['schemas']['MapMeta'];
export type CourseRequest = components['schemas']['CourseRequest'];

export interface NodeStanding {
  readonly node: MapNode;
  readonly status: Status;
  /** The attempt that runs, or the last; 0 before the first. */
  readonly attempt: number;
  /** Who holds it; undefined when nobody does. */
  readonly worker: string | undefined;
  /** Since when it stands so. */
  readonly since: Date;
  /** When its first attempt began. */
  readonly begunAt: Date | undefined;
  readonly error: string | undefined;
  /** Since when each of its attempts failed by the provider's fault; undefined when the last did not. */
  readonly outageSince: Date | undefined;
  /** Of a finished card: whether its answer had been paid for by an earlier call. */
  readonly fromJournal: boolean;
  /** How often it lost its worker. */
  readonly interruptions: number;
}

export interface CourseStanding {
  readonly status: Status;
  readonly request: CourseRequest | undefined;
  readonly meta: MapMeta | undefined;
  /** As it was planned: one and the same for as long as the course is looked at. Empty before. */
  readonly map: readonly MapNode[];
  /** In the order of the map. */
  readonly nodes: readonly NodeStanding[];
  readonly askedAt: Date | undefined;
  /** When it came to its end, if it has. */
  readonly endedAt: Date | undefined;
  readonly error: string | undefined;
}

type Own = 'requested' | 'planning' | 'generating' | 'completed' | 'failed' | 'cancelled';

/** What becomes of the course itself by an event of its own. */
const OWN: Readonly<Record<string, (event: CourseEvent) => Own>> = {
  CourseMapRequested: () => 'requested',
  CourseMapPlanningStarted: () => 'planning',
  CourseMapPlanningInterrupted: () => 'requested',
  CourseMapPlanningFailed: ({ data }) => (data['final'] === true ? 'failed' : 'requested'),
  CourseMapPlanned: () => 'generating',
  CourseMapCompleted: () => 'completed',
  CourseMapReopened: () => 'generating',
  CourseMapRetryRequested: () => 'requested',
  CourseMapCancelled: () => 'cancelled',
};

/** @param events of one course, in order, from its first */
export function courseAfter(events: readonly CourseEvent[]): CourseStanding {
  let own: Own = 'requested';
  let request: CourseRequest | undefined;
  let meta: MapMeta | undefined;
  let map: readonly MapNode[] = [];
  let error: string | undefined;
  let endedAt: Date | undefined;
  const nodes = new Map<string, NodeStanding>();

  for (const event of events) {
    const { type, data } = event;
    const at = new Date(event.recorded_at);
    const next = OWN[type]?.(event);
    if (next === undefined) {
      const standing = nodes.get(nodeOf(event) ?? '');
      // Its status moves no more once its course is cancelled.
      if (standing !== undefined && own !== 'cancelled') nodes.set(standing.node.id, nodeAfter(standing, event, at));
      continue;
    }
    own = next;
    endedAt = next === 'completed' || next === 'failed' || next === 'cancelled' ? at : undefined;
    if (type === 'CourseMapRequested') request = data['request'] as CourseRequest;
    if (type === 'CourseMapPlanningFailed') error = whyOf(event);
    if (type === 'CourseMapPlanned' || type === 'CourseMapRetryRequested') error = undefined;
    if (type === 'CourseMapPlanned') {
      meta = data['map_meta'] as MapMeta;
      map = data['nodes'] as readonly MapNode[];
      for (const node of map) nodes.set(node.id, planned(node, at));
    }
    if (type === 'CourseMapCancelled') for (const [id, standing] of nodes) nodes.set(id, cancelled(standing, at));
  }
  const standings = [...nodes.values()];
  const first = events[0];
  return { status: overall(own, standings), request, meta, map, nodes: standings, askedAt: first && new Date(first.recorded_at), endedAt, error };
}

function planned(node: MapNode, since: Date): NodeStanding {
  const status = node.type === 'quiz' ? 'quiz_pending' : 'pending';
  return { node, status, attempt: 0, worker: undefined, since, begunAt: undefined, error: undefined, outageSince: undefined, fromJournal: false, interruptions: 0 };
}

function cancelled(standing: NodeStanding, since: Date): NodeStanding {
  return standing.status === 'pending' || standing.status === 'generating' ? { ...standing, status: 'cancelled', worker: undefined, since } : standing;
}

function nodeAfter(standing: NodeStanding, event: CourseEvent, since: Date): NodeStanding {
  const attempt = attemptOf(event) ?? standing.attempt;
  const free = { ...standing, worker: undefined, since };
  switch (event.type) {
    case 'GenerationStarted': return { ...free, status: 'generating', attempt, worker: workerOf(event), begunAt: standing.begunAt ?? since };
    case 'GenerationCompleted': return { ...free, status: 'completed', attempt, error: undefined, outageSince: undefined, fromJournal: event.data['from_journal'] === true };
    case 'GenerationFailed': return { ...free, status: event.data['final'] === true ? 'failed' : 'pending', attempt, error: whyOf(event), outageSince: outageOf(event) };
    case 'GenerationInterrupted': return { ...free, status: 'pending', attempt, interruptions: standing.interruptions + 1 };
    case 'RetryRequested': return { ...free, status: 'pending', error: undefined, outageSince: undefined };
    case 'LateResultReceived': return standing;
    default: return { ...free, status: 'pending' };
  }
}

/** Since when the provider is out, as a failure by its fault says it. */
function outageOf({ data }: CourseEvent): Date | undefined {
  const since = data['outage_since'];
  return typeof since === 'string' ? new Date(since) : undefined;
}

/** As the API says it. */
function overall(own: Own, nodes: readonly NodeStanding[]): Status {
  if (own === 'failed' || own === 'cancelled') return own;
  if (own === 'requested' || own === 'planning') return 'initializing';
  if (nodes.some(({ status }) => status === 'pending' || status === 'generating')) return 'generating';
  return nodes.some(({ status }) => status === 'failed') ? 'partial_failed' : 'completed';
}

/** How many nodes have a card, how many failed, and how many are to have one. */
export function cardsOf({ nodes }: Pick<CourseStanding, 'nodes'>): { readonly completed: number; readonly failed: number; readonly all: number } {
  const learn = nodes.filter(({ node }) => node.type === 'learn');
  const of = (wanted: Status): number => learn.filter(({ status }) => status === wanted).length;
  return { completed: of('completed'), failed: of('failed'), all: learn.length };
}

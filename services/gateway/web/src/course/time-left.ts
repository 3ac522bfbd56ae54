/**
 * How long a course will take yet, told from how long its own cards took.
 */
import type { CourseStanding, NodeStanding } from './fold.ts';

export interface TimeLeft {
  /** Half of such courses are done by then, and nine of ten; in milliseconds from now. */
  readonly p50: number;
  readonly p90: number;
}

/** Fewer tell nothing. */
const FEWEST = 2;

/** Since when something of it has met an outage of the provider, and has not come through it yet; undefined when nothing has. */
export function outageSince({ nodes }: Pick<CourseStanding, 'nodes'>): Date | undefined {
  const met = nodes.flatMap(({ status, outageSince: since }) => ((status === 'pending' || status === 'generating') && since !== undefined ? [since] : []));
  return met.sort((one, other) => one.getTime() - other.getTime())[0];
}

/** Undefined where nothing is left, there is too little to go by, or the provider is out: nobody knows for how long. */
export function timeLeft({ nodes }: Pick<CourseStanding, 'nodes'>): TimeLeft | undefined {
  const left = nodes.filter(({ status }) => status === 'pending' || status === 'generating');
  const took = nodes
    .filter(({ status, begunAt }) => status === 'completed' && begunAt !== undefined)
    .map(({ since, begunAt = since }) => since.getTime() - begunAt.getTime())
    .sort((one, other) => one - other);
  if (left.length === 0 || took.length < FEWEST || outageSince({ nodes }) !== undefined) return undefined;
  const atOnce = Math.max(1, nodes.filter(({ status }) => status === 'generating').length);
  // Cards wait for those before them, and for a free hand: whichever takes longer.
  const rounds = Math.max(longestChain(left), Math.ceil(left.length / atOnce));
  return { p50: rounds * quantile(took, 0.5), p90: rounds * quantile(took, 0.9) };
}

/** Of sorted numbers, at least one. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

/** How many of these stand behind each other at most. Layers go before one another, so one pass by layer is enough. */
function longestChain(left: readonly NodeStanding[]): number {
  const depth = new Map<string, number>();
  for (const { node } of [...left].sort((one, other) => one.node.layer - other.node.layer)) {
    depth.set(node.id, 1 + Math.max(0, ...node.pre_requisites.map((id) => depth.get(id) ?? 0)));
  }
  return Math.max(0, ...depth.values());
}

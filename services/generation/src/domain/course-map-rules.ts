/**
 * What makes a course map valid beyond its shape. Every problem is a sentence that names its node and says how to
 * mend it, because the sentences are sent back to the model that broke the rule.
 */
import { NODE_COUNT_BY_MODE, type CourseMap, type CourseRequest, type MapNode, type Mode } from '@coursewright/events';

/** The problems of a map that has the right shape; none for a valid map. */
export function findCourseMapProblems(map: CourseMap, request: CourseRequest): string[] {
  return [
    ...findCountProblems(map.nodes, request.mode),
    ...findEdgeProblems(map.nodes),
    ...findShapeProblems(map.nodes),
    ...findMetaProblems(map, request),
  ];
}

function findCountProblems(nodes: readonly MapNode[], mode: Mode): string[] {
  const [fewest, most] = NODE_COUNT_BY_MODE[mode];
  if (nodes.length >= fewest && nodes.length <= most) return [];
  return [`A ${mode} map has ${fewest} to ${most} nodes; this one has ${nodes.length}.`];
}

/** Ids are unique, and every prerequisite lies in an earlier layer; which also rules out every cycle. */
function findEdgeProblems(nodes: readonly MapNode[]): string[] {
  const problems: string[] = [];
  const byId = new Map<string, MapNode>();
  for (const node of nodes) {
    if (byId.has(node.id)) problems.push(`Two nodes have the id ${node.id}; give each its own.`);
    byId.set(node.id, node);
  }
  for (const { id, layer, pre_requisites: required } of nodes) {
    if (new Set(required).size < required.length) {
      problems.push(`Node ${id} names a prerequisite twice; name each once.`);
    }
    for (const requiredId of required) {
      const other = byId.get(requiredId);
      if (other === undefined) {
        problems.push(`Node ${id} requires ${requiredId}, which does not exist; name only nodes of this map.`);
      } else if (other.layer >= layer) {
        problems.push(
          `Node ${id} in layer ${layer} requires ${requiredId} in layer ${other.layer}; ` +
            'a prerequisite lies in an earlier layer, and no node may lead back to itself.',
        );
      }
    }
  }
  return problems;
}

/** One root, some place where the learner may choose, some place where paths come together. */
function findShapeProblems(nodes: readonly MapNode[]): string[] {
  const problems: string[] = [];
  const roots = nodes.filter(({ pre_requisites: required }) => required.length === 0);
  const [root] = roots;
  if (root === undefined || roots.length > 1) {
    const mend =
      root === undefined
        ? 'here none is, so take away those of the node that comes first'
        : `here ${roots.map(({ id }) => id).join(', ')} are, so give all but one of them a prerequisite`;
    problems.push(`Exactly one node is without prerequisites, the start of the course; ${mend}.`);
  } else {
    if (root.layer !== 0) problems.push(`Node ${root.id} is the start of the course; it lies in layer 0.`);
    if (root.type !== 'learn') problems.push(`Node ${root.id} is the start of the course; its type is learn.`);
  }
  if (!nodes.some(({ type }) => type === 'learn')) {
    problems.push('At least one node has the type learn; here all are quizzes, with nothing taught to ask about.');
  }
  const layers = Map.groupBy(nodes, ({ layer }) => layer);
  if (![...layers.values()].some((layer) => layer.length >= 2)) {
    problems.push('At least one layer has two or more nodes, so that the learner can choose; here none has.');
  }
  if (!nodes.some(({ pre_requisites: required }) => required.length >= 2)) {
    problems.push('At least one node has two or more prerequisites, so that paths come together; here none has.');
  }
  return problems;
}

function findMetaProblems({ map_meta: meta, nodes }: CourseMap, request: CourseRequest): string[] {
  const problems: string[] = [];
  const sum = nodes.reduce((minutes, node) => minutes + node.estimated_minutes, 0);
  const budget = request.total_commitment_minutes;
  if (meta.mode !== request.mode) problems.push(`map_meta.mode is ${request.mode}, as was asked for.`);
  if (meta.time_budget_minutes !== budget) {
    problems.push(`map_meta.time_budget_minutes is ${budget}, as was asked for.`);
  }
  if (meta.time_sum_minutes !== sum) {
    problems.push(`map_meta.time_sum_minutes is ${sum}, the sum of the nodes' estimated_minutes.`);
  }
  if (meta.time_delta_minutes !== sum - budget) {
    problems.push(`map_meta.time_delta_minutes is ${sum - budget}, the sum less the budget.`);
  }
  return problems;
}

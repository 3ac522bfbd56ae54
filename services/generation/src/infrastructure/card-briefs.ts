/**
 * Puts together what an author is told about a node: the node itself, the request, and what the nodes that it
 * builds on have taught.
 */
import type { CourseRequest, MapMeta, MapNode, NodeKey } from '@coursewright/events';
import type { CardBrief, LearnedBefore } from '../application/author.ts';
import { keyOfNode } from '../application/course-states.ts';
import { learnPrerequisites, type PlacedNode } from '../domain/ready-nodes.ts';

export interface PlannedCourseRow {
  readonly id: string;
  readonly request: CourseRequest;
  readonly map_meta: MapMeta;
  readonly nodes: readonly MapNode[];
}

export interface KeyIdeasRow {
  readonly course_map_id: string;
  readonly node_id: string;
  readonly key_ideas: readonly string[];
}

/** The briefs of these nodes, by `keyOfNode`; a node that no course has is left out. */
export function briefsOf(
  keys: readonly NodeKey[],
  courses: readonly PlannedCourseRow[],
  ideas: readonly KeyIdeasRow[],
): Map<string, CardBrief> {
  const courseById = new Map(courses.map((course) => [course.id, course]));
  const ideasOf = new Map(
    ideas.map((row) => [keyOfNode({ courseMapId: row.course_map_id, nodeId: row.node_id }), row.key_ideas]),
  );
  const briefs = new Map<string, CardBrief>();
  for (const key of keys) {
    const course = courseById.get(key.courseMapId);
    const node = course?.nodes.find(({ id }) => id === key.nodeId);
    if (course === undefined || node === undefined) continue;
    briefs.set(keyOfNode(key), {
      course_name: course.map_meta.course_name,
      request: course.request,
      node,
      learned_before: learnedBefore(course, node.id, ideasOf),
    });
  }
  return briefs;
}

type TitledNode = PlacedNode & { readonly title: string };

/** A prerequisite that failed for good taught nothing: its title stays, its ideas are empty. */
function learnedBefore(
  course: PlannedCourseRow,
  nodeId: string,
  ideasOf: ReadonlyMap<string, readonly string[]>,
): LearnedBefore[] {
  const byId = new Map<string, TitledNode>(
    course.nodes.map(({ id, type, pre_requisites: preRequisites, title }) => [id, { nodeId: id, type, preRequisites, title }]),
  );
  const node = byId.get(nodeId);
  if (node === undefined) return [];
  return learnPrerequisites(node, byId).map((required) => ({
    title: required.title,
    key_ideas: ideasOf.get(keyOfNode({ courseMapId: course.id, nodeId: required.nodeId })) ?? [],
  }));
}

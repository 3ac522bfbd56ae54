/**
 * Running attempts, as recovery looks them up: a statement for each question, so that each is planned for itself. One
 * statement for all three read everything that is held, and sorted it, for every page.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';
import type { HeldBy, HeldWork } from '../application/course-states.ts';

/** Before every course there is. */
const START = { courseMapId: '00000000-0000-0000-0000-000000000000', nodeId: '' };

const NODES = "SELECT n.course_map_id, n.node_id, n.worker_id, n.attempt FROM node_states n WHERE n.status = 'generating'";
const PLANNINGS = `SELECT c.id AS course_map_id, '' COLLATE "C" AS node_id, c.worker_id, c.attempt FROM course_map_states c WHERE c.status = 'planning'`;

/** Each half is cut to a page before they are put together. */
function pageOf(nodes: string, plannings: string): string {
  const cut = (half: string): string => `
    (SELECT held.* FROM (${half}) held
     WHERE (held.course_map_id, held.node_id) > ($1::uuid, $2::text COLLATE "C") ORDER BY held.course_map_id, held.node_id LIMIT $3)`;
  return `
    SELECT page.course_map_id, nullif(page.node_id, '') AS node_id, page.worker_id, page.attempt
    FROM (${cut(nodes)} UNION ALL ${cut(plannings)}) page
    ORDER BY page.course_map_id, page.node_id
    LIMIT $3`;
}

// OFFSET 0 keeps the order and the page out of the choice of an index: an ordered walk over all nodes that ever were would
// look cheap to whoever plans for any page. These two read all that is held, and nothing else.
const overdue = 'deadline < clock_timestamp() OFFSET 0';

/** The questions, by the name of their statement. */
export const HELD_WORK = {
  /** $4: the worker. Walks its index in order, from one page to the next. */
  'work-held': pageOf(`${NODES} AND n.worker_id = $4`, `${PLANNINGS} AND c.worker_id = $4`),
  'work-overdue': pageOf(`${NODES} AND n.${overdue}`, `${PLANNINGS} AND c.${overdue}`),
  'work-running': pageOf(`${NODES} OFFSET 0`, `${PLANNINGS} OFFSET 0`),
} as const;

interface HeldRow {
  course_map_id: string;
  node_id: string | null;
  worker_id: string;
  attempt: number;
}

/** See `CourseStates.findHeldWork`. */
export async function findHeldWork(pool: pg.Pool, heldBy: HeldBy, after: HeldWork | null, limit: number): Promise<HeldWork[]> {
  const { courseMapId, nodeId } = after ?? START;
  const page = [courseMapId, nodeId ?? '', limit];
  const { rows } = await query<HeldRow>(pool, questionOf(heldBy, page));
  return rows.map((row) => ({ courseMapId: row.course_map_id, nodeId: row.node_id, workerId: row.worker_id, attempt: row.attempt }));
}

function questionOf(heldBy: HeldBy, page: readonly unknown[]): pg.QueryConfig {
  switch (heldBy.by) {
    case 'worker':
      return { name: 'work-held', text: HELD_WORK['work-held'], values: [...page, heldBy.workerId] };
    case 'overdue':
      return { name: 'work-overdue', text: HELD_WORK['work-overdue'], values: [...page] };
    case 'anyone':
      return { name: 'work-running', text: HELD_WORK['work-running'], values: [...page] };
  }
}

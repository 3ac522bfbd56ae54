/**
 * Running attempts, as recovery looks them up: a statement for each question, so that each is planned for itself. One
 * statement for all three read everything that is held, and sorted it, for every page.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';
import type { HeldBy, HeldWork } from '../application/course-states.ts';

/** Before every course there is. */
const START = { courseMapId: '00000000-0000-0000-0000-000000000000', nodeId: '' };

/**
 * Each half by its own index, and cut to a page before they are put together.
 *
 * @param among which attempts, in terms of `held`
 */
function pageOfHeldWork(among: string): string {
  return `
    SELECT page.course_map_id, nullif(page.node_id, '') AS node_id, page.worker_id, page.attempt
    FROM (
      (SELECT held.course_map_id, held.node_id, held.worker_id, held.attempt
       FROM node_states held
       WHERE held.status = 'generating' AND (held.course_map_id, held.node_id) > ($1, $2) AND ${among}
       ORDER BY held.course_map_id, held.node_id
       LIMIT $3)
      UNION ALL
      (SELECT held.id, '' COLLATE "C", held.worker_id, held.attempt
       FROM course_map_states held
       WHERE held.status = 'planning' AND held.id > $1 AND ${among}
       ORDER BY held.id
       LIMIT $3)
    ) page
    ORDER BY page.course_map_id, page.node_id
    LIMIT $3`;
}

const OF_WORKER = pageOfHeldWork('held.worker_id = $4');
// These two read all that is held; what a dead worker held is not among it any more when they are asked.
const OVERDUE = pageOfHeldWork('held.deadline < clock_timestamp()');
const OF_ANYONE = pageOfHeldWork('true');

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
      return { name: 'work-held', text: OF_WORKER, values: [...page, heldBy.workerId] };
    case 'overdue':
      return { name: 'work-overdue', text: OVERDUE, values: [...page] };
    case 'anyone':
      return { name: 'work-running', text: OF_ANYONE, values: [...page] };
  }
}

/**
 * What no path should leave behind, as the database shows it; see the port.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';
import type { Queue } from '../application/dispatcher.ts';
import type { Leftovers } from '../application/leftovers.ts';
import { OPEN_COURSES_PAGE } from './open-courses.ts';

const STUCK_COURSES = `
  WITH open AS MATERIALIZED (${OPEN_COURSES_PAGE})
  SELECT open.id,
    CASE c.status
      WHEN 'requested' THEN NOT EXISTS (
        SELECT FROM pgboss.job j WHERE j.name = 'plan-course-map' AND j.singleton_key = 'course_map-' || c.id AND j.state < 'completed')
      WHEN 'planning' THEN false
      WHEN 'generating' THEN waits.without_job OR NOT waits.moves
      ELSE true
    END AS stuck
  FROM open
  JOIN course_map_states c ON c.id = open.id
  CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(n.status = 'generating' OR n.last_event = 'GenerationScheduled'), false) AS moves,
           coalesce(bool_or(n.last_event = 'GenerationScheduled'
                            AND NOT EXISTS (SELECT FROM pgboss.job j WHERE j.name = 'generate-node' AND j.id = n.job_id)), false) AS without_job
    FROM node_states n
    WHERE n.course_map_id = c.id AND n.status IN ('pending', 'generating')
  ) waits
  ORDER BY open.id`;

/** By the table's own key, and cut to a page: to sort all that wait for each look would cost by what waits. */
function pageOfJobs(queue: Queue): string {
  return `(SELECT q.name, q.id, q.data FROM pgboss.job q
    WHERE q.name = '${queue}' AND q.state < 'completed' AND q.id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY q.id LIMIT $2)`;
}

const IDLE_JOBS = `
  SELECT j.name AS queue, j.id,
    CASE j.name
      WHEN 'generate-node' THEN NOT EXISTS (
        SELECT FROM node_states n
        WHERE n.course_map_id = (j.data ->> 'course_map_id')::uuid AND n.node_id = (j.data ->> 'node_id') COLLATE "C"
          AND n.job_id = j.id)
      ELSE NOT EXISTS (
        SELECT FROM course_map_states c
        WHERE c.id = (j.data ->> 'course_map_id')::uuid AND c.status IN ('requested', 'planning'))
    END AS idle
  FROM (
    SELECT page.name, page.id, page.data
    FROM (${(['generate-node', 'plan-course-map'] as const).map(pageOfJobs).join(' UNION ALL ')}) page
    ORDER BY page.id
    LIMIT $2
  ) j
  ORDER BY j.id`;

const FORGOTTEN = "SELECT c.id FROM llm_calls c WHERE c.status = 'in_flight' AND is_forgotten_call(c) LIMIT 500";

const DOUBT = `
  UPDATE llm_calls SET status = 'in_doubt', error_code = 'worker_lost', ended_at = clock_timestamp()
  WHERE id IN (${FORGOTTEN}) AND status = 'in_flight'`;

const DROP_OLD = `
  DELETE FROM llm_calls WHERE id IN (
    SELECT c.id FROM llm_calls c WHERE c.ended_at < clock_timestamp() - make_interval(days => $1) ORDER BY c.ended_at LIMIT 500)`;

export function createPostgresLeftovers(pool: pg.Pool, { retentionDays }: { readonly retentionDays: number }): Leftovers {
  return {
    async stuckCourses(after, limit) {
      const { rows } = await query<{ id: string; stuck: boolean }>(pool, { name: 'leftovers-courses', text: STUCK_COURSES, values: [after, limit] });
      return { found: rows.filter(({ stuck }) => stuck).map(({ id }) => id), next: nextOf(rows, limit) };
    },
    async idleJobs(after, limit) {
      const { rows } = await query<{ queue: Queue; id: string; idle: boolean }>(pool, { name: 'leftovers-jobs', text: IDLE_JOBS, values: [after, limit] });
      return { found: rows.filter(({ idle }) => idle).map(({ queue, id }) => ({ queue, id })), next: nextOf(rows, limit) };
    },
    async doubtForgottenCalls() {
      const { rowCount } = await query(pool, { name: 'leftovers-calls', text: DOUBT });
      return rowCount ?? 0;
    },
    async dropOldAnswers() {
      const { rowCount } = await query(pool, { name: 'leftovers-answers', text: DROP_OLD, values: [retentionDays] });
      return rowCount ?? 0;
    },
  };
}

function nextOf(page: readonly { readonly id: string }[], limit: number): string | null {
  return page.length < limit ? null : (page.at(-1)?.id ?? null);
}

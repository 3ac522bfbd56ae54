/**
 * Which courses have unfinished work: those that are not over, those in which somebody asked for a node again, and those
 * that were cancelled while a worker held a node.
 */

/**
 * A page of their ids, as `id` and in order: at most $2 of them, after $1 (null: from the first on). Each of its parts walks a
 * partial index of its own and is cut to a page of courses, so that a page costs the same however many are open.
 */
export const OPEN_COURSES_PAGE = `
  SELECT open.id
  FROM (
    (SELECT c.id FROM course_map_states c
     WHERE c.status IN ('requested', 'planning', 'generating') AND c.id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
     ORDER BY c.id LIMIT $2)
    UNION
    (SELECT DISTINCT n.course_map_id FROM node_states n
     WHERE n.status = 'pending' AND n.last_event = 'RetryRequested'
       AND n.course_map_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
     ORDER BY n.course_map_id LIMIT $2)
    UNION
    (SELECT DISTINCT n.course_map_id FROM node_states n
     WHERE n.status = 'cancelled' AND n.worker_id IS NOT NULL
       AND n.course_map_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
     ORDER BY n.course_map_id LIMIT $2)
  ) open
  ORDER BY open.id
  LIMIT $2`;

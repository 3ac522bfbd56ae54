/**
 * Which courses have unfinished work: those that are not over, those in which somebody asked for a node again, and those
 * that were cancelled while a worker held a node.
 */

/** A subquery of their ids, as `id`; each of its parts has a partial index. */
export const OPEN_COURSES = `
    SELECT c.id FROM course_map_states c WHERE c.status IN ('requested', 'planning', 'generating')
    UNION
    SELECT n.course_map_id FROM node_states n WHERE n.status = 'pending' AND n.last_event = 'RetryRequested'
    UNION
    SELECT n.course_map_id FROM node_states n WHERE n.status = 'cancelled' AND n.worker_id IS NOT NULL`;

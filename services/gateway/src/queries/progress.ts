/**
 * A course's progress: the question that is asked most often, and mostly answered as a moment ago. So the database is
 * first asked for the course's revision, which costs a quarter of the document; a document of that revision is kept and
 * passed on as it is. Every answer is as new as its request.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';

export interface Progress {
  /** How many events the course and its nodes have: another event, another revision. */
  readonly revision: string;
  /** The answer as JSON text, written by the database itself. */
  readonly document: string;
}

export interface ProgressQueries {
  /** How far the course is; undefined when there is no such course. */
  find(courseMapId: string): Promise<Progress | undefined>;
}

const REVISION = `
  SELECT c.version + coalesce((SELECT sum(n.version) FROM node_states n WHERE n.course_map_id = c.id), 0) AS revision
  FROM course_map_states c
  WHERE c.id = $1`;

// row_to_json and array_to_json write without spaces, in the order of the columns.
const PROGRESS = `
  SELECT row_to_json(document)::text AS document, n.revision
  FROM course_map_states c
  CROSS JOIN LATERAL (
    SELECT array_to_json(array_agg(row_of.shown ORDER BY s.place)) AS nodes,
           c.version + coalesce(sum(s.version), 0) AS revision,
           count(*) FILTER (WHERE s.node_type = 'learn') AS learn,
           count(*) FILTER (WHERE s.status = 'completed') AS completed,
           count(*) FILTER (WHERE s.status = 'failed') AS failed,
           count(*) FILTER (WHERE s.status IN ('pending', 'generating')) AS open
    FROM node_states s
    CROSS JOIN LATERAL (SELECT shown FROM (SELECT s.node_id, s.node_type AS type, s.status, s.error) shown) row_of
    WHERE s.course_map_id = c.id
  ) n
  CROSS JOIN LATERAL (
    SELECT c.id AS course_map_id,
           CASE
             WHEN c.status IN ('failed', 'cancelled') THEN c.status
             WHEN c.status IN ('requested', 'planning') THEN 'initializing'
             WHEN n.open > 0 THEN 'generating'
             WHEN n.failed > 0 THEN 'partial_failed'
             ELSE 'completed' END AS overall_status,
           CASE WHEN n.learn > 0 THEN round(n.completed::numeric / n.learn, 4) ELSE 0 END AS learn_progress,
           coalesce(n.nodes, '[]'::json) AS nodes_status,
           c.error
  ) document
  WHERE c.id = $1`;

export interface KeepingSettings {
  /** Documents that are kept at most; the one that was made longest ago goes first. */
  readonly most: number;
  /** A database that was set back to an earlier state may come to the same revision by other events. */
  readonly forMs: number;
}

const KEEPING: KeepingSettings = { most: 1000, forMs: 60_000 };

export function createProgressQueries(pool: pg.Pool, keeping: KeepingSettings = KEEPING): ProgressQueries {
  const kept = new Map<string, Progress & { readonly until: number }>();

  async function read(courseMapId: string): Promise<Progress | undefined> {
    const { rows } = await query<Progress & pg.QueryResultRow>(pool, { name: 'progress', text: PROGRESS, values: [courseMapId] });
    const [progress] = rows;
    kept.delete(courseMapId);
    if (progress === undefined) return undefined;
    kept.set(courseMapId, { ...progress, until: performance.now() + keeping.forMs });
    const [oldest] = kept.keys();
    if (kept.size > keeping.most && oldest !== undefined) kept.delete(oldest);
    return progress;
  }

  return {
    async find(courseMapId) {
      const known = kept.get(courseMapId);
      if (known === undefined || known.until < performance.now()) return read(courseMapId);
      const { rows } = await query<{ revision: string }>(pool, { name: 'progress-revision', text: REVISION, values: [courseMapId] });
      return rows[0]?.revision === known.revision ? known : read(courseMapId);
    },
  };
}

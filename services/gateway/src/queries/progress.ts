/**
 * A course's progress: the question that is asked most often, and mostly answered as a moment ago. So the database is
 * first asked for the course's revision, which costs a quarter of the document; a document of that revision is kept and
 * passed on as it is. Every answer is as new as its request.
 */
import type pg from 'pg';
import { forgetOldest } from '@coursewright/process';
import { progressDocument } from './progress-document.ts';
import type { Reader } from './reader.ts';

export interface Progress {
  /** How many events the course and its nodes have: another event, another revision. */
  readonly revision: string;
  /** The answer as JSON text, written by the database itself. */
  readonly document: string;
}

export interface ProgressQueries {
  /** How far the course is; undefined when there is no such course. */
  find(reader: Reader, courseMapId: string): Promise<Progress | undefined>;
}

const REVISION = `
  SELECT c.version + coalesce((SELECT sum(n.version) FROM node_states n WHERE n.course_map_id = c.id), 0) AS revision
  FROM course_map_states c
  WHERE c.id = $1`;

const PROGRESS = `
  SELECT row_to_json(document)::text AS document, c.version + n.versions AS revision
  FROM course_map_states c
  ${progressDocument('c.id', { from: 'node_states', where: 's.course_map_id = c.id' })}
  WHERE c.id = $1`;

export interface KeepingSettings {
  /** Documents that are kept at most; the one that was made longest ago goes first. */
  readonly most: number;
  /** A database that was set back to an earlier state may come to the same revision by other events. */
  readonly forMs: number;
}

const KEEPING: KeepingSettings = { most: 1000, forMs: 60_000 };

export function createProgressQueries(keeping: KeepingSettings = KEEPING): ProgressQueries {
  const kept = new Map<string, Progress & { readonly until: number }>();

  async function read(reader: Reader, courseMapId: string): Promise<Progress | undefined> {
    const { rows } = await reader.query<Progress & pg.QueryResultRow>({ name: 'progress', text: PROGRESS, values: [courseMapId] });
    const [progress] = rows;
    kept.delete(courseMapId);
    if (progress === undefined) return undefined;
    kept.set(courseMapId, { ...progress, until: performance.now() + keeping.forMs });
    forgetOldest(kept, keeping.most);
    return progress;
  }

  return {
    async find(reader, courseMapId) {
      const known = kept.get(courseMapId);
      if (known === undefined || known.until < performance.now()) return read(reader, courseMapId);
      const { rows } = await reader.query<{ revision: string }>({ name: 'progress-revision', text: REVISION, values: [courseMapId] });
      return rows[0]?.revision === known.revision ? known : read(reader, courseMapId);
    },
  };
}

/**
 * Moves the events of courses that are over out of the log's table, and back. What it means is in migration 0019.
 */
import type pg from 'pg';
import { asOwner } from './as-owner.ts';

export interface Archived {
  readonly courses: number;
  readonly events: number;
}

/** Few enough that nobody waits long for a course that is being moved. */
const COURSES_AT_A_TIME = 100;

/**
 * Archives every course that has been over since before an instant; some in a transaction, so it may be ended at any time
 * and called again. As the owner of the database, while the services run.
 */
export async function archive(databaseUrl: string, before: Date, onProgress: (archived: Archived) => void = () => undefined): Promise<Archived> {
  return asOwner(databaseUrl, 'coursewright-archive', async (client) => {
    let after: string | null = null;
    let archived: Archived = { courses: 0, events: 0 };
    for (;;) {
      const page: pg.QueryResult<{ last_id: string | null; courses: number; events: string }> =
        await client.query('SELECT * FROM archive_courses($1, $2, $3)', [before, after, COURSES_AT_A_TIME]);
      const [row] = page.rows;
      if (row === undefined || row.last_id === null) return archived;
      after = row.last_id;
      archived = { courses: archived.courses + row.courses, events: archived.events + Number(row.events) };
      onProgress(archived);
    }
  });
}

/** Brings an archived course back; may be called for one that is not archived. Returns how many events came back. */
export async function restoreFromArchive(databaseUrl: string, courseMapId: string): Promise<number> {
  return asOwner(databaseUrl, 'coursewright-archive', async (client) => {
    const { rows } = await client.query<{ events: string }>('SELECT restore_course($1) AS events', [courseMapId]);
    return Number(rows[0]?.events ?? 0);
  });
}

/**
 * Moves the events of courses that are over out of the log's table, and back. What it means is in migration 0019.
 */
import type pg from 'pg';
import { asOwner } from './as-owner.ts';

export interface Archived {
  readonly courses: number;
  readonly events: number;
}

const ARCHIVABLE = `
  SELECT count(*)::integer AS courses, coalesce(sum(of.events), 0)::float AS events
  FROM course_map_states c
  CROSS JOIN LATERAL (
    SELECT count(*) AS events FROM streams_of_course(c.id) s JOIN recorded_events e ON e.stream >= s.first AND e.stream < s.behind
  ) of
  WHERE c.status IN ('completed', 'failed', 'cancelled') AND can_be_archived(c.id, $1)`;

/** What {@link archive} would archive now. Reads only. */
export async function archivable(databaseUrl: string, before: Date): Promise<Archived> {
  return asOwner(databaseUrl, 'coursewright-archive', async (client) => {
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query<Archived & pg.QueryResultRow>(ARCHIVABLE, [before]);
    return rows[0] ?? { courses: 0, events: 0 };
  });
}

/**
 * Archives every course that has been over since before an instant; each in a transaction of its own, so it may be ended at any
 * time and called again. As the owner of the database, while the services run: it waits for nobody, and leaves what is held.
 */
export async function archive(databaseUrl: string, before: Date, onProgress: (archived: Archived) => void = () => undefined): Promise<Archived> {
  return asOwner(databaseUrl, 'coursewright-archive', async (client) => {
    // Of a crash it may lose the last few moves, and they are made again.
    await client.query('SET synchronous_commit = off');
    let after: string | null = null;
    let archived: Archived = { courses: 0, events: 0 };
    for (;;) {
      const next: pg.QueryResult<{ id: string | null; events: string }> = await client.query({
        name: 'archive-next', text: 'SELECT * FROM archive_next_course($1, $2)', values: [before, after],
      });
      const [row] = next.rows;
      if (row === undefined || row.id === null) return archived;
      after = row.id;
      const events = Number(row.events);
      if (events === 0) continue;
      archived = { courses: archived.courses + 1, events: archived.events + events };
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

/**
 * What a stream of events begins with: how a course stands at a position, and what happened between two positions.
 */
import type { EventMetadata, StreamName, UndecodedEvent } from '@coursewright/events';
import { progressDocument } from './progress-document.ts';
import type { Reader } from './reader.ts';

/** How something stands, seen in one instant with the end of the log. */
export interface Snapshot {
  readonly position: bigint;
  /** JSON on one line. */
  readonly document: string;
}

const HEAD = '(SELECT coalesce(max(p.position), 0) FROM event_positions p) AS position';

// One statement, so one snapshot: the document counts exactly the events up to the position.
const OF_COURSE = `
  SELECT row_to_json(document)::text AS document, ${HEAD}
  FROM course_map_states c
  ${progressDocument('c.id', { from: 'node_states', where: 's.course_map_id = c.id' })}
  WHERE c.id = $1`;
const OF_ALL = `
  SELECT json_build_object('courses', coalesce((
    SELECT json_object_agg(s.status, s.courses ORDER BY s.status) FROM (SELECT c.status, count(*) AS courses FROM course_map_states c GROUP BY 1) s
  ), '{}'))::text AS document, ${HEAD}`;
const EVENTS = 'SELECT position, stream, version, type, schema_version, data, metadata, recorded_at FROM course_history($1, $2, $3)';

interface SnapshotRow {
  readonly position: string;
  readonly document: string;
}

interface EventRow {
  readonly position: string;
  readonly stream: StreamName;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
  readonly metadata: EventMetadata;
  readonly recorded_at: Date;
}

/** A course's progress; undefined when there is no such course. */
export async function snapshotOf(reader: Reader, courseMapId: string): Promise<Snapshot | undefined> {
  const { rows } = await reader.query<SnapshotRow>({ name: 'snapshot-of-course', text: OF_COURSE, values: [courseMapId] });
  return rows.map(snapshot)[0];
}

/** How many courses there are of each status. */
export async function snapshotOfAll(reader: Reader): Promise<Snapshot> {
  const { rows } = await reader.query<SnapshotRow>({ name: 'snapshot-of-all', text: OF_ALL });
  return rows.map(snapshot)[0] ?? { position: 0n, document: '{}' };
}

/** A course's events behind `after`, in order. */
export async function eventsOf(reader: Reader, courseMapId: string, after: bigint, limit: number): Promise<readonly UndecodedEvent[]> {
  const { rows } = await reader.query<EventRow>({ name: 'events-of-course', text: EVENTS, values: [courseMapId, after, limit] });
  return rows.map(({ position, schema_version: schemaVersion, recorded_at: recordedAt, ...row }) => ({ ...row, position: BigInt(position), schemaVersion, recordedAt }));
}

function snapshot({ position, document }: SnapshotRow): Snapshot {
  return { position: BigInt(position), document };
}

/**
 * Questions about a course's past, answered from the log.
 */
import { nodeOfStream } from '@coursewright/events';
import { progressDocument } from './progress-document.ts';
import type { Reader } from './reader.ts';

/** One thing that happened. */
export interface HistoryEntry {
  readonly position: number;
  /** When it got its place in the log: `2026-11-23T10:00:00.123456Z`. Asked how the course stood then, it has happened. */
  readonly at: string;
  /** The event's type. */
  readonly what: string;
  /** Null for what happened to the course itself. */
  readonly node_id: string | null;
  readonly attempt: number | null;
  readonly worker_id: string | null;
  /** Who: a worker, `gateway`, or the operator by his database user; and through what. */
  readonly who: string;
  readonly via: string;
  /** A reason, a cause, or the error; null when nothing needed one. */
  readonly why: string | null;
  readonly correlation_id: string;
}

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** Where the next page begins; null when this is the last for now. */
  readonly next: number | null;
}

const PROGRESS_AT = `
  WITH stood AS (SELECT * FROM course_at($1, position_at($2::timestamptz)))
  SELECT row_to_json(document)::text AS document
  FROM stood c
  ${progressDocument('$1::uuid', { from: 'stood', where: 's.node_id IS NOT NULL' })}
  WHERE c.node_id IS NULL`;

const HISTORY = `
  SELECT position, stream, type, data, metadata, to_char(placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
  FROM course_history($1, $2, $3)`;
const EXISTS = 'SELECT FROM course_map_states WHERE id = $1';

interface HistoryRow {
  readonly position: string;
  readonly stream: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly at: string;
}

/**
 * The document of a course's progress as it stood at an instant, as JSON text; undefined when it was not there yet.
 * @param at as in {@link HistoryEntry.at}: to the microsecond, for which a Date is too coarse
 */
export async function progressAt(reader: Reader, courseMapId: string, at: string): Promise<string | undefined> {
  const { rows } = await reader.query<{ document: string }>({ name: 'progress-at', text: PROGRESS_AT, values: [courseMapId, at] });
  return rows[0]?.document;
}

/** What happened to a course, after a position; undefined when there is no such course. */
export async function historyOf(reader: Reader, courseMapId: string, after: bigint, limit: number): Promise<HistoryPage | undefined> {
  const { rows } = await reader.query<HistoryRow>({ name: 'history', text: HISTORY, values: [courseMapId, after, limit] });
  if (rows.length === 0) {
    const found = await reader.query({ name: 'history-exists', text: EXISTS, values: [courseMapId] });
    if (found.rowCount === 0) return undefined;
  }
  const entries = rows.map(entryOf);
  return { entries, next: entries.length < limit ? null : (entries.at(-1)?.position ?? null) };
}

function entryOf({ position, stream, type, data, metadata, at }: HistoryRow): HistoryEntry {
  return {
    position: Number(position),
    at,
    what: type,
    node_id: nodeOfStream(stream)?.nodeId ?? null,
    attempt: typeof data['attempt'] === 'number' ? data['attempt'] : null,
    worker_id: textOf(data['worker_id']),
    who: textOf(metadata['actor']) ?? 'unknown',
    via: textOf(metadata['via']) ?? 'unknown',
    why: whyOf(data, metadata),
    correlation_id: textOf(metadata['correlation_id']) ?? '',
  };
}

/** What an operator wrote comes first, for it says most. */
function whyOf(data: HistoryRow['data'], metadata: HistoryRow['metadata']): string | null {
  const error = data['error'] as { readonly code?: unknown; readonly message?: unknown } | undefined;
  const told = [textOf(error?.code), textOf(error?.message)].filter((part) => part !== null).join(': ');
  return textOf(metadata['reason']) ?? textOf(data['reason']) ?? textOf(data['cause']) ?? (told === '' ? null : told);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

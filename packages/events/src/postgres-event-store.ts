/**
 * The event store on Postgres: the only file that knows the tables of the log. What it promises stands in
 * `event-store.ts`; the rules themselves (versions, positions, append-only) are kept by the database, in
 * `db/migrations/0002_event_log.sql`, so that they hold for every program and for psql.
 */
import type pg from 'pg';
import { query, type Transaction } from '@coursewright/postgres';
import { createAppendGroup } from './append-group.ts';
import { translateDatabaseError } from './database-errors.ts';
import { codec, type EventMetadata, type RecordedEvent, type UndecodedEvent } from './event.ts';
import { UndecodableEventError } from './errors.ts';
import type { EventStore, LogMark, ReadAllOptions, StreamAppend, StreamPage } from './event-store.ts';
import type { StreamName } from './stream-name.ts';

const APPEND = 'SELECT append_to_streams($1::jsonb)';

const READ_STREAM = `
  SELECT position, stream, version, type, schema_version, data, metadata, recorded_at
  FROM events
  WHERE stream = $1 AND version >= $2
  ORDER BY version`;

// The page is cut by positions looked at, not by events found: a reader that wants few types still moves on. Its last
// row is always there and says how far. OFFSET 0 keeps the planner from joining the whole log with a page of it.
const READ_ALL = `
  WITH page AS MATERIALIZED (
    SELECT p.position, p.event_id, p.placed_at FROM event_positions p WHERE p.position > $1 ORDER BY p.position LIMIT $2
  )
  SELECT p.position, p.placed_at::text AS placed_at, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, e.recorded_at, e.wanted
  FROM page p
  CROSS JOIN LATERAL (
    SELECT r.*,
      ($3::text[] IS NULL OR r.type = ANY ($3))
      AND ($4::text IS NULL OR r.stream = $4)
      AND ($5::text[] IS NULL OR split_part(r.stream, '-', 1) = ANY ($5))
      AND ($6::integer IS NULL OR stream_partition(r.stream, $6) = $7) AS wanted
    FROM kept_events r WHERE r.id = p.event_id OFFSET 0
  ) e
  WHERE e.wanted OR p.position = (SELECT max(position) FROM page)
  ORDER BY p.position`;

const HEAD = 'SELECT coalesce(max(position), 0) AS head FROM event_positions';

const LAST_MARK = 'SELECT p.position, p.placed_at::text AS placed_at FROM event_positions p ORDER BY p.position DESC LIMIT 1';

const STILL_HAS = 'SELECT FROM event_positions p WHERE p.position = $1 AND p.placed_at::text = $2';

interface EventRow {
  position: string;
  stream: StreamName;
  version: number;
  type: string;
  schema_version: number;
  data: unknown;
  metadata: EventMetadata;
  recorded_at: Date;
}

interface PageRow extends EventRow {
  placed_at: string;
  wanted: boolean;
}

/** The store over this pool. Several may exist; they meet in the database. */
export function createPostgresEventStore(pool: pg.Pool): EventStore {
  const group = createAppendGroup((appends) => append(appends, (statement) => query(pool, statement)));

  async function rowsOfStream(stream: StreamName, fromVersion: number, transaction: Transaction | undefined): Promise<EventRow[]> {
    const statement = { name: 'events-read-stream', text: READ_STREAM, values: [stream, fromVersion] };
    const { rows } = await (transaction === undefined ? query<EventRow>(pool, statement) : transaction.query<EventRow>(statement));
    return rows;
  }

  /** The rows that are wanted, and how far the page goes. */
  async function rowsOfLog(
    { after, limit, types, stream, categories, partition }: ReadAllOptions,
    transaction: Transaction | undefined,
  ): Promise<{ wanted: EventRow[]; readUpTo: bigint; mark: LogMark | undefined }> {
    const values = [after, limit, types ?? null, stream ?? null, categories ?? null, partition?.of ?? null, partition?.index ?? null];
    const statement = { name: 'events-read-all', text: READ_ALL, values };
    const { rows } = await (transaction === undefined ? query<PageRow>(pool, statement) : transaction.query<PageRow>(statement));
    const last = rows.at(-1);
    return { wanted: rows.filter(({ wanted }) => wanted), readUpTo: BigInt(last?.position ?? after), mark: last && markOf(last) };
  }

  return {
    appendToStreams: (appends, transaction) => append(appends, (statement) => transaction.query(statement)),

    appendToStream: (streamAppend) => group.append(streamAppend),

    async readStream(stream, fromVersion = 1, transaction) {
      return (await rowsOfStream(stream, fromVersion, transaction)).map(decodeRow);
    },

    async readStreamAsFarAsDecodable(stream, fromVersion, transaction) {
      return decodeRows(await rowsOfStream(stream, fromVersion, transaction));
    },

    async readAll(options, transaction) {
      const { wanted, readUpTo, mark } = await rowsOfLog(options, transaction);
      const page = decodeRows(wanted);
      return { ...page, mark, readUpTo: page.undecodable === undefined ? readUpTo : page.undecodable.position - 1n };
    },

    async readStreamUndecoded(stream, fromVersion, transaction) {
      return { events: (await rowsOfStream(stream, fromVersion, transaction)).map(undecoded) };
    },

    async readAllUndecoded(options, transaction) {
      const { wanted, readUpTo, mark } = await rowsOfLog(options, transaction);
      return { events: wanted.map(undecoded), readUpTo, mark };
    },

    async head() {
      const { rows } = await query<{ head: string }>(pool, { name: 'events-head', text: HEAD });
      return BigInt(rows[0]?.head ?? 0);
    },

    async lastMark() {
      const { rows: [last] } = await query<Pick<PageRow, 'position' | 'placed_at'>>(pool, { name: 'events-last-mark', text: LAST_MARK });
      return last && markOf(last);
    },

    async stillHas({ position, placedAt }) {
      const { rowCount } = await query(pool, { name: 'events-still-has', text: STILL_HAS, values: [position, placedAt] });
      return rowCount === 1;
    },
  };
}

async function append(
  appends: readonly StreamAppend[],
  run: (statement: pg.QueryConfig) => Promise<unknown>,
): Promise<void> {
  if (appends.length === 0) return;
  const encoded = appends.map(({ stream, expectedVersion, events, metadata }) => ({
    stream,
    expected_version: expectedVersion,
    metadata,
    events: events.map((event) => codec.encode(event)),
  }));
  try {
    await run({ name: 'events-append', text: APPEND, values: [JSON.stringify(encoded)] });
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

function markOf({ position, placed_at: placedAt }: Pick<PageRow, 'position' | 'placed_at'>): LogMark {
  return { position: BigInt(position), placedAt };
}

/** Decodes as far as it goes. */
function decodeRows(rows: readonly EventRow[]): StreamPage {
  const events: RecordedEvent[] = [];
  for (const row of rows) {
    try {
      events.push(decodeRow(row));
    } catch (error) {
      if (!(error instanceof UndecodableEventError)) throw error;
      return { events, undecodable: { position: BigInt(row.position), stream: row.stream, type: row.type, error } };
    }
  }
  return { events };
}

function decodeRow(row: EventRow): RecordedEvent {
  return {
    ...codec.decode(row),
    position: BigInt(row.position),
    stream: row.stream,
    version: row.version,
    metadata: row.metadata,
    recordedAt: row.recorded_at,
    // The codec has checked type and data against the schema that RecordedEvent is inferred from.
  } as RecordedEvent;
}

function undecoded({ position, stream, version, type, schema_version: schemaVersion, data, metadata, recorded_at: recordedAt }: EventRow): UndecodedEvent {
  return { position: BigInt(position), stream, version, type, schemaVersion, data, metadata, recordedAt };
}

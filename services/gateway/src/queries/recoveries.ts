/**
 * Questions about recoveries that were asked for, and whether anybody is there to answer.
 */
import type pg from 'pg';
import { codec, query, type RecoveryStats, type StreamName } from '@coursewright/events';

const ANSWERS = `
  SELECT e.stream, e.type, e.schema_version, e.data FROM events e
  WHERE e.stream = ANY ($1) AND e.version = 2 AND e.type = 'RecoveryCompleted'`;

const ANYBODY = 'SELECT EXISTS (SELECT FROM workers w JOIN held_beacons b ON b.lock_key = w.lock_key) AS anybody';

/** Of these recovery streams, the answers that were given. */
export async function findRecoveryAnswers(
  pool: pg.Pool,
  streams: readonly string[],
): Promise<Map<string, RecoveryStats>> {
  const { rows } = await query<{ stream: StreamName; type: string; schema_version: number; data: unknown }>(pool, {
    name: 'recovery-answers',
    text: ANSWERS,
    values: [streams],
  });
  return new Map(
    rows.map((row) => [row.stream, (codec.decode(row).data as { readonly stats: RecoveryStats }).stats]),
  );
}

/** Whether a generation process is alive. */
export async function isAnybodyGenerating(pool: pg.Pool): Promise<boolean> {
  const { rows } = await query<{ anybody: boolean }>(pool, { name: 'anybody', text: ANYBODY });
  return rows[0]?.anybody ?? false;
}

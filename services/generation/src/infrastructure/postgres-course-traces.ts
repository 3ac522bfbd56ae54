/**
 * The traces of courses, by the event that asked for each.
 */
import type pg from 'pg';
import { courseMapStream, query } from '@coursewright/events';
import { forgetOldest } from '@coursewright/process';
import { inSpan, remoteParent, SpanKind } from '@coursewright/telemetry';
import type { CourseTraces } from '../application/course-traces.ts';

const TRACEPARENT = "SELECT e.metadata ->> 'traceparent' AS traceparent FROM recorded_events e WHERE e.stream = $1 AND e.version = 1";
/** Courses in hand are asked for once for each of their nodes. */
const MOST_REMEMBERED = 1000;

/** Nothing is recorded, so nothing is looked up. */
export const NO_TRACES: CourseTraces = { follow: (_courseMapId, _name, _attributes, work) => work() };

export function createPostgresCourseTraces(pool: pg.Pool): CourseTraces {
  const known = new Map<string, string | undefined>();

  /** A trace is worth less than the work: who cannot be told which it is goes on without. */
  async function traceparentOf(courseMapId: string): Promise<string | undefined> {
    if (known.has(courseMapId)) return known.get(courseMapId);
    try {
      const statement = { name: 'traceparent', text: TRACEPARENT, values: [courseMapStream(courseMapId)] };
      const { rows } = await query<{ traceparent: string | null }>(pool, statement);
      known.set(courseMapId, rows[0]?.traceparent ?? undefined);
    } catch {
      return undefined;
    }
    forgetOldest(known, MOST_REMEMBERED);
    return known.get(courseMapId);
  }

  return {
    async follow(courseMapId, name, attributes, work) {
      const parent = remoteParent(await traceparentOf(courseMapId));
      return inSpan(name, { kind: SpanKind.CONSUMER, attributes: { 'coursewright.course_map_id': courseMapId, ...attributes }, parent }, work);
    },
  };
}

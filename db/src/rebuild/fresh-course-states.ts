/**
 * The projections of courses and nodes, folded anew from the log into tables of their own, in a schema that nobody reads. By the
 * very functions that fold every append: they are copied with another search path, so there is no second fold to keep equal.
 *
 * Courses are folded many at a time. What matters is the order within a course: its own events in turn, and each node's events
 * in turn between those. So the events of all of them are laid out in waves, a course's next event or a node's next event in
 * each, and a wave is appended by one statement.
 */
import type pg from 'pg';

/** Owned by whoever rebuilds, and gone when he is done. */
export const FRESH_SCHEMA = 'rebuild';

export const COURSE_TABLES = ['course_map_states', 'node_states'] as const;
export type CourseTable = (typeof COURSE_TABLES)[number];

const FOLDING_FUNCTIONS = ['raise_event_does_not_fit(text, integer, text)', 'project_course_map_event(uuid, recorded_events)', 'project_events()'];

const TABLES = `
  CREATE UNLOGGED TABLE rebuild.course_map_states (LIKE public.course_map_states INCLUDING DEFAULTS, PRIMARY KEY (id))
    WITH (fillfactor = 50, autovacuum_enabled = false);
  CREATE UNLOGGED TABLE rebuild.node_states (LIKE public.node_states INCLUDING DEFAULTS, PRIMARY KEY (course_map_id, node_id))
    WITH (fillfactor = 50, autovacuum_enabled = false);
  CREATE UNLOGGED TABLE rebuild.recorded_events (LIKE public.recorded_events) WITH (autovacuum_enabled = false);
  CREATE UNLOGGED TABLE rebuild.staged (wave integer NOT NULL, LIKE public.recorded_events) WITH (autovacuum_enabled = false);
  CREATE INDEX ON rebuild.staged (wave);
  -- Empty: nothing was folded here yet.
  CREATE UNLOGGED TABLE rebuild.event_positions (LIKE public.event_positions);`;

const TRIGGER = `
  CREATE TRIGGER project AFTER INSERT ON rebuild.recorded_events REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rebuild.project_events()`;

const FOLD = `
  CREATE FUNCTION rebuild.fold_courses(p_ids uuid[]) RETURNS bigint
  LANGUAGE plpgsql SET search_path = rebuild, public, pg_temp SET enable_seqscan = off AS $fold$
  DECLARE
    v_wave integer;
    v_events bigint;
  BEGIN
    DELETE FROM node_states n WHERE n.course_map_id = ANY (p_ids);
    DELETE FROM course_map_states c WHERE c.id = ANY (p_ids);
    TRUNCATE staged, recorded_events;
    WITH found AS (
      SELECT wanted.id AS course, p.position, starts_with(e.stream, 'course_map-') AS is_course, e.stream, e.version, e.type,
             e.schema_version, e.data, e.metadata, e.recorded_at
      FROM unnest(p_ids) AS wanted (id)
      CROSS JOIN LATERAL streams_of_course(wanted.id) s
      CROSS JOIN LATERAL (SELECT * FROM kept_events k WHERE k.stream >= s.first AND k.stream < s.behind OFFSET 0) e
      CROSS JOIN LATERAL (SELECT p.position FROM public.event_positions p WHERE p.event_id = e.id OFFSET 0) p
    ), segmented AS (
      SELECT f.*, count(*) FILTER (WHERE f.is_course) OVER (PARTITION BY f.course ORDER BY f.position) AS segment FROM found f
    ), ranked AS (
      SELECT s.*, row_number() OVER (PARTITION BY s.stream, s.segment ORDER BY s.version) AS round FROM segmented s
    )
    INSERT INTO staged (wave, id, stream, version, type, schema_version, data, metadata, recorded_at)
    SELECT dense_rank() OVER (ORDER BY r.segment, NOT r.is_course, r.round), r.position, r.stream, r.version, r.type,
           r.schema_version, r.data, r.metadata, r.recorded_at
    FROM ranked r;
    GET DIAGNOSTICS v_events = ROW_COUNT;
    FOR v_wave IN SELECT DISTINCT s.wave FROM staged s ORDER BY 1 LOOP
      INSERT INTO recorded_events
      SELECT s.id, s.stream, s.version, s.type, s.schema_version, s.data, s.metadata, s.recorded_at FROM staged s WHERE s.wave = v_wave;
    END LOOP;
    RETURN v_events;
  END
  $fold$`;

const NEXT_COURSES = `
  SELECT ARRAY(
    SELECT substr(e.stream, 12)::uuid FROM public.kept_events e
    WHERE e.stream > $1 COLLATE "C" AND e.stream < 'course_map.' COLLATE "C" AND e.version = 1
    ORDER BY e.stream LIMIT $2
  ) AS ids`;

/** Makes the schema, empty. One that another run left behind is dropped. */
export async function createFreshCourseStates(client: pg.ClientBase): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS ${FRESH_SCHEMA} CASCADE; CREATE SCHEMA ${FRESH_SCHEMA}; ${TABLES}`);
  for (const signature of FOLDING_FUNCTIONS) {
    const { rows } = await client.query<{ definition: string }>('SELECT pg_get_functiondef($1::regprocedure) AS definition', [signature]);
    const copy = (rows[0]?.definition ?? '')
      .replace('FUNCTION public.', `FUNCTION ${FRESH_SCHEMA}.`)
      .replace("SET search_path TO 'public'", `SET search_path TO '${FRESH_SCHEMA}', 'public'`);
    // So that its parameter is a row of the fresh log, which is what the trigger gives.
    await client.query(`SET search_path = ${FRESH_SCHEMA}, public; ${copy}; SET search_path = public`);
  }
  await client.query(`${TRIGGER}; ${FOLD}`);
}

/** The courses of the log behind one, in order of id; of the first one where none is given. */
export async function nextCourses(client: pg.ClientBase, after: string | undefined, limit: number): Promise<readonly string[]> {
  const { rows } = await client.query<{ ids: string[] }>(NEXT_COURSES, [`course_map-${after ?? ''}`, limit]);
  return rows[0]?.ids ?? [];
}

/** Folds these courses anew, from everything that is committed of them. Returns how many events that were. */
export async function foldCourses(client: pg.ClientBase, ids: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ events: string }>('SELECT rebuild.fold_courses($1) AS events', [ids]);
  return Number(rows[0]?.events ?? 0);
}

/**
 * The projections of courses and nodes, compared with the log and made what it says, while the services run.
 *
 * First every course is folded anew beside them, which takes as long as it takes and locks nothing. Courses that moved meanwhile
 * look as if they differed; those are folded once more. What differs then is locked, course by course in order, so that nothing
 * can be appended to it; folded for the last time, compared, and replaced, all in one transaction. Rows that are right are not
 * touched, so a swap costs what was wrong, and a service waits for it only where something was.
 */
import type pg from 'pg';
import { createFreshCourseStates, FRESH_SCHEMA, foldCourses, nextCourses } from './fresh-course-states.ts';
import { differencesAmong, differingKeys, replaceDifferences, type ComparedTables, type Difference } from './differences.ts';
import type { Projection, RebuildStage, Rebuilt } from './projection.ts';

/** Some thousand events. */
const COURSES_AT_A_TIME = 250;
const SHOWN = 20;

const TABLES: readonly ComparedTables[] = [
  { kept: 'public.course_map_states', fresh: `${FRESH_SCHEMA}.course_map_states`, key: ['id'] },
  { kept: 'public.node_states', fresh: `${FRESH_SCHEMA}.node_states`, key: ['course_map_id', 'node_id'] },
];

const EVENTS_OF_COURSES = "SELECT count(*) AS events FROM kept_events WHERE stream < 'recovery-' COLLATE \"C\"";
// In the order in which everybody locks: courses first, then their nodes.
const LOCK = `
  SELECT FROM course_map_states WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;
const LOCK_NODES = `
  SELECT FROM node_states WHERE course_map_id = ANY ($1::uuid[]) ORDER BY course_map_id, node_id FOR UPDATE`;

export const courseStates: Projection = {
  name: 'courses',
  what: 'course_map_states and node_states: how every course and node stands',
  rebuild,
};

async function rebuild({ client, replace, onProgress }: RebuildStage): Promise<Rebuilt> {
  const { rows } = await client.query<{ events: string }>(EVENTS_OF_COURSES);
  const total = Number(rows[0]?.events ?? 0);
  await createFreshCourseStates(client);
  try {
    const startedAt = performance.now();
    let events = 0;
    let after: string | undefined;
    for (;;) {
      const ids = await nextCourses(client, after, COURSES_AT_A_TIME);
      if (ids.length === 0) break;
      events += await foldCourses(client, ids);
      after = ids.at(-1);
      onProgress(Math.min(events, total), total);
    }
    await client.query('ANALYZE rebuild.course_map_states, rebuild.node_states');
    const seconds = (performance.now() - startedAt) / 1000;
    return { events, seconds, ...(await settle(client, replace)) };
  } finally {
    await client.query(`DROP SCHEMA IF EXISTS ${FRESH_SCHEMA} CASCADE`);
  }
}

async function settle(client: pg.ClientBase, replace: boolean): Promise<Omit<Rebuilt, 'events' | 'seconds'>> {
  const moved = await differing(client);
  await refold(client, moved);
  const suspects = await differing(client, moved);
  if (suspects.length === 0) return { differences: [], count: 0, replaced: 0 };

  await client.query('BEGIN');
  try {
    await client.query("SET LOCAL lock_timeout = '30s'");
    await client.query(LOCK, [suspects]);
    await client.query(LOCK_NODES, [suspects]);
    await refold(client, suspects);
    const differences: Difference[] = [];
    let [count, replaced] = [0, 0];
    for (const tables of TABLES) {
      const found = await differencesAmong(client, tables, suspects, SHOWN);
      count += found.count;
      differences.push(...found.differences);
      if (replace && found.count > 0) replaced += await replaceDifferences(client, tables, suspects);
    }
    await client.query('COMMIT');
    return { differences: differences.slice(0, SHOWN), count, replaced };
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** The courses that differ in either table; among these alone, where some are given. */
async function differing(client: pg.ClientBase, among?: readonly string[]): Promise<readonly string[]> {
  if (among?.length === 0) return [];
  const found = new Set<string>();
  for (const tables of TABLES) for (const id of await differingKeys(client, tables, among)) found.add(id);
  return [...found].sort();
}

async function refold(client: pg.ClientBase, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += COURSES_AT_A_TIME) await foldCourses(client, ids.slice(from, from + COURSES_AT_A_TIME));
}

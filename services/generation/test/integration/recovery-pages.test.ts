/**
 * What recovery and the reconciler page through: however large a page is, everything is found, once and in order; and what is
 * long over is not read on the way.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { createPostgresCourseStates } from '../../src/infrastructure/postgres-course-states.ts';
import { createPostgresLeftovers } from '../../src/infrastructure/postgres-leftovers.ts';
import { HELD_WORK } from '../../src/infrastructure/held-work.ts';
import type { HeldBy, HeldWork } from '../../src/application/course-states.ts';

const { url } = await testDatabase(t);
const pool = new pg.Pool({ connectionString: url, max: 2, options: '-c enable_seqscan=off' });
t.teardown(() => pool.end());
const states = createPostgresCourseStates(pool);
const leftovers = createPostgresLeftovers(pool, { retentionDays: 1 });

// The projections are filled by hand: only a log that went through all of this could have made them otherwise.
const COURSE = `
  INSERT INTO course_map_states (id, version, last_event, status, request, created_at, worker_id, deadline, attempt)
  SELECT id, 2, 'CourseMapPlanned', $2, '{}', now(), $3, now() - interval '1 s', 1 FROM unnest($1::uuid[]) id`;
const NODES = `
  INSERT INTO node_states (course_map_id, node_id, place, node_type, pre_requisites, version, last_event, status, attempt, worker_id, deadline, created_at)
  SELECT id, 'n' || place, place, 'learn', '{}', 2, $3, $4, 1, $5, now() - interval '1 s', now()
  FROM unnest($1::uuid[]) id, generate_series(1, $2::int) place`;

function ids(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID()).sort();
}

const [running, planning, retried, cancelled, finished] = [ids(2000), ids(7), ids(30), ids(9), ids(3000)];
await pool.query(COURSE, [running, 'generating', null]);
await pool.query(NODES, [running, 3, 'GenerationStarted', 'generating', 'generation-a']);
await pool.query(COURSE, [planning, 'planning', 'generation-a']);
await pool.query(COURSE, [retried, 'completed', null]);
await pool.query(NODES, [retried, 20, 'RetryRequested', 'pending', null]);
await pool.query(COURSE, [cancelled, 'cancelled', null]);
await pool.query(NODES, [cancelled, 3, 'GenerationStarted', 'cancelled', 'generation-a']);
await pool.query(COURSE, [finished, 'completed', null]);
await pool.query(NODES, [finished, 20, 'GenerationCompleted', 'completed', null]);
await pool.query('VACUUM ANALYZE');
const held = [...running.flatMap((id) => ['n1', 'n2', 'n3'].map((node) => `${id} ${node}`)), ...planning.map((id) => `${id} null`)].sort();

for (const heldBy of [{ by: 'worker', workerId: 'generation-a' }, { by: 'overdue' }, { by: 'anyone' }] as const satisfies HeldBy[]) {
  for (const size of [7, 1000, 10_000]) {
    t.test(`held by ${heldBy.by}, in pages of ${size}: everything once and in order`, async (t) => {
      const found: HeldWork[] = [];
      let page: HeldWork[];
      do {
        page = await states.findHeldWork(heldBy, found.at(-1) ?? null, size);
        found.push(...page);
      } while (page.length === size);
      t.same(found.map(({ courseMapId, nodeId }) => `${courseMapId} ${nodeId}`).sort(), held);
      const courses = found.map(({ courseMapId }) => courseMapId);
      t.same(courses, courses.toSorted(), 'by course, so that no page cuts one in two for good');
    });
  }
}

for (const size of [7, 50, 5000]) {
  t.test(`open courses in pages of ${size}: everything once and in order, whichever way it is open`, async (t) => {
    const found: string[] = [];
    let page: string[];
    do {
      page = await states.openCourses(found.at(-1) ?? null, size);
      found.push(...page);
    } while (page.length === size);
    t.same(found, [...running, ...planning, ...retried, ...cancelled].sort());
  });

  t.test(`stuck courses in pages of ${size}: everything once`, async (t) => {
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await leftovers.stuckCourses(after, size);
      found.push(...page.found);
      after = page.next;
      if (after === null) break;
    }
    t.same(found, [...retried, ...cancelled].sort(), 'what runs moves');
  });
}

for (const [name, text] of Object.entries(HELD_WORK)) {
  t.test(`${name} walks what is held and not what is over, also with the plan that a connection keeps`, async (t) => {
    const client = await pool.connect();
    try {
      await client.query('SET plan_cache_mode = force_generic_plan');
      await client.query(`PREPARE question AS ${text}`);
      const last = name === 'work-held' ? ", 'generation-a'" : '';
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, COSTS OFF) EXECUTE question ('00000000-0000-0000-0000-000000000000', '', 1000${last})`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      t.notMatch(plan, /node_states_pkey|course_map_states_pkey|Seq Scan on/, plan);
      const removed = [...plan.matchAll(/Rows Removed by Filter: (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      t.ok(removed < 100, `${removed} rows were read for nothing`);
    } finally {
      client.release(true);
    }
  });
}

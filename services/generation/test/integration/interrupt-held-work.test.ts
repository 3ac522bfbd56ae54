/**
 * However what a worker holds is cut into pages, batches and lanes, and whoever else is at it: each attempt is
 * interrupted once, and its work is in the queue once.
 */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { DatabaseUnavailableError } from '@coursewright/events';
import { claimPlanning } from '../../src/application/claim-planning.ts';
import { interruptAttempts } from '../../src/application/interrupt-attempts.ts';
import { interruptHeldWork, type Interruption } from '../../src/application/interrupt-held-work.ts';
import { composedGeneration, type ComposedGeneration } from '../fixtures/composed-generation.ts';

const DEAD = 'generation-dead';
const LOST = { heldBy: { by: 'worker', workerId: DEAD }, cause: 'worker_lost', detectedAfterMs: 300 } as const satisfies Interruption;
const THREE = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

/** A dead worker that holds three nodes of each of so many courses, and the planning of two more. */
async function deadWorker(t: Parameters<typeof composedGeneration>[0], courses: number) {
  const { url } = await testDatabase(t);
  const dead = await composedGeneration(t, url, DEAD);
  for (let count = 0; count < courses; count += 1) await dead.plannedCourse(THREE);
  const claimed = await dead.claimAll();
  await dead.requestCourse();
  await dead.requestCourse();
  await claimPlanning(dead.context, 10);
  return { url, dead, claimed };
}

async function jobs({ pool }: ComposedGeneration): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; state: string; jobs: number }>(
    'SELECT name, state, count(*)::int AS jobs FROM pgboss.job GROUP BY 1, 2 ORDER BY 1, 2');
  return Object.fromEntries(rows.map(({ name, state, jobs: count }) => [`${name} ${state}`, count]));
}

for (const sizes of [
  { page: 1, batch: 1, lanes: 1 },
  { page: 5, batch: 2, lanes: 3 },
  { page: 2, batch: 100, lanes: 2 },
  { page: 1000, batch: 7, lanes: 4 },
]) {
  t.test(`pages of ${sizes.page}, batches of ${sizes.batch}, ${sizes.lanes} lanes`, async (t) => {
    const { dead } = await deadWorker(t, 6);
    t.same(await interruptHeldWork(dead.context, LOST, sizes), { nodesReset: 18, jobsSent: 20 });
    const interrupted = await dead.eventsOf('GenerationInterrupted');
    t.equal(interrupted.length, 18);
    t.equal(new Set(interrupted.map(({ stream }) => stream)).size, 18, 'each once');
    t.equal((await dead.eventsOf('CourseMapPlanningInterrupted')).length, 2);
    t.same(await jobs(dead), { 'generate-node created': 18, 'plan-course-map created': 2 });
    t.same(await interruptHeldWork(dead.context, LOST, sizes), { nodesReset: 0, jobsSent: 0 }, 'and nothing is left');
  });
}

t.test('two that interrupt the same worker at the same time interrupt each attempt once between them', async (t) => {
  const { url, dead } = await deadWorker(t, 6);
  const [one, other] = [await composedGeneration(t, url, 'generation-one'), await composedGeneration(t, url, 'generation-other')];
  const sizes = { page: 4, batch: 2, lanes: 2 };
  const done = await Promise.all([one, other].map(({ context }) => interruptHeldWork(context, LOST, sizes)));
  t.equal(done[0]!.nodesReset + done[1]!.nodesReset, 18);
  t.equal((await dead.eventsOf('GenerationInterrupted')).length, 18);
  t.same(await jobs(dead), { 'generate-node created': 18, 'plan-course-map created': 2 });
});

t.test('who looked before a worker was given the next attempt does not take that one from it', async (t) => {
  const { dead, claimed } = await deadWorker(t, 1);
  const overdue = { ...LOST, cause: 'deadline_passed' as const };
  const seen = await dead.context.courses.findHeldWork({ by: 'worker', workerId: DEAD }, null, 100);
  await interruptAttempts(dead.context, overdue, seen);
  t.equal((await dead.claimAll()).length, claimed.length, 'the same worker has them again');
  await claimPlanning(dead.context, 10);
  t.same(await interruptAttempts(dead.context, overdue, seen), { nodesReset: 0, jobsSent: 0 });
  t.equal((await dead.eventsOf('GenerationInterrupted')).length, claimed.length, 'each once');
  t.equal((await dead.eventsOf('CourseMapPlanningInterrupted')).length, 2);
});

t.test('who comes after an operator finds nothing to interrupt, and what is ready goes into the queue all the same', async (t) => {
  const { url, dead } = await deadWorker(t, 2);
  const seen = await dead.context.courses.findHeldWork({ by: 'worker', workerId: DEAD }, null, 100);
  const operator = new pg.Client({ connectionString: url });
  await operator.connect();
  t.teardown(() => operator.end());
  const reset = "UPDATE node_contents SET generation_status = 'pending' WHERE generation_status = 'generating' AND node_id = 'a'";
  t.equal((await operator.query(reset)).rowCount, 2);
  t.same(await interruptAttempts(dead.context, LOST, seen), { nodesReset: 4, jobsSent: 8 }, "jobs for the operator's nodes as well");
  t.same(await jobs(dead), { 'generate-node created': 6, 'plan-course-map created': 2 });
});

t.test('one course that cannot be recovered does not stop the others, and is told of', async (t) => {
  const { dead, claimed } = await deadWorker(t, 4);
  const broken = claimed[0]!.courseMapId;
  const lockFree = dead.context.courses.lockFree.bind(dead.context.courses);
  const courses: typeof dead.context.courses = {
    ...dead.context.courses,
    lockFree: async (ids, transaction) => {
      if (ids.includes(broken)) throw new Error('broken');
      return lockFree(ids, transaction);
    },
  };
  t.match(await interruptHeldWork({ ...dead.context, courses }, LOST), { nodesReset: 9, jobsSent: 11 });
  const told = dead.log.lines.filter(({ level }) => level === 'error');
  t.match(told, [{ message: 'Failed to restart generation for course', fields: { course_map_id: broken } }]);
  t.equal(told.length, 1);
});

t.test('a database that goes away is no fault of any course: one error, nothing tried course by course', async (t) => {
  const { dead } = await deadWorker(t, 4);
  let tries = 0;
  const context = {
    ...dead.context,
    transact: async () => {
      tries += 1;
      throw new DatabaseUnavailableError(new Error('gone'));
    },
  };
  await t.rejects(interruptHeldWork(context, LOST, { page: 100, batch: 100, lanes: 1 }), { code: 'database_unavailable' });
  t.equal(tries, 1);
  t.same(dead.log.lines.filter(({ level }) => level === 'error'), []);
});

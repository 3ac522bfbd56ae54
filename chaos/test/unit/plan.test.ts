/** A run can be had again: the same seed has the same plan, and another fault reshuffles nothing else. */
import t from 'tap';
import { courseRequestSchema } from '@coursewright/events';
import { FAULT_KINDS, planChaos, type PlanOptions } from '../../src/plan.ts';
import { seeded } from '../../src/random.ts';

const OPTIONS: PlanOptions = { seed: 7, kills: 200, mix: FAULT_KINDS, workers: 3 };

t.test('the same seed has the same plan, another seed another', async (t) => {
  t.same(planChaos(OPTIONS), planChaos(OPTIONS));
  t.notSame(planChaos(OPTIONS), planChaos({ ...OPTIONS, seed: 8 }));
});

t.test('another mix of faults leaves the courses as they are', async (t) => {
  t.same(planChaos({ ...OPTIONS, mix: ['kill'] }).courses, planChaos(OPTIONS).courses);
});

t.test('every kind of the mix takes part, no other does, and each names a worker that there is', async (t) => {
  t.same(new Set(planChaos(OPTIONS).faults.map(({ kind }) => kind)), new Set(FAULT_KINDS));
  t.same(new Set(planChaos({ ...OPTIONS, mix: ['freeze'] }).faults.map(({ kind }) => kind)), new Set(['freeze']));
  for (const fault of planChaos(OPTIONS).faults) if ('worker' in fault) t.ok(fault.worker >= 0 && fault.worker < 3);
});

t.test('every course of a plan is one that the gateway takes, the hostile ones too', async (t) => {
  const { courses } = planChaos(OPTIONS);
  t.ok(courses.some(({ topic }) => topic.includes('DROP TABLE')));
  for (const course of courses) t.ok(courseRequestSchema.safeParse(course).success, course.topic);
});

t.test('chance is even enough', async (t) => {
  const chance = seeded(1, 'test');
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 8000; draw += 1) counts[chance.between(0, 3)]! += 1;
  for (const count of counts) t.ok(count > 1800 && count < 2200, String(count));
});

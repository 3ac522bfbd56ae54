/** Makes a course map of a model's plan, or says what is wrong with the plan. */
import { courseMapSchema, NODE_TYPES, type CourseMap, type CourseRequest } from '@coursewright/events';
import { z } from 'zod';
import { findCourseMapProblems } from '../../domain/course-map-rules.ts';
import { problemsOf, readingOf, type Reading } from './answer-reading.ts';
import { readJsonObject } from './lenient-json.ts';

/**
 * What a model is asked for. Without lengths and ranges, which strict providers refuse in a schema; those are checked
 * by the course map's own. Fields that nobody asked for are dropped.
 */
export const planAnswerSchema = z.object({
  course_name: z.string(),
  strategy_rationale: z.string(),
  nodes: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      description: z.string(),
      type: z.enum(NODE_TYPES),
      layer: z.int(),
      pre_requisites: z.array(z.string()),
      estimated_minutes: z.int(),
      reward_multiplier: z.number(),
    }),
  ),
});

/** Never throws. What can be worked out (the mode, the minutes) is worked out here: models add badly. @param told as `readJsonObject` has it */
export function readPlan(text: string, request: CourseRequest, told = false): Reading<CourseMap> {
  const json = readJsonObject(text, 'nodes', { told });
  if (!json.ok) return json;
  const plan = planAnswerSchema.safeParse(json.value);
  if (!plan.success) return { ok: false, problems: problemsOf(plan.error) };

  const { course_name, strategy_rationale, nodes } = plan.data;
  const time_sum_minutes = nodes.reduce((sum, node) => sum + node.estimated_minutes, 0);
  const time_budget_minutes = request.total_commitment_minutes;
  const map = courseMapSchema.safeParse({
    map_meta: {
      course_name,
      strategy_rationale,
      mode: request.mode,
      time_budget_minutes,
      time_sum_minutes,
      time_delta_minutes: time_sum_minutes - time_budget_minutes,
    },
    nodes,
  });
  if (!map.success) return { ok: false, problems: problemsOf(map.error) };
  return readingOf(map.data, findCourseMapProblems(map.data, request));
}

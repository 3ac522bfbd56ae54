/**
 * The course map: a DAG of `learn` and `quiz` nodes, as an author plans it and as every reader sees it.
 * The schemas say what shape a map has; the rules that need more than a shape (no cycle, one root, …)
 * live in the generation service's domain.
 */
import { z } from 'zod';
import { MODES } from './course-request.ts';

export const NODE_TYPES = ['learn', 'quiz'] as const;
export type NodeType = (typeof NODE_TYPES)[number];

/** A node's id is part of its stream's name, so its alphabet is narrow. */
export const NODE_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const nodeIdSchema = z.string().regex(NODE_ID_PATTERN, 'must be 1 to 64 letters, digits, "_" or "-"');

export const mapNodeSchema = z.strictObject({
  id: nodeIdSchema,
  title: z.string().min(1).max(200),
  description: z.string().min(1).max(2000),
  type: z.enum(NODE_TYPES),
  /** 0 for the root; a node lies in a later layer than each of its prerequisites. */
  layer: z.int().min(0).max(50),
  pre_requisites: z.array(nodeIdSchema).max(20),
  estimated_minutes: z.int().min(1).max(480),
  reward_multiplier: z.number().min(1).max(3),
});

export const mapMetaSchema = z.strictObject({
  course_name: z.string().min(1).max(300),
  strategy_rationale: z.string().min(1).max(4000),
  mode: z.enum(MODES),
  time_budget_minutes: z.int(),
  time_sum_minutes: z.int(),
  /** `time_sum_minutes - time_budget_minutes`; negative when the plan is shorter than the budget. */
  time_delta_minutes: z.int(),
});

export const courseMapSchema = z.strictObject({
  map_meta: mapMetaSchema,
  nodes: z.array(mapNodeSchema).min(1).max(50),
});

export type MapNode = z.infer<typeof mapNodeSchema>;
export type MapMeta = z.infer<typeof mapMetaSchema>;
export type CourseMap = z.infer<typeof courseMapSchema>;

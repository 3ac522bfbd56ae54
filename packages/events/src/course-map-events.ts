/**
 * A course's life, as events on its stream `course_map-{course}`: asked for, planned, completed.
 * Planning is a paid call like any other, so its attempts are events too and fence each other the same way.
 */
import { z } from 'zod';
import type { EventSchemas } from './codec.ts';
import { LEVELS, MODES } from './course-request.ts';
import { mapMetaSchema, mapNodeSchema } from './course-map.ts';
import { asItWas, countedInAnyCase, failed1, failureSchema, interrupted1, INTERRUPTION_CAUSES, usageSchema, whoseFault } from './node-events.ts';

const attempt = z.int().min(1);

/**
 * What a learner asked for, as it is recorded. Apart from the schema that the gateway holds a request against: that one may grow
 * stricter at any time, and what was asked for under an older one must be readable for ever.
 */
const recordedRequest = z.strictObject({
  topic: z.string().min(1).max(200),
  level: z.enum(LEVELS),
  focus: z.string().min(1).max(500),
  verified_concept: z.string().min(1).max(500),
  mode: z.enum(MODES),
  total_commitment_minutes: z.int().min(30).max(480),
  interested_concepts: z.array(z.string().min(1).max(200)).max(20).optional(),
  language: z.string().min(1).max(35).optional(),
});

const requested = z.strictObject({ request: recordedRequest });

const planningStarted = z.strictObject({
  attempt,
  worker_id: z.string().min(1),
  job_id: z.uuid(),
  deadline: z.iso.datetime(),
});

const planningInterrupted = z.strictObject({
  attempt,
  cause: z.enum(INTERRUPTION_CAUSES),
  worker_id: z.string().nullable(),
  detected_after_ms: z.int().min(0).nullable(),
});

const planningFailed = z.strictObject({
  attempt,
  error: failureSchema,
  retryable: z.boolean(),
  /** Whether this was the last attempt: the course then has no map, until its retry is asked for. */
  final: z.boolean(),
  ...whoseFault,
});

const planned = z.strictObject({
  attempt,
  map_meta: mapMetaSchema,
  nodes: z.array(mapNodeSchema).min(1).max(50),
  model: z.string(),
  usage: usageSchema,
});

const completed = z.strictObject({ completed_nodes: z.int().min(0), failed_nodes: z.int().min(0) });

const reopened = z.strictObject({ node_ids: z.array(z.string()).min(1) });

const retryRequested = z.strictObject({
  /** Who asked: a client over HTTP, or an operator. */
  reason: z.enum(['client', 'operator']),
});

const cancelled = z.strictObject({ reason: z.string().max(500) });

export interface CourseMapEventData {
  CourseMapRequested: z.infer<typeof requested>;
  CourseMapPlanningStarted: z.infer<typeof planningStarted>;
  CourseMapPlanningInterrupted: z.infer<typeof planningInterrupted>;
  CourseMapPlanningFailed: z.infer<typeof planningFailed>;
  CourseMapPlanned: z.infer<typeof planned>;
  CourseMapCompleted: z.infer<typeof completed>;
  CourseMapReopened: z.infer<typeof reopened>;
  CourseMapRetryRequested: z.infer<typeof retryRequested>;
  CourseMapCancelled: z.infer<typeof cancelled>;
}

export type CourseMapEvent = {
  [Type in keyof CourseMapEventData]: { readonly type: Type; readonly data: CourseMapEventData[Type] };
}[keyof CourseMapEventData];

export const courseMapEventSchemas = {
  CourseMapRequested: { 1: { schema: requested } },
  CourseMapPlanningStarted: { 1: { schema: planningStarted } },
  CourseMapPlanningInterrupted: { 1: { schema: interrupted1 }, 2: { schema: planningInterrupted, upcast: asItWas } },
  CourseMapPlanningFailed: { 1: { schema: failed1 }, 2: { schema: planningFailed, upcast: countedInAnyCase } },
  CourseMapPlanned: { 1: { schema: planned } },
  CourseMapCompleted: { 1: { schema: completed } },
  CourseMapReopened: { 1: { schema: reopened } },
  CourseMapRetryRequested: { 1: { schema: retryRequested } },
  CourseMapCancelled: { 1: { schema: cancelled } },
} satisfies Record<keyof CourseMapEventData, EventSchemas>;

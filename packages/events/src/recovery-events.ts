/**
 * A recovery that somebody asked for, as events on its stream `recovery-{id}`: the question and the answer.
 */
import { z } from 'zod';
import type { EventSchemas } from './codec.ts';

export const recoveryStatsSchema = z.strictObject({
  /** Courses with unfinished work that were looked at. */
  courses_found: z.int().min(0),
  /** Attempts that were taken from a dead (or, with force, any) worker. */
  nodes_reset: z.int().min(0),
  /** Jobs that were put into the queue. */
  tasks_restarted: z.int().min(0),
});

export type RecoveryStats = z.infer<typeof recoveryStatsSchema>;

const requested = z.strictObject({ force: z.boolean() });
const completed = z.strictObject({ stats: recoveryStatsSchema, worker_id: z.string().min(1) });

export interface RecoveryEventData {
  RecoveryRequested: z.infer<typeof requested>;
  RecoveryCompleted: z.infer<typeof completed>;
}

export type RecoveryEvent = {
  [Type in keyof RecoveryEventData]: { readonly type: Type; readonly data: RecoveryEventData[Type] };
}[keyof RecoveryEventData];

export const recoveryEventSchemas = {
  RecoveryRequested: { 1: { schema: requested } },
  RecoveryCompleted: { 1: { schema: completed } },
} satisfies Record<keyof RecoveryEventData, EventSchemas>;

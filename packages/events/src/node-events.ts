/**
 * A node's life, as events on its stream `node-{course}+{node}`. docs/state-machine.md draws it.
 */
import { z } from 'zod';
import type { EventSchemas } from './codec.ts';

/** Why an attempt was put into the queue. */
export const SCHEDULE_REASONS = ['planned', 'prerequisites_met', 'retry', 'recovered', 'operator'] as const;
export type ScheduleReason = (typeof SCHEDULE_REASONS)[number];

/**
 * How an attempt lost its worker. `database_lost`: by a restart, a shutdown or a failover of the database, or by a cut between
 * it and the workers; it says nothing about the work.
 */
export const INTERRUPTION_CAUSES = ['worker_lost', 'deadline_passed', 'database_lost', 'operator', 'shutdown', 'cancelled', 'claim_lost'] as const;
export type InterruptionCause = (typeof INTERRUPTION_CAUSES)[number];

const attempt = z.int().min(1);
const jobId = z.uuid();

export const usageSchema = z.strictObject({ input_tokens: z.int().min(0), output_tokens: z.int().min(0) });
export const failureSchema = z.strictObject({ code: z.string().min(1), message: z.string() });

/** What a failed attempt says of the provider's part in it. */
export const whoseFault = {
  /** Whether it counts towards the attempts that the work may have. What is the provider's fault does not, until an outage has lasted too long. */
  counts: z.boolean(),
  /** Where it is the provider's fault: since when each attempt of this work was, by the database's clock. Else null. */
  outage_since: z.iso.datetime().nullable(),
};

const scheduled = z.strictObject({
  attempt,
  reason: z.enum(SCHEDULE_REASONS),
  job_id: jobId,
  /** How long the queue holds the job back before its attempt, in milliseconds. */
  delay_ms: z.int().min(0),
});

const started = z.strictObject({
  attempt,
  worker_id: z.string().min(1),
  job_id: jobId,
  /** When the attempt counts as hung, whatever its worker says. */
  deadline: z.iso.datetime(),
});

const completed = z.strictObject({
  attempt,
  /** SHA-256 of the card's canonical JSON: its key in `artifacts`. */
  content_hash: z.string().regex(/^[0-9a-f]{64}$/),
  model: z.string(),
  usage: usageSchema,
  /** Whether the answer was already paid for by an earlier call. */
  from_journal: z.boolean(),
});

/** How the first release recorded a failed attempt, a node's and a planning's alike. */
export const failed1 = z.strictObject({ attempt, error: failureSchema, retryable: z.boolean(), final: z.boolean() });

const failed = z.strictObject({
  attempt,
  error: failureSchema,
  /** Whether another attempt could have helped. */
  retryable: z.boolean(),
  /** Whether this was the last attempt; if not, the next is scheduled in the same transaction. */
  final: z.boolean(),
  ...whoseFault,
});

/** Failures of the first version all counted, and nobody noted whose fault they were. */
export const countedInAnyCase = (older: unknown): unknown => ({ ...(older as z.infer<typeof failed1>), counts: true, outage_since: null });

/** How the first release told it: an end of the database was told as the loss of each worker. */
const INTERRUPTION_CAUSES_1 = ['worker_lost', 'deadline_passed', 'operator', 'shutdown', 'cancelled', 'claim_lost'] as const;

/** Of nodes and plannings alike. */
export const interrupted1 = z.strictObject({
  attempt,
  cause: z.enum(INTERRUPTION_CAUSES_1),
  worker_id: z.string().nullable(),
  detected_after_ms: z.int().min(0).nullable(),
});

const interrupted = z.strictObject({
  attempt,
  cause: z.enum(INTERRUPTION_CAUSES),
  /** Who held the node. */
  worker_id: z.string().nullable(),
  /** From the first look that missed the worker's beacon to this event; null where nothing had to be detected. */
  detected_after_ms: z.int().min(0).nullable(),
});

/** For a version that allows more and means the same. */
export const asItWas = (older: unknown): unknown => older;

const retryRequested = z.strictObject({
  /** Who asked: a client over HTTP, or an operator in psql. */
  reason: z.enum(['client', 'operator']),
});

const lateResultReceived = z.strictObject({
  attempt,
  worker_id: z.string().min(1),
  content_hash: z.string().regex(/^[0-9a-f]{64}$/),
});

export interface NodeEventData {
  GenerationScheduled: z.infer<typeof scheduled>;
  GenerationStarted: z.infer<typeof started>;
  GenerationCompleted: z.infer<typeof completed>;
  GenerationFailed: z.infer<typeof failed>;
  GenerationInterrupted: z.infer<typeof interrupted>;
  RetryRequested: z.infer<typeof retryRequested>;
  LateResultReceived: z.infer<typeof lateResultReceived>;
}

export type NodeEvent = {
  [Type in keyof NodeEventData]: { readonly type: Type; readonly data: NodeEventData[Type] };
}[keyof NodeEventData];

export const nodeEventSchemas = {
  GenerationScheduled: { 1: { schema: scheduled } },
  GenerationStarted: { 1: { schema: started } },
  GenerationCompleted: { 1: { schema: completed } },
  GenerationFailed: { 1: { schema: failed1 }, 2: { schema: failed, upcast: countedInAnyCase } },
  GenerationInterrupted: { 1: { schema: interrupted1 }, 2: { schema: interrupted, upcast: asItWas } },
  RetryRequested: { 1: { schema: retryRequested } },
  LateResultReceived: { 1: { schema: lateResultReceived } },
} satisfies Record<keyof NodeEventData, EventSchemas>;

/**
 * An operator's desk: who works, what waits and why, who reads, and what was rescued.
 */
import { z } from 'zod';
import { count, courseMapId, instant, position } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { wholeNumber } from '../api/parameters.ts';
import type { Gateway } from '../gateway.ts';
import { describeQueue, listRescues, listSubscriptions, listWaiting, listWorkers, type Rescue } from '../queries/desk.ts';

const milliseconds = z.number().meta({ description: 'In milliseconds.' });

const worker = z
  .strictObject({
    worker_id: z.string(),
    host: z.string(),
    pid: z.int(),
    started_at: instant,
    stopped_at: instant.nullable(),
    alive: z.boolean().meta({ description: 'Whether it holds its beacon.' }),
    nodes_in_hand: count,
    plans_in_hand: count,
    last_beat_at: instant.nullable(),
    leased_until: instant.nullable().meta({ description: 'When it counts as silent unless it is heard before.' }),
  })
  .meta({ id: 'Worker' });

const queue = z
  .strictObject({ queue: z.string(), ready: count, delayed: count, running: count, oldest_ready_ms: milliseconds.nullable(), next_delayed_ms: milliseconds.nullable() })
  .meta({ id: 'Queue' });

const waiting = z
  .strictObject({
    course_map_id: courseMapId,
    node_id: z.string().nullable().meta({ description: 'Null for the planning of a course.' }),
    since: instant,
    cause: z.string().meta({ description: 'A code: `held`, `queued`, `prerequisites`, `backoff`, …' }),
    why: z.string().meta({ description: 'A sentence.' }),
    attempt: z.int(),
    failures: count,
    interruptions: count,
  })
  .meta({ id: 'Waiting' });

const subscription = z
  .strictObject({
    name: z.string(),
    partition: z.int(),
    partitions: z.int(),
    position,
    events_behind: z.number(),
    behind_ms: milliseconds.nullable(),
    paused_at: instant.nullable(),
    failing_since: instant.nullable(),
    error: z.string().nullable(),
    leased_by: z.string().nullable(),
    parked_streams: count,
  })
  .meta({ id: 'Subscription' });

/** The upper ends of the histogram's buckets; the last has none. */
const BUCKETS_MS = [250, 500, 1000, 2000, 5000] as const;

const rescues = z
  .strictObject({
    interruptions: z.array(
      z.strictObject({
        of: z.enum(['node', 'planning']),
        cause: z.string(),
        interruptions: count,
        p50_ms: milliseconds.nullable().meta({ description: 'Until it was noticed; null where nothing had to be.' }),
        p99_ms: milliseconds.nullable(),
        most_ms: milliseconds.nullable(),
      }),
    ),
    detection: z.array(z.strictObject({ up_to_ms: milliseconds.nullable().meta({ description: 'Null for longer than all others.' }), interruptions: count })),
    late_results: count.meta({ description: 'Answers of attempts that were fenced off, which were kept and used.' }),
    journal_hits: count.meta({ description: 'Cards whose answer had been paid for by an earlier call.' }),
    journal_tokens: count.meta({ description: 'What these calls would have taken, in and out.' }),
    journal_cost: z.number().nullable().meta({ description: 'What they would have cost, by the price of the newest call; null without prices.' }),
  })
  .meta({ id: 'Rescues' });

const COMMON = { method: 'get', tag: 'Administration', scope: 'admin', problems: [] } as const;

export function deskOperations({ pool }: Gateway): Operation[] {
  return [
    operation({
      ...COMMON,
      id: 'listWorkers',
      path: '/api/v1/admin/workers',
      summary: 'The generation processes',
      query: z.strictObject({ limit: wholeNumber(1, 500, 'How many, the living first.').default(100) }),
      answers: { 200: { description: 'Those that live, that left something behind, or that were there within the hour.', body: z.strictObject({ workers: z.array(worker) }) } },
      async handle({ ctx, query: { limit } }) {
        ctx.body = { workers: await listWorkers(pool, limit) };
      },
    }),
    operation({
      ...COMMON,
      id: 'getQueue',
      path: '/api/v1/admin/queue',
      summary: 'What waits to be done',
      answers: { 200: { description: 'By queue; one that is empty is left out.', body: z.strictObject({ queues: z.array(queue) }) } },
      async handle({ ctx }) {
        ctx.body = { queues: await describeQueue(pool) };
      },
    }),
    operation({
      ...COMMON,
      id: 'listWaiting',
      path: '/api/v1/admin/waiting',
      summary: 'What is unfinished, and why',
      description: 'Nodes, and courses that are not planned yet.',
      query: z.strictObject({ limit: wholeNumber(1, 100, 'How many, the longest waiting first.').default(20) }),
      answers: { 200: { description: 'Those there are now.', body: z.strictObject({ waiting: z.array(waiting) }) } },
      async handle({ ctx, query: { limit } }) {
        ctx.body = { waiting: await listWaiting(pool, limit) };
      },
    }),
    operation({
      ...COMMON,
      id: 'listSubscriptions',
      path: '/api/v1/admin/subscriptions',
      summary: 'Who reads the log, and how far',
      answers: { 200: { description: 'Each partition of each.', body: z.strictObject({ subscriptions: z.array(subscription) }) } },
      async handle({ ctx }) {
        ctx.body = { subscriptions: await listSubscriptions(pool) };
      },
    }),
    operation({
      ...COMMON,
      id: 'getRescues',
      path: '/api/v1/admin/rescues',
      summary: 'What was rescued',
      description: 'Of the last day, of the last 200,000 events at most.',
      answers: { 200: { description: 'What lost its worker and how soon that was noticed, what came late and was kept, what the journal answered.', body: rescues } },
      async handle({ ctx }) {
        ctx.body = rescuesOf(await listRescues(pool));
      },
    }),
  ];
}

function rescuesOf(rows: readonly Rescue[]): z.output<typeof rescues> {
  const interruptions = rows.filter(({ type }) => type.endsWith('Interrupted'));
  const sum = (type: string, of: 'events' | 'tokens'): number => rows.filter((row) => row.type === type).reduce((total, row) => total + row[of], 0);
  return {
    interruptions: interruptions.map(({ type, cause, events, p50_ms, p99_ms, most_ms }) => (
      { of: type === 'GenerationInterrupted' ? 'node' : 'planning', cause: cause ?? 'unknown', interruptions: events, p50_ms, p99_ms, most_ms })),
    detection: [...BUCKETS_MS, null].map((upTo, bucket) => ({ up_to_ms: upTo, interruptions: interruptions.reduce((total, { histogram }) => total + (histogram[bucket] ?? 0), 0) })),
    late_results: sum('LateResultReceived', 'events'),
    journal_hits: sum('GenerationCompleted', 'events'),
    journal_tokens: sum('GenerationCompleted', 'tokens'),
    journal_cost: rows.find(({ type }) => type === 'GenerationCompleted')?.cost ?? null,
  };
}

/**
 * The operator's request for a recovery. It goes through the log, so it is on record, and a generation process
 * answers; with none alive it waits in the log for the next one to start.
 */
import { z } from 'zod';
import { NO_STREAM, recoveryStream, timeOrderedId } from '@coursewright/events';
import { count, courseMapId, instant } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { flag, wholeNumber } from '../api/parameters.ts';
import { reasonBody } from '../api/reason.ts';
import { metadataOf } from '../cause.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { isAnybodyGenerating } from '../queries/recoveries.ts';
import { listStuckNodes, listTakenNodes } from '../queries/stuck-work.ts';

const recoverQuery = z.strictObject({
  force: flag('Takes work from living workers too, as a restart of everything would; their calls may be billed for nothing.').default(false),
  dry_run: flag('Only says what would be taken back, and changes nothing.').default(false),
});

const recovered = z
  .strictObject({
    message: z.literal('Recovery completed'),
    stats: z.strictObject({
      courses_found: count.meta({ description: 'Courses with unfinished work.' }),
      nodes_reset: count.meta({ description: 'Nodes that were taken from their worker.' }),
      tasks_restarted: count.meta({ description: 'Jobs that were sent, for nodes and for planning.' }),
    }),
  })
  .meta({ id: 'Recovery' });

const MOST_TOLD = 1000;

const dryRun = z
  .strictObject({
    dry_run: z.literal(true),
    nodes: z
      .array(
        z.strictObject({
          course_map_id: courseMapId,
          node_id: z.string().nullable().meta({ description: 'Null for the planning of a course.' }),
          attempt: z.int(),
          worker_id: z.string(),
          why: z.string(),
          greatest_cost: z.number().nullable().meta({ description: 'The most that its call in flight can have cost; null without one, or without prices.' }),
        }),
      )
      .max(MOST_TOLD)
      .meta({ description: 'What would be taken from its worker at this moment; the first thousand.' }),
    greatest_cost: z.number().meta({ description: 'Of all of these together. Answers that arrive late are adopted, so it is mostly less.' }),
  })
  .meta({ id: 'RecoveryDryRun' });

const stuckNode = z
  .strictObject({
    course_map_id: courseMapId,
    node_id: z.string(),
    attempt: z.int(),
    worker_id: z.string(),
    started_at: instant,
    deadline: instant,
    why: z.string().meta({ description: 'A sentence.' }),
  })
  .meta({ id: 'StuckNode' });

export function recoveryOperations(gateway: Gateway): Operation[] {
  return [
    operation({
      id: 'recoverTasks',
      method: 'post',
      path: '/api/v1/course-map/admin/recover-tasks',
      tag: 'Administration',
      scope: 'admin',
      summary: 'Recover what is interrupted',
      description: 'Recovery runs by itself; this asks for one, and waits for what it finds. A node that a living worker holds is left alone.',
      query: recoverQuery,
      body: reasonBody,
      answers: { 200: { description: 'What it found; or what it would, with `dry_run`.', body: z.union([recovered, dryRun]) } },
      problems: ['no_generation_process'],
      async handle({ ctx, cause, query: { force, dry_run: isDry }, body, once }) {
        if (isDry) {
          const nodes = await listTakenNodes(gateway.pool, force, MOST_TOLD);
          ctx.body = { dry_run: true, nodes, greatest_cost: nodes.reduce((sum, { greatest_cost: cost }) => sum + (cost ?? 0), 0) };
          return;
        }
        const stream = await once(async (transaction) => {
          const asked = recoveryStream(timeOrderedId());
          const events = [{ type: 'RecoveryRequested' as const, data: { force } }];
          await gateway.store.appendToStreams([{ stream: asked, expectedVersion: NO_STREAM, events, metadata: metadataOf(cause, body?.reason) }], transaction);
          return asked;
        });
        const stats = (await isAnybodyGenerating(gateway.pool)) ? await gateway.recoveries.waitFor(stream, gateway.recoveryWaitMs) : undefined;
        if (stats === undefined) {
          throw new Problem('no_generation_process', {
            detail: 'The request is on record and will be answered by the next generation process that starts.',
            headers: { 'retry-after': '5' },
          });
        }
        ctx.body = { message: 'Recovery completed', stats };
      },
    }),
    operation({
      id: 'listStuckNodes',
      method: 'get',
      path: '/api/v1/admin/stuck-nodes',
      tag: 'Administration',
      scope: 'admin',
      summary: 'Nodes that nobody alive works on, and why',
      description: 'Recovery heals them within seconds: one that is still here on the second look needs somebody.',
      query: z.strictObject({ limit: wholeNumber(1, 500, 'How many, the longest stuck first.').default(100) }),
      answers: { 200: { description: 'Those there are now.', body: z.strictObject({ stuck_nodes: z.array(stuckNode) }) } },
      problems: [],
      async handle({ ctx, query: { limit } }) {
        ctx.body = { stuck_nodes: await listStuckNodes(gateway.pool, limit) };
      },
    }),
  ];
}

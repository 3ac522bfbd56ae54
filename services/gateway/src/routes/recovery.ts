/**
 * The operator's request for a recovery. It goes through the log, so it is on record, and a generation process
 * answers; with none alive it waits in the log for the next one to start.
 */
import { z } from 'zod';
import { NO_STREAM, recoveryStream, timeOrderedId } from '@coursewright/events';
import { count } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { flag } from '../api/parameters.ts';
import { metadataOf } from '../cause.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { isAnybodyGenerating } from '../queries/recoveries.ts';

const recoverQuery = z.strictObject({
  force: flag('Takes work from living workers too, as a restart of everything would; their calls may be billed for nothing.').default(false),
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
      answers: { 200: { description: 'What it found.', body: recovered } },
      problems: ['no_generation_process'],
      async handle({ ctx, cause, query: { force }, once }) {
        const stream = await once(async (transaction) => {
          const asked = recoveryStream(timeOrderedId());
          const events = [{ type: 'RecoveryRequested' as const, data: { force } }];
          await gateway.store.appendToStreams([{ stream: asked, expectedVersion: NO_STREAM, events, metadata: metadataOf(cause) }], transaction);
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
  ];
}

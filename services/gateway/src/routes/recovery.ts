/**
 * The operator's request for a recovery. It goes through the log, so it is on record, and a generation process
 * answers; with none alive it waits in the log for the next one to start.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { NO_STREAM, recoveryStream, timeOrderedId } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import { metadataOfRequest, type Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { isAnybodyGenerating } from '../queries/recoveries.ts';
import { readNoBody, readQuery } from '../requests.ts';

const recoverQuery = z.strictObject({
  /** Takes work from living workers too, as a restart of everything would. */
  force: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((force) => force === 'true'),
});

export function recoveryRoutes(router: Router<RequestState>, gateway: Gateway): void {
  router.post('/api/v1/course-map/admin/recover-tasks', async (ctx) => {
    const { force } = readQuery(ctx as Context, recoverQuery);
    readNoBody(ctx);
    const stream = recoveryStream(timeOrderedId());
    await gateway.store.appendToStream({
      stream,
      expectedVersion: NO_STREAM,
      events: [{ type: 'RecoveryRequested', data: { force } }],
      metadata: metadataOfRequest(ctx.state.requestId),
    });
    const stats = (await isAnybodyGenerating(gateway.pool))
      ? await gateway.recoveries.waitFor(stream, gateway.recoveryWaitMs)
      : undefined;
    if (stats === undefined) {
      throw new Problem('no_generation_process', {
        detail: 'The request is on record and will be answered by the next generation process that starts.',
        headers: { 'retry-after': '5' },
      });
    }
    ctx.body = { message: 'Recovery completed', stats };
  });
}

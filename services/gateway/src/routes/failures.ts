/**
 * Failures by what they have in common, and asking again for everything that failed in one way.
 */
import { z } from 'zod';
import { nodeStream, WrongExpectedVersionError } from '@coursewright/events';
import { count, instant } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { wholeNumber } from '../api/parameters.ts';
import { reason } from '../api/reason.ts';
import { metadataOf } from '../cause.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { listFailures, lockFailedAlike } from '../queries/failures.ts';
import { unlessHeld } from '../unless-held.ts';

/** At a time: the transaction that asks holds their rows. */
const MOST_AT_ONCE = 500;

const fingerprint = z.string().regex(/^[0-9a-f]{8}$/, 'must be a fingerprint of listFailures: eight digits and letters from a to f').meta({ description: 'Of a code and a message, but for the numbers in it.' });

const failure = z
  .strictObject({
    fingerprint: z.string(),
    code: z.string().nullable(),
    example: z.string().nullable().meta({ description: 'One of their messages.' }),
    failures: count,
    final_failures: count,
    streams: count.meta({ description: 'How many nodes and plannings have failed so.' }),
    still_failed: count.meta({ description: 'Nodes that stand failed because of it.' }),
    first_at: instant,
    last_at: instant,
  })
  .meta({ id: 'Failure' });

const retryBody = z.strictObject({ reason });

export function failureOperations({ pool, store }: Gateway): Operation[] {
  return [
    operation({
      id: 'listFailures',
      method: 'get',
      path: '/api/v1/admin/failures',
      tag: 'Administration',
      scope: 'admin',
      summary: 'What has failed, by what it has in common',
      description: 'Of the last day, of the last 200,000 events at most.',
      query: z.strictObject({ limit: wholeNumber(1, 500, 'How many, those that stand failed first.').default(50) }),
      answers: { 200: { description: 'A line each.', body: z.strictObject({ failures: z.array(failure) }) } },
      problems: [],
      async handle({ ctx, query: { limit } }) {
        ctx.body = { failures: await listFailures(pool, limit) };
      },
    }),
    operation({
      id: 'retryFailures',
      method: 'post',
      path: '/api/v1/admin/failures/{fingerprint}/retry',
      tag: 'Administration',
      scope: 'admin',
      summary: 'Ask again for everything that failed in one way',
      description: `Nodes of cancelled and archived courses stay as they are, and so do those that somebody else is changing. ${MOST_AT_ONCE} at a time.`,
      params: z.strictObject({ fingerprint }),
      body: retryBody,
      answers: { 202: { description: 'They will be written.', body: z.strictObject({ retried: count, has_more: z.boolean().meta({ description: 'Whether to ask once more.' }) }) } },
      problems: ['failure_not_found', 'held_by_somebody'],
      async handle({ ctx, cause, params: { fingerprint: wanted }, body, once }) {
        const metadata = metadataOf(cause, body.reason);
        const retry = () => unlessHeld(once, async (transaction) => {
          const { nodes, found } = await lockFailedAlike(transaction, wanted, MOST_AT_ONCE);
          if (found === 0) throw new Problem('failure_not_found', { detail: wanted });
          if (nodes.length === 0) throw new Problem('held_by_somebody', { detail: 'Somebody else is changing every one of them.', headers: { 'retry-after': '1' } });
          await store.appendToStreams(nodes.map(({ course_map_id: courseMapId, node_id: nodeId, version }) => ({
            stream: nodeStream({ courseMapId, nodeId }),
            expectedVersion: version,
            events: [{ type: 'RetryRequested' as const, data: { reason: 'operator' as const } }],
            metadata,
          })), transaction);
          return { retried: nodes.length, has_more: nodes.length < found || found === MOST_AT_ONCE };
        });
        ctx.body = await retry().catch((error: unknown) => {
          if (!(error instanceof WrongExpectedVersionError)) throw error;
          throw new Problem('held_by_somebody', { detail: 'One of them was just asked for again.', headers: { 'retry-after': '1' }, cause: error });
        });
        ctx.status = 202;
      },
    }),
  ];
}

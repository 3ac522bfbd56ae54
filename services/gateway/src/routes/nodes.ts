/**
 * One node: its knowledge card, and asking for it again after it failed.
 */
import { z } from 'zod';
import { nodeStream, WrongExpectedVersionError, type EventMetadata, type NodeKey } from '@coursewright/events';
import { courseMapId, knowledgeCard } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import { nodeParams } from '../api/parameters.ts';
import { reasonBody } from '../api/reason.ts';
import { metadataOf } from '../cause.ts';
import type { Gateway } from '../gateway.ts';
import type { Once } from '../idempotency/once.ts';
import { Problem } from '../problem.ts';
import { findNode, findNodeIn, type NodeRow } from '../queries/nodes.ts';
import { unlessHeld } from '../unless-held.ts';

const PATH = '/api/v1/course-map/{course_map_id}/nodes/{node_id}';

export function nodeOperations(gateway: Gateway): Operation[] {
  return [
    operation({
      id: 'getCard',
      method: 'get',
      path: PATH,
      tag: 'Nodes',
      scope: 'courses:read',
      summary: 'Read a knowledge card',
      params: nodeParams,
      answers: { 200: { description: 'The card.', body: knowledgeCard } },
      problems: ['course_map_not_found', 'node_not_found', 'quiz_has_no_card', 'card_not_ready'],
      async handle({ ctx, reader, params }) {
        const key = keyOf(params);
        const node = required(await findNode(reader, key), key);
        if (node.status === 'quiz_pending') throw new Problem('quiz_has_no_card', { detail: `node ${key.nodeId} is a quiz` });
        if (node.card === null) {
          throw new Problem('card_not_ready', { detail: `node ${key.nodeId} is ${node.status}`, members: { node_status: node.status } });
        }
        ctx.body = node.card;
      },
    }),
    operation({
      id: 'retryNode',
      method: 'post',
      path: `${PATH}/retry`,
      tag: 'Nodes',
      scope: 'courses:write',
      summary: 'Ask again for a failed node',
      description: 'The counts of failures and interruptions start at zero. A course that was completed is open again until the node is done.',
      params: nodeParams,
      body: reasonBody,
      answers: {
        202: { description: 'It will be written.', body: z.strictObject({ course_map_id: courseMapId, node_id: z.string(), status: z.literal('pending') }) },
      },
      problems: ['course_map_not_found', 'node_not_found', 'node_not_failed', 'course_map_over', 'course_map_archived', 'held_by_somebody'],
      async handle({ ctx, cause, params, body, once }) {
        const key = keyOf(params);
        await requestRetry(gateway, once, key, metadataOf(cause, body?.reason));
        ctx.status = 202;
        ctx.body = { course_map_id: key.courseMapId, node_id: key.nodeId, status: 'pending' };
      },
    }),
  ];
}

/** Asks for a failed node again. Only asks: what follows is decided where nodes are decided. */
async function requestRetry(gateway: Gateway, once: Once, key: NodeKey, metadata: EventMetadata): Promise<void> {
  try {
    await unlessHeld(once, async (transaction) => {
      const node = required(await findNodeIn(transaction, key), key);
      if (node.is_course_cancelled) throw new Problem('course_map_over', { detail: 'the course map is cancelled' });
      const detail = `node ${key.nodeId} is ${node.status}`;
      if (node.status !== 'failed') throw new Problem('node_not_failed', { detail, members: { node_status: node.status } });
      const retryRequested = {
        stream: nodeStream(key),
        expectedVersion: node.version,
        events: [{ type: 'RetryRequested' as const, data: { reason: 'client' as const } }],
        metadata,
      };
      await gateway.store.appendToStreams([retryRequested], transaction);
    });
  } catch (error) {
    // Somebody asked at the same instant: then it is no longer failed.
    if (!(error instanceof WrongExpectedVersionError)) throw error;
    throw new Problem('node_not_failed', { detail: `node ${key.nodeId} was just asked for again`, cause: error });
  }
}

function required(node: Awaited<ReturnType<typeof findNode>>, key: NodeKey): NodeRow {
  if (node === 'no_course') throw new Problem('course_map_not_found', { detail: key.courseMapId });
  if (node === 'no_node') throw new Problem('node_not_found', { detail: key.nodeId });
  return node;
}

function keyOf({ course_map_id: courseMapId, node_id: nodeId }: z.output<typeof nodeParams>): NodeKey {
  return { courseMapId, nodeId };
}

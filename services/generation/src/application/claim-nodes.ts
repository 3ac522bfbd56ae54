/**
 * Claims nodes to generate: takes jobs from the queue and records `GenerationStarted` for each, in one transaction.
 * So there is never an active job whose node has no owner, nor an owner without the event that says so.
 */
import { nodeStream, type NodeKey, type StreamAppend } from '@coursewright/events';
import { decideNode } from '../domain/node-decider.ts';
import type { NodeState } from '../domain/node.ts';
import type { CardBrief } from './author.ts';
import { metadataOf } from './commit-decisions.ts';
import type { Context } from './context.ts';
import { byKey, keyOfNode } from './course-states.ts';
import type { Job } from './dispatcher.ts';
import { putBack } from './put-back.ts';

/** An attempt that this worker owns. */
export interface ClaimedNode extends NodeKey {
  readonly attempt: number;
  /** The version of this attempt's own `GenerationStarted`: the fence. */
  readonly startedVersion: number;
  readonly brief: CardBrief;
  readonly correlationId: string;
}

interface NodeJob extends Job {
  readonly nodeId: string;
}

/** Claims up to `limit` nodes; none when the queue is empty. Rejects without having claimed anything. */
export async function claimNodes(context: Context, limit: number): Promise<ClaimedNode[]> {
  return context.transact(async (transaction) => {
    const { courses, dispatcher } = context;
    const jobs = (await dispatcher.fetch('generate-node', limit, transaction)).filter(isNodeJob);
    if (jobs.length === 0) return [];

    const nodes = byKey(await courses.lockFreeNodes(jobs, transaction));
    const deadline = await courses.instantIn(context.settings.deadlineMs, transaction);

    const started: { job: NodeJob; node: NodeState; append: StreamAppend }[] = [];
    const stale: Job[] = [];
    const busy: Job[] = [];
    for (const job of jobs) {
      const node = nodes.get(keyOfNode(job));
      const events = node === undefined ? [] : startEvents(job, node, context.workerId, deadline);
      if (node === undefined) busy.push(job);
      else if (events.length === 0) stale.push(job);
      else {
        const metadata = metadataOf(context.workerId, job.correlationId);
        started.push({ job, node, append: { stream: nodeStream(job), expectedVersion: node.version, events, metadata } });
      }
      if (events.length === 0 && node !== undefined) logStale(context, job, node);
    }
    await context.store.appendToStreams(started.map(({ append }) => append), transaction);
    await dispatcher.remove('generate-node', stale.map(({ id }) => id), transaction);
    await putBack(context, 'generate-node', busy, transaction);

    const briefs = await courses.briefs(started.map(({ job }) => job), transaction);
    return started.flatMap(({ job, node }) => {
      const brief = briefs.get(keyOfNode(job));
      const { courseMapId, nodeId, attempt, correlationId } = job;
      return brief === undefined ? [] : [{ courseMapId, nodeId, attempt, correlationId, startedVersion: node.version + 1, brief }];
    });
  });
}

function isNodeJob(job: Job): job is NodeJob {
  return job.nodeId !== null;
}

function startEvents(job: NodeJob, node: NodeState, workerId: string, deadline: string) {
  const { attempt, id: jobId } = job;
  return decideNode({ type: 'StartGeneration', attempt, jobId, workerId, deadline }, node);
}

function logStale({ log }: Context, job: NodeJob, node: NodeState): void {
  const fields = { course_map_id: job.courseMapId, node_id: job.nodeId, attempt: job.attempt };
  if (node.status === 'completed') log.info(fields, 'Node already generated, skipping');
  else log.info({ ...fields, status: node.status }, 'Job no longer applies, skipping');
}

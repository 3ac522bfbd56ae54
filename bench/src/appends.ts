/**
 * Appends with their inline projection: one event a call by eight callers, and batches of a hundred.
 */
import { courseMapStream, inTransaction, nodeStream, timeOrderedId, type NodeEvent, type NodeKey } from '@coursewright/events';
import { planOfflineCourse } from '../../services/generation/src/infrastructure/offline-author/course-plan.ts';
import { bareBatches, bareInserts } from './bare-postgres.ts';
import type { Finding } from './report.ts';
import { metadata, request, type Stage } from './stage.ts';

const CALLERS = 8;
const FOR_MS = 4000;
const BATCH = 100;

export async function benchAppends(stage: Stage): Promise<Finding[]> {
  const one = await bareInserts(stage.pool, CALLERS, FOR_MS);
  const single = await singles(stage);
  const many = await bareBatches(stage.pool, CALLERS, FOR_MS);
  const batched = await batches(stage);
  return [
    {
      what: 'append of one event with its projection, 8 callers',
      value: single,
      unit: '/s',
      goal: '2,000',
      baseline: { what: 'bare insert', value: one },
    },
    {
      what: 'append in batches of 100 with projection, 8 callers',
      value: batched,
      unit: '/s',
      goal: '20,000',
      baseline: { what: 'bare batches', value: many },
    },
  ];
}

/** Makes courses and returns so many of their nodes. */
async function someNodes({ store }: Stage, count: number): Promise<NodeKey[]> {
  const keys: NodeKey[] = [];
  while (keys.length < count) {
    const courseMapId = timeOrderedId();
    const map = planOfflineCourse(request, 'bench');
    const usage = { input_tokens: 0, output_tokens: 0 };
    await store.appendToStream({
      stream: courseMapStream(courseMapId),
      expectedVersion: 0,
      metadata,
      events: [
        { type: 'CourseMapRequested', data: { request } },
        { type: 'CourseMapPlanned', data: { attempt: 1, ...map, model: 'bench', usage } },
      ],
    });
    keys.push(...map.nodes.filter(({ type }) => type === 'learn').map(({ id: nodeId }) => ({ courseMapId, nodeId })));
  }
  return keys.slice(0, count);
}

/** What a node's stream looks like: scheduled and started, over and over. */
function eventAt(version: number): NodeEvent {
  const attempt = Math.ceil(version / 2);
  const job_id = '00000000-0000-8000-8000-000000000000';
  return version % 2 === 1
    ? { type: 'GenerationScheduled', data: { attempt, reason: 'planned', job_id, delay_ms: 0 } }
    : { type: 'GenerationStarted', data: { attempt, worker_id: 'bench', job_id, deadline: '2030-01-01T00:00:00.000Z' } };
}

async function singles(stage: Stage): Promise<number> {
  const keys = await someNodes(stage, CALLERS);
  const from = performance.now();
  const counts = await Promise.all(
    keys.map(async (key) => {
      let version = 0;
      while (performance.now() - from < FOR_MS) {
        await stage.store.appendToStream({ stream: nodeStream(key), expectedVersion: version, events: [eventAt(version + 1)], metadata });
        version += 1;
      }
      return version;
    }),
  );
  return (counts.reduce((sum, count) => sum + count, 0) / (performance.now() - from)) * 1000;
}

async function batches(stage: Stage): Promise<number> {
  const keys = await someNodes(stage, CALLERS * BATCH);
  const from = performance.now();
  const counts = await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      const own = keys.slice(caller * BATCH, (caller + 1) * BATCH);
      let version = 0;
      while (performance.now() - from < FOR_MS) {
        const appends = own.map((key) => ({ stream: nodeStream(key), expectedVersion: version, events: [eventAt(version + 1)], metadata }));
        await inTransaction(stage.pool, (transaction) => stage.store.appendToStreams(appends, transaction));
        version += 1;
      }
      return version * BATCH;
    }),
  );
  return (counts.reduce((sum, count) => sum + count, 0) / (performance.now() - from)) * 1000;
}

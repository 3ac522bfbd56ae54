/**
 * What `ops.why_waiting` says a node waits for is what scheduling waits for. The rule is written in two languages, so random maps in
 * random states are held against both.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, nodeStream, type EventMetadata, type NodeEvent } from '@coursewright/events';
import type { NodeState } from '../../src/domain/node.ts';
import { learnPrerequisites, nodesToSchedule } from '../../src/domain/ready-nodes.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';
import { mapOf, REQUEST, type NodeShape } from '../fixtures/planned-map.ts';

const METADATA: EventMetadata = { correlation_id: 'c-1', causation_id: null, actor: 'a test', via: 'http' };
const HASH = 'a'.repeat(64);
const usage = { input_tokens: 1, output_tokens: 1 };
const error = { code: 'model_rate_limited', message: '429' };
const MAPS = 60;

const database = await testDatabase(t);
const { context } = await composedGeneration(t, database.url, 'generation-a');
const owner = new pg.Client({ connectionString: database.url });
await owner.connect();
t.teardown(() => owner.end());
await owner.query('INSERT INTO artifacts (hash, content, key_ideas) VALUES ($1, \'{}\', \'{}\')', [HASH]);

/** What has become of a node: its last event, behind a `GenerationScheduled` and a `GenerationStarted`. */
type Fate = 'untouched' | 'running' | 'failed' | 'failed_for_good' | 'completed';

interface NodeOfMap extends NodeShape {
  readonly fate: Fate;
}

const maps: fc.Arbitrary<readonly NodeOfMap[]> = fc
  .array(fc.record({
    type: fc.constantFrom<'learn' | 'quiz'>('learn', 'learn', 'learn', 'quiz'),
    // Much is untouched, or hardly anything would wait.
    fate: fc.constantFrom<Fate>('untouched', 'untouched', 'running', 'failed', 'failed_for_good', 'completed', 'completed'),
    after: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 3 }),
  }), { minLength: 6, maxLength: 12, size: 'max' })
  .map((nodes) => nodes.map(({ type, fate, after }, index) => ({
    id: `n${index}`,
    type,
    fate: type === 'quiz' ? 'untouched' : fate,
    after: [...new Set(index === 0 ? [] : after.map((any) => `n${any % index}`))],
  })));

function eventsOf(fate: Fate): NodeEvent[] {
  if (fate === 'untouched') return [];
  const job_id = randomUUID();
  const begun: NodeEvent[] = [
    { type: 'GenerationScheduled', data: { attempt: 1, reason: 'planned', job_id, delay_ms: 0 } },
    { type: 'GenerationStarted', data: { attempt: 1, worker_id: 'generation-a', job_id, deadline: '2099-01-01T00:00:00.000Z' } },
  ];
  switch (fate) {
    case 'running':
      return begun;
    case 'completed':
      return [...begun, { type: 'GenerationCompleted', data: { attempt: 1, content_hash: HASH, model: 'm', usage, from_journal: false } }];
    default:
      return [...begun, { type: 'GenerationFailed', data: { attempt: 1, error, retryable: true, final: fate === 'failed_for_good', counts: true, outage_since: null } }];
  }
}

async function courseOf(nodes: readonly NodeOfMap[]): Promise<string> {
  const id = randomUUID();
  const { map_meta, nodes: planned } = mapOf(nodes);
  await context.store.appendToStream({
    stream: courseMapStream(id),
    expectedVersion: 0,
    events: [
      { type: 'CourseMapRequested', data: { request: REQUEST } },
      { type: 'CourseMapPlanned', data: { attempt: 1, map_meta, nodes: planned, model: 'm', usage } },
    ],
    metadata: METADATA,
  });
  const touched = nodes.filter(({ fate }) => fate !== 'untouched');
  await context.transact((transaction) => context.store.appendToStreams(touched.map(({ id: nodeId, fate }) => (
    { stream: nodeStream({ courseMapId: id, nodeId }), expectedVersion: 0, events: eventsOf(fate), metadata: METADATA }
  )), transaction));
  return id;
}

async function statesOf(id: string): Promise<readonly NodeState[]> {
  const { free } = await context.transact((transaction) => context.courses.lockFree([id], transaction));
  return free[0]?.nodes ?? [];
}

t.test('a node is said to wait for exactly the nodes that scheduling waits for', async (t) => {
  let waiting = 0;
  await fc.assert(fc.asyncProperty(maps, async (nodes) => {
    const id = await courseOf(nodes);
    const states = await statesOf(id);
    const byId = new Map(states.map((state) => [state.nodeId, state]));
    const ready = new Set(nodesToSchedule(states, 1000).map(({ nodeId }) => nodeId));
    const { rows } = await owner.query<{ node_id: string; cause: string; why: string }>(
      "SELECT node_id, cause, why FROM ops.why_waiting WHERE course_map_id = $1 AND cause NOT IN ('held', 'worker_silent')", [id]);
    for (const { node_id: nodeId, cause, why } of rows) {
      const expected = learnPrerequisites(byId.get(nodeId)!, byId).filter(({ status }) => status !== 'completed' && status !== 'failed');
      const named = [...why.matchAll(/node (\S+), which/g)].map(([, name]) => name);
      if (cause === 'prerequisites') waiting += 1;
      if ((cause === 'prerequisites') === ready.has(nodeId)) throw new Error(`${nodeId}: ${cause}, and scheduling says ${ready.has(nodeId) ? 'ready' : 'not ready'}`);
      if (named.toSorted().join() !== expected.map((node) => node.nodeId).toSorted().join()) throw new Error(`${nodeId} ${why}; not ${expected.map((node) => node.nodeId).join()}`);
    }
    const untold = states.filter(({ type, status, nodeId }) => type === 'learn' && status === 'pending' && !rows.some(({ node_id }) => node_id === nodeId));
    if (untold.length > 0) throw new Error(`nothing is said of ${untold.map(({ nodeId }) => nodeId).join()}`);
  }), { numRuns: MAPS });
  t.ok(waiting > MAPS, `${waiting} nodes waited for others`);
});

/**
 * What a course looks like from outside: one trace from the request to the last card, over two processes and a model; and the figures of
 * a worker that was killed, of whoever took over, and of what it cost.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { startGatedModelServer } from '../fixtures/gated-model-server.ts';
import { createStack, type ServiceProcess } from '../fixtures/stack.ts';
import { startTraceCollector } from '../fixtures/trace-collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';

/** The sum of the series of a figure with these labels. */
async function figure({ port }: ServiceProcess, name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return text.split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

t.test('one trace from the request to the last card', async (t) => {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  t.teardown(() => model.close());
  const collector = await startTraceCollector(t);
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  await stack.startGateway();
  await stack.startGeneration();
  const asked = { topic: 'Traced', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 };
  const { status, body } = await stack.request('/api/v1/course-map/generate', asked, { traceparent: `00-${TRACE}-${CALLER}-01` });
  t.equal(status, 200);
  const id = String(body.course_map_id);
  await stack.completed(id);
  const learnNodes = Object.values(await stack.nodesOf(id)).filter((state) => state === 'completed').length;
  const ofTrace = () => collector.spans.filter(({ traceId }) => traceId === TRACE);
  await until('every span has arrived', () => ofTrace().filter(({ name }) => name === 'chat gated').length === learnNodes + 1 && ofTrace().some(({ service }) => service.endsWith('gateway')));
  await until('those of the nodes, too', () => ofTrace().filter(({ name }) => name === 'generate node').length === learnNodes);

  const named = (name: string) => ofTrace().filter((span) => span.name === name);
  const [request] = named('POST /api/v1/course-map/generate');
  t.match(request, { service: 'coursewright-gateway', parentSpanId: CALLER, attributes: { 'http.response.status_code': 200 } });
  const [planning] = named('plan course map');
  t.match(planning, { service: 'coursewright-generation', parentSpanId: request!.spanId, attributes: { 'coursewright.course_map_id': id } });
  for (const node of named('generate node')) t.equal(node.parentSpanId, request!.spanId);
  const attempts = new Set([planning!, ...named('generate node')].map(({ spanId }) => spanId));
  const calls = named('chat gated');
  t.equal(new Set(calls.map(({ parentSpanId }) => parentSpanId)).size, learnNodes + 1, 'each call belongs to an attempt of its own');
  for (const { parentSpanId, attributes } of calls) {
    t.ok(attempts.has(parentSpanId ?? ''));
    t.match(attributes, { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gated' });
  }
  const { rows } = await stack.db.query("SELECT metadata ->> 'traceparent' AS traceparent FROM recorded_events WHERE type = 'CourseMapRequested'");
  t.same(rows, [{ traceparent: `00-${TRACE}-${request!.spanId}-01` }], 'the event carries it from one to the other');
});

t.test('a worker is killed: the figures of the one that goes on tell how soon it was noticed, what was taken, and what was paid', async (t) => {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  t.teardown(() => model.close());
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated', LLM_INPUT_PRICE: '1000000', LLM_OUTPUT_PRICE: '2000000' });
  const gateway = await stack.startGateway();
  const victim = await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Killed');
  await until('a card is asked for', () => model.waiting('card') >= 1);
  t.equal(await figure(victim, 'coursewright_attempt_duration_seconds_count', { kind: 'planning', outcome: 'answered' }), 1);
  const heir = await stack.startGeneration();
  t.equal(await figure(heir, 'coursewright_results_total'), 0);
  await victim.kill();
  await until('it is noticed', async () => (await figure(heir, 'coursewright_interruptions_total', { cause: 'worker_lost' })) >= 1);
  t.equal(await figure(heir, 'coursewright_detection_duration_seconds_count'), 1);
  const seconds = await figure(heir, 'coursewright_detection_duration_seconds_sum');
  t.ok(seconds > 0, `after ${seconds} s`);
  model.release('card');
  await stack.completed(id);
  const learnNodes = Object.values(await stack.nodesOf(id)).filter((state) => state === 'completed').length;
  t.equal(await figure(heir, 'coursewright_results_total', { kind: 'node', verdict: 'recorded' }), learnNodes);
  t.equal(await figure(heir, 'coursewright_answers_total', { from: 'model' }), learnNodes);
  t.equal(await figure(heir, 'coursewright_model_call_duration_seconds_count', { outcome: 'answered' }), learnNodes);
  const [input, output] = [await figure(heir, 'coursewright_tokens_total', { direction: 'input' }), await figure(heir, 'coursewright_tokens_total', { direction: 'output' })];
  t.ok(input > 0 && output > 0);
  t.equal(await figure(heir, 'coursewright_cost_total'), input + 2 * output);
  await until('nothing is open any more', async () => (await figure(gateway, 'coursewright_courses_open')) === 0);
  await until('one worker is alive', async () => (await figure(heir, 'coursewright_workers_alive')) === 1);
});

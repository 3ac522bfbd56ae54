/**
 * The figures of a gateway, as Prometheus fetches them.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { connect } from '../fixtures/event-source.ts';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const generation = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const lines = async (): Promise<string[]> => {
  const answer = await gateway.send('GET', '/metrics');
  t.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return answer.text.split('\n');
};
/** The value of the series that begins like this; undefined when there is none. */
const valueOf = (all: readonly string[], series: string): number | undefined => {
  const found = all.find((line) => line.startsWith(`${series} `) || line.startsWith(`${series}}`));
  return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(' ')));
};

t.test('requests by method, route and status, and not by what clients make up', async (t) => {
  for (let asked = 0; asked < 3; asked += 1) await gateway.send('GET', '/api/v1/course-map/list');
  await gateway.send('GET', '/api/v1/course-map/0198f3a1-0bef-7290-a2ae-90cf883dcf46');
  for (const path of ['/nowhere/1', '/nowhere/2']) await gateway.send('GET', path);
  const all = await lines();
  const count = (route: string, status: number) => valueOf(all, `http_server_request_duration_seconds_count{http_request_method="GET",http_route="${route}",http_response_status_code="${status}"}`);
  t.equal(count('/api/v1/course-map/list', 200), 3);
  t.equal(count('/api/v1/course-map/{course_map_id}', 404), 1);
  t.equal(count('none', 404), 2);
  t.notMatch(all.join('\n'), 'nowhere');
});

t.test('how the work stands: courses, nodes, positions, workers; and this process', async (t) => {
  const id = await generation.requestCourse();
  await generation.plan(id);
  await generation.requestCourse();
  await generation.startNode(id, 'start');
  // What the database tells is kept for five seconds.
  const all = await until('the figures are of now', async () => {
    const now = await lines();
    return valueOf(now, 'coursewright_nodes_open{status="generating"}') === 1 ? now : undefined;
  });
  t.equal(valueOf(all, 'coursewright_courses_open{status="requested"}'), 1);
  t.equal(valueOf(all, 'coursewright_courses_open{status="generating"}'), 1);
  t.equal(valueOf(all, 'coursewright_nodes_open{status="pending"}'), 3);
  t.equal(valueOf(all, 'coursewright_nodes_open{status="quiz_pending"}'), 1);
  t.equal(valueOf(all, 'coursewright_log_head'), Number(await generation.store.head()));
  t.equal(valueOf(all, 'coursewright_workers_alive'), 0);
  t.ok(valueOf(all, 'coursewright_pool_connections{state="idle"}') !== undefined);
  t.equal(valueOf(all, 'coursewright_pool_waiting'), 0);
  t.match(all.find((line) => line.startsWith('target_info')), /service_name="coursewright-gateway".*service_instance_id="gateway-[0-9a-f]{10}"/);
});

t.test('streams that are open', async (t) => {
  const watching = await connect(t, gateway.port, '/api/v1/events');
  await watching.received(1);
  t.equal(valueOf(await lines(), 'coursewright_streams_open'), 1);
  watching.close();
  await until('it is closed', async () => (valueOf(await lines(), 'coursewright_streams_open') === 0 ? true : undefined));
});

t.test('where clients are told apart, figures are for administrators', async (t) => {
  const closed = await startGateway(t, { DATABASE_URL: database.url, AUTH: 'required' });
  claimProblem(t, await closed.send('GET', '/metrics'), 401, 'unauthenticated');
  const split = await startGateway(t, { DATABASE_URL: database.url, ADMIN_PORT: '8001' });
  claimProblem(t, await split.send('GET', '/metrics'), 404, 'route_not_found');
  t.equal((await split.sendAsAdministrator('GET', '/metrics')).status, 200);
});

t.test('while the database is away, what the process knows itself is still told', async (t) => {
  const away = await startGateway(t, { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' });
  const answer = await away.send('GET', '/metrics');
  t.equal(answer.status, 200);
  t.match(answer.text, 'coursewright_pool_waiting');
  t.notMatch(answer.text, /^coursewright_log_head /m);
});

/** A gateway without its database says so, and goes on as soon as it is back. */
import t from 'tap';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import pg from 'pg';
import { claimProblem } from '../fixtures/problem-claims.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

const ID = randomUUID();

/** Every route that needs the database. */
const REQUESTS = [
  ['POST', '/api/v1/course-map/generate', courseRequest()],
  ['GET', '/api/v1/course-map/list', undefined],
  ['GET', `/api/v1/course-map/${ID}`, undefined],
  ['GET', `/api/v1/course-map/${ID}/progress`, undefined],
  ['GET', `/api/v1/course-map/${ID}/nodes/n1`, undefined],
  ['POST', `/api/v1/course-map/${ID}/nodes/n1/retry`, undefined],
  ['POST', `/api/v1/course-map/${ID}/cancel`, undefined],
  ['POST', '/api/v1/course-map/admin/recover-tasks', undefined],
  ['GET', '/healthz', undefined],
  ['GET', '/readyz', undefined],
] as const;

t.test('with the database away every route says so and when to come back, and the process lives', async (t) => {
  const gateway = await startGateway(t, { DATABASE_URL: `postgres://nobody@127.0.0.1:${await closedPort()}/none` });
  for (const [method, path, json] of REQUESTS) {
    await t.test(`${method} ${path}`, async (t) => {
      const answer = await gateway.send(method, path, json === undefined ? {} : { json });
      claimProblem(t, answer, 503, 'database_unavailable');
      t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/, 'in seconds');
      t.notMatch(answer.text, /127\.0\.0\.1|ECONN|nobody/, 'nothing of our insides is told');
    });
  }
  t.equal((await gateway.send('GET', '/livez')).status, 200);
  claimProblem(t, await gateway.send('POST', '/api/v1/course-map/generate', { json: {} }), 400, 'invalid_request');
});

t.test('a gateway whose sessions are all ended serves the next request and hears the next event', async (t) => {
  const database = await testDatabase(t);
  const gateway = await startGateway(t, { DATABASE_URL: database.url });
  const operator = new pg.Client({ connectionString: database.url });
  await operator.connect();
  t.teardown(() => operator.end());
  const sessions = async () => {
    const { rows } = await operator.query<{ pid: number; name: string }>(
      `SELECT pid, application_name AS name FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'coursewright-%'`,
    );
    return rows;
  };
  const listening = () =>
    until('the listening session', async () => {
      return (await sessions()).find(({ name }) => name === 'coursewright-listener')?.pid;
    });

  t.equal((await gateway.send('GET', '/readyz')).status, 200);
  const before = await listening();
  await operator.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'coursewright-%'`,
  );
  await until('an answer', async () => ((await gateway.send('GET', '/readyz')).status === 200 ? true : undefined));
  const after = await until('a new listening session', async () => {
    const pid = await listening();
    return pid === before ? undefined : pid;
  });
  t.not(after, before);
});

/** A port of the loopback address that nobody listens on: one that was ours a moment ago. */
async function closedPort(): Promise<number> {
  for (;;) {
    const port = 30_000 + Math.floor(Math.random() * 2_000);
    const wasFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (wasFree) return port;
  }
}

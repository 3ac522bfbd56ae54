/**
 * The first command of the README, as a new user types it: real processes, a real Postgres in a folder of the test's.
 */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { startLocalPostgres } from '@coursewright/db';
import { folder, run } from '../fixtures/launcher-run.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(20);
}

const answers = (port: number): Promise<boolean> => fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false);

t.test('it starts, a course completes, a killed worker is started again, and Ctrl-C leaves nothing running', async (t) => {
  const dataDir = await folder(t);
  const port = 19_100;
  const started = run(dataDir, port);
  t.teardown(() => void started.child.kill('SIGKILL'));
  const [, killed] = await started.prints(/kill -9 (\d+)/);
  const pid = Number(killed);

  const body = JSON.stringify({ topic: 'T', level: 'Novice', focus: 'f', verified_concept: 'v', mode: 'Light', total_commitment_minutes: 60 });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/course-map/generate`, { method: 'POST', body, headers });
  t.equal(response.status, 200);
  const { course_map_id: id } = (await response.json()) as { course_map_id: string };
  process.kill(pid, 'SIGKILL');
  await started.prints(/was ended by SIGKILL; starting it again/);
  await until(async () => {
    const progress = (await (await fetch(`http://127.0.0.1:${port}/api/v1/course-map/${id}/progress`)).json()) as { overall_status: string };
    return progress.overall_status === 'completed';
  });
  await until(() => answers(port + 1));

  started.child.kill('SIGINT');
  t.equal(await started.exit(), 0);
  t.match(started.output(), /Stopped\. Starting again/);
  for (const each of [port, port + 1, port + 2]) t.notOk(await answers(each), `nobody answers on port ${each}`);
});

t.test('a launcher that is killed leaves no service behind, and the next one goes on with its database', async (t) => {
  const dataDir = await folder(t);
  const first = run(dataDir, 19_110);
  const [, pid] = await first.prints(/kill -9 (\d+)/);
  first.child.kill('SIGKILL');
  await first.exit();
  await until(() => !isAlive(Number(pid)));
  await until(async () => !(await answers(19_110)));

  const second = run(dataDir, 19_110);
  t.teardown(() => void second.child.kill('SIGKILL'));
  await second.prints(/using the database server that already runs/);
  await second.prints(/Coursewright is ready/);
  second.child.kill('SIGTERM');
  t.equal(await second.exit(), 0);
});

t.test('a busy port is told in one sentence with the way out, and nothing is started', async (t) => {
  const dataDir = await folder(t);
  const holder = createServer().listen(19_120, '127.0.0.1');
  t.teardown(() => void holder.close());
  const refused = run(dataDir, 19_120);
  t.equal(await refused.exit(), 1);
  t.match(refused.output(), /Port 19120 is in use: .*PORT=19121 npx -y pnpm@12 start/);
  t.notMatch(refused.output(), 'starting PostgreSQL');
});

t.test('a second launcher on the same data folder is refused in one sentence', async (t) => {
  const dataDir = await folder(t);
  const server = await startLocalPostgres({ dataDir: join(dataDir, 'postgres') });
  t.teardown(() => server.stop());
  const refused = run(dataDir, 19_130);
  t.equal(await refused.exit(), 1);
  t.match(refused.output(), /in use by another run/);
});

/**
 * `coursewright watch`, as it is typed: against real processes, while one of them is killed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '../../../events/src/testing/until.ts';
import { startGatedModelServer } from '../../../../services/generation/test/fixtures/gated-model-server.ts';
import { createStack } from '../../../../services/generation/test/fixtures/stack.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

function run(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (told.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told.err += chunk.toString()));
  return { told, child, exit: once(child, 'exit').then(([code]) => code as number | null) };
}

t.test('a course is watched to its end over a gateway that is killed, and the exit code says how it ended', async (t) => {
  const database = await testDatabase(t);
  const model = await startGatedModelServer();
  t.teardown(() => model.close());
  const stack = createStack(t, database.url, { LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'gated' });
  const gateway = await stack.startGateway();
  await stack.startGeneration();
  model.hold('card');
  const id = await stack.requestCourse('Watched');
  const { told, child, exit } = run('watch', id, '--url', `http://127.0.0.1:${gateway.port}`);
  t.teardown(() => void child.kill());
  await until('a node is shown that is being written', () => /n1 generating/.test(told.out) || /▶ n1/.test(told.out));
  await gateway.kill();
  await stack.startGateway({ PORT: String(gateway.port) });
  model.release('card');
  t.equal(await exit, 0, told.err);
  t.match(told.out, /^n1 completed \d+\.\d s$/m);
  t.match(told.out, /: completed\n$/);
  t.equal(told.err, '');
});

t.test('what is not there, and a gateway that is not, are told with a way out', async (t) => {
  const database = await testDatabase(t);
  const stack = createStack(t, database.url, {});
  const { port } = await stack.startGateway();
  const missing = run('watch', '0198f3a1-0bef-7290-a2ae-90cf883dcf46', '--url', `http://127.0.0.1:${port}`);
  t.equal(await missing.exit, 2);
  t.match(missing.told.err, /^course_map_not_found/);
  const nobody = run('watch', '0198f3a1-0bef-7290-a2ae-90cf883dcf46', '--url', 'http://127.0.0.1:1');
  t.equal(await nobody.exit, 2);
  t.match(nobody.told.err, /--url/);
});

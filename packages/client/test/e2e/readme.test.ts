/**
 * The examples of the README do what they say, as they stand there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { createStack } from '../../../../services/generation/test/fixtures/stack.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const examples = [...readFileSync(`${PACKAGE}README.md`, 'utf8').matchAll(/^## (.+)$[^]*?^```ts\n([^]*?)^```$/gm)].map(([, title = '', code = '']) => ({ title, code }));

const EXPECTED: Readonly<Record<string, RegExp>> = {
  'Ask for a course, and list courses': /^asked for [0-9a-f-]{36}\n\[ 'SQL: generating' \]\n$/,
  'Watch a course until it is over': /^stands at 0[^]*GenerationCompleted\n[^]*CourseMapCompleted\nover\n$/,
};

const database = await testDatabase(t);
const stack = createStack(t, database.url, { OFFLINE_AUTHOR_LATENCY_MS: '1000' });
const { port } = await stack.startGateway();
await stack.startGeneration();

t.same(examples.map(({ title }) => title), Object.keys(EXPECTED));
for (const { title, code } of examples) {
  t.test(title, async (t) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript'], { cwd: PACKAGE, env: { ...process.env, COURSEWRIGHT_URL: `http://127.0.0.1:${port}` }, stdio: ['pipe', 'pipe', 'pipe'] });
    t.teardown(() => void child.kill());
    const told = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (told.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (told.err += chunk.toString()));
    child.stdin.end(code);
    const [exitCode] = (await once(child, 'close')) as [number];
    t.equal(exitCode, 0, told.err);
    t.match(told.out, EXPECTED[title]);
  });
}

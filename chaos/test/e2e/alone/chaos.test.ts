/**
 * The whole of it, in small: real processes, real faults of every kind, the quiet period, the proof. What is too rare for
 * this size is found by longer runs of `pnpm chaos`.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

function chaos(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('exit', (code) => resolve({ code, out, err }));
  });
}

t.test('twelve faults of every kind: nothing is lost, done twice or paid twice, and no secret is told', async (t) => {
  const { code, out, err } = await chaos('--seed', '11', '--kills', '12', '--json');
  t.equal(code, 0, err);
  const { proof, measures, problems } = JSON.parse(out) as { proof: { holds: boolean }; measures: Record<string, number>; problems: string[] };
  t.same(problems, []);
  t.equal(proof.holds, true);
  t.equal(measures['completed'], measures['nodes']);
  t.ok(measures['wastedCalls']! <= measures['interruptedAttempts']!);
});

t.test('a mistake in the arguments is said, and nothing is started', async (t) => {
  for (const args of [['--mix', 'kill,flood'], ['--kills', '0'], ['--seed', 'x'], ['--fast']]) {
    const { code, err } = await chaos(...args);
    t.equal(code, 2, args.join(' '));
    t.match(err, /usage: pnpm chaos/);
  }
});

/**
 * `pnpm test:mutants [part of a name…]`: breaks a copy of the project on purpose, one thing at a time, and runs the tests
 * that should notice. Prints which test caught which. Exit code 1 when one was not caught.
 *
 * The tests of a mutant run quickest first, and stop at the first that fails. A mutant whose tests fail without it as well
 * proves nothing, so the same tests have to pass on the copy before it is touched.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTANTS, type Mutant } from './list.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** Not copied: what git ignores, and the installed packages of the root, which are linked. */
const LEFT_OUT = ['.git', '.data', '.tap', 'test-evidence', 'node_modules'];

const wanted = process.argv.slice(2).filter((word) => word !== '--');
const mutants = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
if (mutants.length === 0) {
  console.error(`No mutant is called like ${wanted.join(' or ')}.`);
  process.exit(2);
}
const copy = await copyProject();
let survivors = 0;
try {
  console.log(`The tests have to pass before anything is broken: ${await everyTest(mutants)}`);
  for (const [index, mutant] of mutants.entries()) {
    const caughtBy = await tryMutant(mutant);
    if (caughtBy === undefined) survivors += 1;
    console.log(`${caughtBy === undefined ? '✗' : '✓'} ${index + 1}/${mutants.length} ${mutant.name}`);
    console.log(`      ${caughtBy === undefined ? 'NOT CAUGHT' : `caught by "${caughtBy}"`}`);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
console.log(`\n${mutants.length - survivors} of ${mutants.length} mutants were caught.`);
process.exit(survivors === 0 ? 0 : 1);

/** Links the installed packages; the project's own among them lead to the copy, because those links are relative. */
async function copyProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coursewright-mutants-'));
  await cp(PROJECT, folder, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => {
      const path = relative(PROJECT, source);
      return !LEFT_OUT.includes(path);
    },
  });
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

async function everyTest(of: readonly Mutant[]): Promise<string> {
  const tests = [...new Set(of.flatMap(({ tests: some }) => some))];
  const { failed, lastLine } = await runTests(tests);
  if (failed === undefined) return lastLine;
  console.error(`${failed} fails on the untouched copy, so it can catch nothing.`);
  await rm(copy, { recursive: true, force: true });
  process.exit(2);
}

/** @returns the test that failed, undefined when none did */
async function tryMutant({ name, file, find, replace, tests }: Mutant): Promise<string | undefined> {
  const path = join(copy, file);
  const original = await readFile(path, 'utf8');
  if (original.split(find).length !== 2) {
    throw new Error(`mutant "${name}": what it breaks does not stand in ${file} once; bring it up to date`);
  }
  await unlink(path);
  await writeFile(path, original.replace(find, () => replace));
  try {
    for (const test of tests) {
      const { failed } = await runTests([test]);
      if (failed !== undefined) return failed;
    }
    return undefined;
  } finally {
    await writeFile(path, original);
  }
}

function runTests(filters: readonly string[]): Promise<{ failed: string | undefined; lastLine: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(copy, 'scripts/test.ts'), ...filters], { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', () => undefined);
    child.once('error', reject);
    child.once('exit', (code) => {
      const lines = out.trimEnd().split('\n');
      // The first claim that does not hold any more. A file that cannot even be read has no claims, and catches nothing.
      const claim = lines.map((line) => /^\s+✗ ([^›]+)/.exec(line)?.[1]?.trim()).find((found) => found !== undefined && !found.endsWith('.test.ts'));
      if (code !== 0 && claim === undefined) reject(new Error(`the tests did not run:\n${out.slice(-2000)}`));
      else resolve({ failed: code === 0 ? undefined : claim, lastLine: lines.at(-1) ?? '' });
    });
  });
}

/**
 * Runs test files with tap and tells, line by line, what came of each.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TapReader, type FileResult, type Totals } from './tap-reader.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('..', import.meta.url));
const TAP_CONFIG = fileURLToPath(new URL('tap.yaml', import.meta.url));

export interface TapRun {
  readonly files: readonly string[];
  /** How many files run at the same time. */
  readonly jobs: number;
  /** How long one file may take. */
  readonly timeoutSeconds: number;
  /** Added to our environment for the tests. */
  readonly environment: Readonly<Record<string, string>>;
  /** The whole output of a file that failed is kept in this folder. */
  readonly evidenceDir: string;
  /** Aborted: the tests are asked to stop, and what ran until then is counted. */
  readonly signal: AbortSignal;
}

/**
 * Returns tap's totals. A run that tap itself could not finish, or in which it found something that it did not count,
 * has at least one failure.
 */
export async function runTap(run: TapRun): Promise<Totals> {
  const args = [
    tapProgram(), 'run', '--reporter=tap', `--jobs=${run.jobs}`, `--timeout=${run.timeoutSeconds}`, ...run.files,
  ];
  const tap = spawn(process.execPath, args, {
    cwd: PROJECT_FOLDER,
    env: { ...process.env, ...run.environment, TAP_RCFILE: TAP_CONFIG },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    tap.once('error', reject);
    tap.once('close', resolve);
  });
  const stop = (): void => void tap.kill('SIGTERM');
  run.signal.addEventListener('abort', stop, { once: true });
  const reader = new TapReader();
  for await (const line of createInterface({ input: tap.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    const result = reader.read(line);
    if (result === undefined) continue;
    report(result);
    if (!result.ok) await keep(result, run.evidenceDir);
  }
  const exitCode = await ended;
  run.signal.removeEventListener('abort', stop);
  const totals = reader.totals ?? { passed: 0, failed: 0, skipped: 0 };
  return exitCode === 0 || totals.failed > 0 ? totals : { ...totals, failed: 1 };
}

function tapProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('tap/package.json');
  const { bin } = createRequire(import.meta.url)(manifest) as { bin: { tap: string } };
  return join(dirname(manifest), bin.tap);
}

function report({ file, ok, seconds, passed, failures, comments }: FileResult): void {
  const counts = failures.length === 0 ? `${passed} passed` : `${passed} passed, ${failures.length} failed`;
  console.log(`${ok ? '✓' : '✗'} ${file}  ${counts}  (${seconds.toFixed(1)} s)`);
  if (ok) return;
  for (const failure of failures) {
    console.log(`    ✗ ${failure.path.join(' › ')}`);
    for (const line of failure.diagnosis) console.log(`      ${line.trimEnd()}`);
  }
  for (const comment of comments) console.log(`    # ${comment}`);
}

async function keep(result: FileResult, evidenceDir: string): Promise<void> {
  await mkdir(evidenceDir, { recursive: true });
  const name = `${result.file.replaceAll(/[^\w.-]+/g, '_')}.tap`;
  await writeFile(join(evidenceDir, name), `${result.lines.join('\n')}\n`);
}

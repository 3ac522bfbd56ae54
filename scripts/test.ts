/**
 * `pnpm test`: brings up a Postgres, runs the tests, adds up what came of them.
 *
 *     pnpm test                       everything
 *     pnpm test:unit                  one kind; also test:integration, test:e2e
 *     pnpm test:integration migrate   only files whose path contains "migrate"; '!migrate': all others
 *
 * Uses the server of DATABASE_URL if that is set: it makes databases of its own there and leaves the others alone.
 * The last line is "N passed, N failed". The exit code is 1 when anything failed, crashed or timed out, or nothing ran.
 */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dropOldTestDatabases, ensureTemplate, startTestServer, type TestServer } from '../db/src/testing/index.ts';
import { runTap } from './run-tap.ts';
import type { Totals } from './tap-reader.ts';
import { findTestFiles, readSelection, type Kind } from './test-files.ts';

const EVIDENCE_DIR = fileURLToPath(new URL('../test-evidence', import.meta.url));
/** Every file is a process of its own, and compiles what others have compiled. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../.data/compile-cache', import.meta.url));
/** How many files run at the same time. Those in a folder `alone` measure how fast something is noticed, and have the machine to themselves. */
const JOBS = 2;
/** Ends what hangs, and judges nothing: several times what the slowest file takes on a machine that does four other things. */
const TIMEOUT_SECONDS: Readonly<Record<Kind, number>> = { unit: 300, integration: 900, e2e: 1200 };

async function main(): Promise<void> {
  const { kinds, filters } = readSelection(process.argv.slice(2));
  const selected = kinds.map((kind) => ({ kind, files: findTestFiles(kind, filters) }));
  const interrupted = new AbortController();
  // The terminal sends its Ctrl-C to tap and the tests as well; all that is left to do here is to end in order.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
  await rm(EVIDENCE_DIR, { recursive: true, force: true });

  let totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  let server: TestServer | undefined;
  try {
    for (const { kind, files } of selected) {
      if (files.length === 0 || interrupted.signal.aborted) continue;
      const environment: Record<string, string> = { TEST_EVIDENCE_DIR: EVIDENCE_DIR, NODE_COMPILE_CACHE };
      if (kind !== 'unit') {
        server ??= await startTestServer(process.env, (line) => console.log(line));
        environment['TEST_DATABASE_URL'] = server.url;
        environment['TEST_TEMPLATE_DATABASE'] = await prepare(server);
      }
      console.log(`\n${kind}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
      const { together = [], alone = [] } = Object.groupBy(files, (file) => (file.includes('/alone/') ? 'alone' : 'together'));
      for (const [some, jobs] of [[together, JOBS], [alone, 1]] as const) {
        if (some.length === 0 || interrupted.signal.aborted) continue;
        totals = add(totals, await runTap({
          files: some,
          jobs,
          timeoutSeconds: TIMEOUT_SECONDS[kind],
          environment,
          evidenceDir: EVIDENCE_DIR,
          signal: interrupted.signal,
        }));
      }
    }
  } finally {
    await server?.release();
  }
  conclude(totals, interrupted.signal.aborted, server?.ours === true);
}

/** Makes the migrated template that every test database is cloned from. Returns its name. */
async function prepare(server: TestServer): Promise<string> {
  if (server.ours) await dropOldTestDatabases(server.url);
  return ensureTemplate(server.url);
}

function add(one: Totals, other: Totals): Totals {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

function conclude({ passed, failed, skipped }: Totals, interrupted: boolean, ours: boolean): void {
  if (failed > 0) {
    console.log(`\nThe output of what failed is in ${EVIDENCE_DIR}.`);
    if (ours) console.log('To look into the databases that were kept: node db/scripts/test-server.ts');
  }
  if (interrupted) console.log('\nInterrupted.');
  else if (passed + failed === 0) console.log('\nNo test ran.');
  process.exitCode = interrupted ? 130 : failed > 0 || passed === 0 ? 1 : 0;
  console.log(`\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  console.log('\n0 passed, 1 failed');
  process.exitCode = 1;
}

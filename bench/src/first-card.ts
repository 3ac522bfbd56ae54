/**
 * From a clone to the first card, as a new user gets there: a clone of the current commit, the README's first command with
 * an empty home but pnpm's package store warm, a request, and a card.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from './report.ts';
import { request } from './stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PORT = 21_908;
const API = `http://127.0.0.1:${PORT}/api/v1/course-map`;
const PATIENCE_MS = 300_000;

export async function benchFirstCard(): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'coursewright-first-card-'));
  chmodSync(folder, 0o755);
  // What pnpm sets for this benchmark is not what a new user's shell has; nor is a node_modules on the path.
  const PATH = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules')).join(delimiter);
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  execFileSync('git', ['clone', '-q', ROOT, join(folder, 'project')]);
  // A process group of its own: npx, pnpm, the launcher and all that it starts hear one signal.
  const child = spawn('npx', ['-y', 'pnpm@12', 'start'], {
    cwd: join(folder, 'project'),
    env: { PATH, HOME: process.env['HOME'], PORT: String(PORT), GENERATION_PORT: String(PORT + 1) },
    stdio: 'ignore',
    detached: true,
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    await Promise.race([
      until(async () => (await fetch(`http://127.0.0.1:${PORT}/readyz`)).ok),
      gone.then(() => Promise.reject(new Error('the start command ended'))),
    ]);
    const ready = seconds();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${API}/generate`, { method: 'POST', headers, body: JSON.stringify(request) });
    const { course_map_id: id } = (await answer.json()) as { course_map_id: string };
    await until(async () => (await fetch(`${API}/${id}/nodes/n1`)).ok);
    return [
      { what: 'clone to ready, package store warm', value: ready, unit: 's', goal: '' },
      { what: 'clone to the first card, package store warm', value: seconds(), unit: 's', goal: 'under 60' },
    ];
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks until it is so; a server that is not there yet is asked again. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > patience) throw new Error('there is no card yet');
    await sleep(50);
  }
}

/**
 * Who runs on a data folder: read from `postmaster.pid`, which the server keeps there while it lives.
 *
 * The file outlives a server that was killed, and its process id may since belong to somebody else (in a container
 * that was restarted it often does), so the id alone proves nothing.
 */
import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

export type FolderState =
  /** No server; `leftover` when a dead one left its file, which would keep the next from starting. */
  | { readonly kind: 'idle'; readonly leftover: boolean }
  | { readonly kind: 'running'; readonly postmaster: Postmaster };

/** Looks at a data folder. A server that is starting or stopping counts as running, with `ready` false. */
export async function inspectFolder(dataDir: string): Promise<FolderState> {
  const content = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (content === undefined) return { kind: 'idle', leftover: false };
  const lines = content.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return { kind: 'idle', leftover: false };
  if (!await isServerOf(pid, dataDir)) return { kind: 'idle', leftover: true };
  return { kind: 'running', postmaster: { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } };
}

async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  if (!processExists(pid)) return false;
  if (process.platform === 'win32') return true;
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-p', String(pid), '-o', 'comm=']).catch(() => ({ stdout: 'postgres' }));
    return stdout.includes('postgres');
  }
  // "123 (postgres) S …": the name in brackets, then the state, of which Z and X are dead.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (!/^\d+ \(postgres\) [^ZX]/.test(status)) return false;
  // A server works in its data folder. Where we may not look (it is another user's), it is taken to be ours.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder === undefined || folder === await realpath(dataDir);
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

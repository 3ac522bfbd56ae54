/**
 * One real process of a service, under whatever is done to it; every line that it logs is kept in a file.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface RunningProcess {
  readonly pid: number;
  readonly startedAt: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it is gone: with what ended it. */
  readonly gone: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Its own name in the database; a worker says it with each line. */
  workerId(): string | undefined;
  /** Resolves once it has been ready, or is gone. */
  ready(): Promise<void>;
}

/** @param service its folder under services/ */
export function startProcess(service: 'gateway' | 'generation', port: number, env: NodeJS.ProcessEnv, logFile: string): RunningProcess {
  const child = spawn(process.execPath, [`${ROOT}services/${service}/src/main.ts`], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: `${ROOT}.data/compile-cache`, LOG_LEVEL: 'info', ...env, [service === 'gateway' ? 'PORT' : 'GENERATION_PORT']: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  let workerId: string | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    workerId ??= /"worker_id":"([^"]+)"/.exec(chunk.toString())?.[1];
    log.write(chunk);
  });
  child.stderr.pipe(log);
  let isGone = false;
  let wasReady = false;
  const gone = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => {
      isGone = true;
      resolve({ code, signal });
    }),
  );
  return {
    pid: child.pid ?? 0,
    startedAt: Date.now(),
    signal: (name) => void child.kill(name),
    gone,
    workerId: () => workerId,
    async ready() {
      while (!isGone && !wasReady) {
        wasReady = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(1000) }).then(({ ok }) => ok, () => false);
        if (!wasReady) await sleep(20);
      }
    },
  };
}

/**
 * One service as a child process: started, followed, started again when it dies, stopped in order.
 *
 * It gets a process group of its own, so that a Ctrl-C in the terminal reaches the launcher alone, and a channel that
 * closes when the launcher dies, however it dies: the service then stops by itself and nobody is orphaned.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServiceSettings {
  readonly name: string;
  /** The service's main file. */
  readonly file: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where its probes are, for example http://127.0.0.1:8000. */
  readonly probeUrl: string;
  readonly onLine: (line: string) => void;
  /** What it says over its channel; the answer is sent back. */
  readonly onMessage?: (message: unknown) => Promise<object | undefined>;
  /** Told in a sentence what happened to it. */
  readonly onNotice: (sentence: string) => void;
}

export interface ServiceProcess {
  readonly name: string;
  /** Of the process that runs at this moment. */
  pid(): number | undefined;
  /** How the log knows the process that runs, or ran last; undefined before it has said so. */
  workerId(): string | undefined;
  state(): 'running' | 'frozen' | 'ended';
  /** Sends a signal to the process that runs. False when none does. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean;
  /** Says something to it over its channel; not at all when it does not run. */
  tell(message: object): void;
  /** Resolves when it says that it is ready; rejects when it gives up before, or the signal aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** Asks it to stop, waits so long, then ends it. Resolves when it is gone. */
  stop(patienceMs: number): Promise<void>;
  /** Ends it now. */
  kill(): void;
}

/** It died before it was ever ready: starting it again would not help. */
export class ServiceFailedError extends Error {
  override readonly name = 'ServiceFailedError';
  readonly code = 'service_failed';
  readonly service: string;

  constructor(service: string, exitCode: number | null) {
    super(`${service} could not start (exit code ${exitCode ?? 'none'}); its last lines above say why.`);
    this.service = service;
  }
}

/** Every log line of a worker says who it is. */
const WORKER = /"worker_id":"([\w-]+)"/;
const FIRST_RESTART_MS = 250;
const SLOWEST_RESTART_MS = 5000;
/** A process that lived for so long is started again at once. */
const LONG_LIFE_MS = 10_000;
const BETWEEN_PROBES_MS = 50;

export function startService(settings: ServiceSettings): ServiceProcess {
  let child: ChildProcess | undefined;
  let workerId: string | undefined;
  let isFrozen = false;
  let stopping = false;
  let wasReady = false;
  let failure: ServiceFailedError | undefined;
  let restartMs = FIRST_RESTART_MS;
  let gone: Promise<void> = Promise.resolve();

  function start(): void {
    const startedAt = performance.now();
    // As their package.json starts them.
    const started = spawn(process.execPath, ['--disable-proto=delete', settings.file], {
      env: settings.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    child = started;
    isFrozen = false;
    for (const stream of [started.stdout, started.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => {
        workerId = WORKER.exec(line)?.[1] ?? workerId;
        settings.onLine(line);
      });
    }
    started.on('message', (message) => void settings.onMessage?.(message).then((answer) => answer !== undefined && started.connected && started.send(answer)));
    gone = new Promise((resolve) => {
      started.once('error', () => {
        failure ??= new ServiceFailedError(settings.name, null);
        resolve();
      });
      started.once('exit', (exitCode, signal) => {
        resolve();
        if (stopping) return;
        if (!wasReady) {
          failure = new ServiceFailedError(settings.name, exitCode);
          return;
        }
        if (performance.now() - startedAt > LONG_LIFE_MS) restartMs = FIRST_RESTART_MS;
        const how = signal === null ? `ended with exit code ${exitCode ?? 'none'}` : `was ended by ${signal}`;
        settings.onNotice(`${settings.name} (process ${started.pid ?? '?'}) ${how}; starting it again`);
        setTimeout(() => {
          if (!stopping) start();
        }, restartMs);
        restartMs = Math.min(restartMs * 2, SLOWEST_RESTART_MS);
      });
    });
  }

  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;

  start();
  return {
    name: settings.name,
    pid: () => (isRunning() ? child?.pid : undefined),
    workerId: () => workerId,
    state: () => (!isRunning() ? 'ended' : isFrozen ? 'frozen' : 'running'),
    signal(signal) {
      if (!isRunning() || child?.kill(signal) !== true) return false;
      isFrozen = signal === 'SIGSTOP';
      return true;
    },
    tell(message) {
      if (child?.connected === true) child.send(message);
    },
    async ready(signal) {
      for (;;) {
        signal.throwIfAborted();
        if (failure !== undefined) throw failure;
        if (await answers(`${settings.probeUrl}/readyz`)) break;
        await sleep(BETWEEN_PROBES_MS);
      }
      wasReady = true;
    },
    async stop(patienceMs) {
      stopping = true;
      // What is frozen hears nothing.
      if (isFrozen) child?.kill('SIGCONT');
      child?.kill('SIGTERM');
      const end = setTimeout(() => child?.kill('SIGKILL'), patienceMs);
      await gone;
      clearTimeout(end);
    },
    kill() {
      stopping = true;
      child?.kill('SIGKILL');
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

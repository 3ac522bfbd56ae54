/**
 * One service as a child process: started, watched, started again when it dies, stopped.
 *
 * The child leads a process group of its own, so that the terminal's Ctrl-C reaches the launcher alone, which then stops
 * everything in order. The channel to the child (`ipc`) carries nothing: it closes when the launcher is killed, and
 * that is how the child learns to stop.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError } from './error.ts';
import { isReady } from './readiness.ts';
import type { Terminal } from './terminal.ts';

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 10_000;
/** A process that lived this long was well; its next death starts from the shortest pause again. */
const HEALTHY_AFTER_MS = 10_000;
const READY_POLL_MS = 50;
const READY_WITHIN_MS = 60_000;

export interface ProcessSettings {
  readonly name: string;
  /** The script that Node runs. */
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Answers 200 when the process is ready. */
  readonly readyUrl: string;
}

export interface SupervisedProcess {
  readonly name: string;
  /** The process that runs now; undefined between two. */
  readonly pid: number | undefined;
  /**
   * Resolves once the process is ready; from then on it is started again whenever it dies.
   *
   * @throws LauncherError `process_not_started` when it ends, or takes a minute, before it is ready
   */
  ready(): Promise<void>;
  /**
   * Asks the process to stop, kills it when it takes too long or `force` is aborted, and resolves when it is gone.
   * It is not started again. May be called twice, and at any time.
   */
  stop(withinMs: number, force: AbortSignal): Promise<void>;
}

/** Starts the process at once. */
export function superviseProcess(settings: ProcessSettings, terminal: Terminal): SupervisedProcess {
  const { name, script, environment, readyUrl } = settings;
  const stopping = new AbortController();
  let wasReady = false;
  let pauseMs = FIRST_RESTART_MS;
  let child: ChildProcess | undefined;

  /** One life of the process: resolves when it is over and everything that it said was shown. */
  async function live(): Promise<string> {
    const bornAt = Date.now();
    const spawned = spawn(process.execPath, [script], {
      env: environment,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child = spawned;
    showLines(name, spawned.stdout, terminal);
    showLines(name, spawned.stderr, terminal);
    const end = await new Promise<string>((resolve) => {
      spawned.once('error', (error) => resolve(`could not be run: ${error.message}`));
      spawned.once('close', (code, signal) => resolve(signal === null ? `ended with exit code ${code}` : `was killed (${signal})`));
    });
    child = undefined;
    if (Date.now() - bornAt > HEALTHY_AFTER_MS) pauseMs = FIRST_RESTART_MS;
    return end;
  }

  /** Life after life, until somebody wants it to stop, or the first one came to nothing. */
  async function supervise(): Promise<string> {
    for (;;) {
      const end = await live();
      if (stopping.signal.aborted || !wasReady) return end;
      terminal.say('warn', `${name} ${end}; starting it again in ${pauseMs / 1_000} s`);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return end;
      pauseMs = Math.min(pauseMs * 2, LONGEST_RESTART_MS);
    }
  }

  let over = false;
  const ended = supervise().finally(() => {
    over = true;
  });

  return {
    name,
    get pid() {
      return child?.pid;
    },
    async ready() {
      const deadline = Date.now() + READY_WITHIN_MS;
      while (!await isReady(readyUrl)) {
        if (over) {
          const end = await ended;
          throw new LauncherError('process_not_started', `${name} ${end} while it was starting: its lines above say why.`);
        }
        if (Date.now() > deadline) {
          throw new LauncherError('process_not_started', `${name} was not ready within ${READY_WITHIN_MS / 1_000} s.`);
        }
        await sleep(READY_POLL_MS);
      }
      wasReady = true;
    },
    async stop(withinMs, force) {
      stopping.abort();
      const running = child;
      if (running === undefined) return void await ended;
      const kill = (): void => {
        if (running.exitCode === null && running.signalCode === null) {
          terminal.say('warn', `${name} does not stop in time; killing it`);
          running.kill('SIGKILL');
        }
      };
      running.kill('SIGTERM');
      const patience = setTimeout(kill, withinMs);
      force.addEventListener('abort', kill, { once: true });
      if (force.aborted) kill();
      await ended;
      clearTimeout(patience);
      force.removeEventListener('abort', kill);
    },
  };
}

function showLines(name: string, stream: Readable, terminal: Terminal): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (text) => terminal.line(name, text));
}

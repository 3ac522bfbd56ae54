/**
 * A consumer as a process of its own, so that killing it is killing it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RunningConsumer } from './conformance.ts';

/** Starts a program in a group of its own, so that a shell's children end with it. What it prints to stderr is passed on. */
export function startProcess(command: string, args: readonly string[], env: NodeJS.ProcessEnv): RunningConsumer {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const gone = once(child, 'exit');
  // A test that is ended itself leaves nobody behind.
  const killWithUs = (): void => signalGroup('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    signalGroup(signal);
    await gone;
  };
  function signalGroup(signal: NodeJS.Signals): void {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended already.
    }
  }
  return { stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

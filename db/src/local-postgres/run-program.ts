/**
 * Runs one of PostgreSQL's own programs to its end, as the right user and out of the terminal's reach.
 */
import { spawn } from 'node:child_process';
import type { Account } from './account.ts';

/** A program ended badly. `output` is what it said, which is all it tells about the reason. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  readonly output: string;

  constructor(program: string, exitCode: number | null, output: string) {
    super(`${program} ended with ${exitCode ?? 'a signal'}`);
    this.output = output;
  }
}

/**
 * Resolves when the program ended well. It gets a session of its own: a Ctrl-C in the terminal is for the launcher,
 * and must neither leave half a database behind nor reach a server that `pg_ctl` is bringing up.
 *
 * @throws ProgramFailed, or what the operating system says when it cannot be run at all
 */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  account: Account | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...account,
      cwd,
      env: programEnvironment(),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      if (exitCode === 0) resolve();
      else reject(new ProgramFailed(program, exitCode, output));
    });
  });
}

/** Our environment, without what would redirect PostgreSQL's programs or translate what they say. */
function programEnvironment(): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_'));
  return { ...Object.fromEntries(ours), LC_ALL: 'C' };
}

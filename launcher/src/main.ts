/**
 * `pnpm start`: a whole Coursewright on this machine, until Ctrl-C.
 */
import { LocalPostgresError, MigrationError } from '@coursewright/db';
import { launch, type Launched } from './launch.ts';
import { LauncherError } from './launcher-error.ts';
import { ServiceFailedError } from './service-process.ts';
import { readSettings } from './settings.ts';

/** Whoever reads our output may go before we do (a pipe that is closed); that is no reason to fail. */
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
let launched: Launched | undefined;
let stopping = false;
const startingUp = new AbortController();

const starting = start();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
await starting;

async function start(): Promise<void> {
  try {
    launched = await launch(readSettings(process.env, process.stdout.isTTY), process.env, say, startingUp.signal);
  } catch (error) {
    if (stopping) return;
    process.stderr.write(`\n${sentenceOf(error)}\n`);
    process.exit(1);
  }
}

/** The first signal stops everything in order; a second one does not wait for the services. */
async function stop(): Promise<void> {
  if (stopping) {
    say('Stopping at once');
    // Before it was launched whole, the services notice by themselves that their launcher is gone.
    if (launched === undefined) process.exit(1);
    launched.kill();
    return;
  }
  stopping = true;
  say('\nStopping; once more to hurry');
  startingUp.abort();
  await starting;
  await launched?.stop();
  say('Stopped. Starting again goes on where it was.');
  process.exit(0);
}

/** These errors say in one sentence what to do; anything else is a defect and shows where it happened. */
function sentenceOf(error: unknown): string {
  const isExpected =
    error instanceof LauncherError ||
    error instanceof LocalPostgresError ||
    error instanceof MigrationError ||
    error instanceof ServiceFailedError;
  if (isExpected) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

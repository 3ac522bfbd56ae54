/**
 * `pnpm start`: a whole Coursewright on this machine. Exit code 0 after Ctrl-C, 130 after a second one, 1 when it could not
 * be started.
 */
import { LocalPostgresError, MigrationError } from '@coursewright/db';
import { readLauncherConfig } from './config.ts';
import { LauncherError } from './error.ts';
import { launch } from './launch.ts';
import { SERVICE_SCRIPTS } from './services.ts';
import { listenForStopRequests } from './stop-requests.ts';
import { createTerminal } from './terminal.ts';

// A terminal that was closed takes no more lines; the services must be stopped all the same.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  const config = readLauncherConfig(process.env, process.stdout.isTTY);
  const requests = listenForStopRequests();
  const terminal = createTerminal(config, (text) => console.log(text));
  await launch({ config, scripts: SERVICE_SCRIPTS, environment: process.env, terminal, requests });
  process.exitCode = requests.force.aborted ? 130 : 0;
} catch (error) {
  const known = error instanceof LauncherError || error instanceof LocalPostgresError || error instanceof MigrationError;
  console.error(known ? error.message : error);
  process.exitCode = 1;
}
// Nothing is left to wait for; a handle that somebody forgot must not keep the prompt away.
process.exit();

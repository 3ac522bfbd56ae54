/**
 * Starts a whole Coursewright on this machine, keeps it running until somebody asks it to stop, and stops it in order:
 * the services first, the database under them last. Whatever happens on the way, nothing is left running.
 */
import { migrate } from '@coursewright/db';
import { bannerOf } from './banner.ts';
import type { LauncherConfig } from './config.ts';
import { openDatabase, type Database } from './database.ts';
import { localUrl } from './readiness.ts';
import { planServices, requireGatewayPort, type Scripts } from './services.ts';
import type { StopRequests } from './stop-requests.ts';
import { superviseProcess, type SupervisedProcess } from './supervised-process.ts';
import type { Terminal } from './terminal.ts';

export interface LaunchSettings {
  readonly config: LauncherConfig;
  readonly scripts: Scripts;
  /** What the services get, beside what the launcher adds. */
  readonly environment: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  readonly requests: StopRequests;
}

/**
 * Resolves once everything has stopped because somebody asked for it.
 *
 * @throws LauncherError, LocalPostgresError or MigrationError when it could not be started; all is stopped by then
 */
export async function launch({ config, scripts, environment, terminal, requests }: LaunchSettings): Promise<void> {
  const { stop, force, asked } = requests;
  const processes: SupervisedProcess[] = [];
  let database: Database | undefined;
  try {
    database = await openDatabase(config, terminal);
    if (stop.aborted) return;
    await requireGatewayPort(config);
    const migrations = await migrate(database.directUrl);
    terminal.say('info', migrations.length === 0 ? 'The schema is current' : `Ran ${migrations.length} migrations`);
    const plan = await planServices(config, database.url, scripts, environment);
    if (stop.aborted) return;
    processes.push(...plan.map((settings) => superviseProcess(settings, terminal)));
    const ready = Promise.all(processes.map((one) => one.ready()));
    // Should somebody ask for the end first, nobody waits for this any more.
    ready.catch(() => undefined);
    await Promise.race([ready, asked]);
    if (stop.aborted) return;
    const url = localUrl(config.host, config.port);
    terminal.say('info', 'Coursewright is ready', { url });
    terminal.show(bannerOf({ url, databaseUrl: database.url, processes }));
    await asked;
  } finally {
    if (stop.aborted) terminal.say('info', 'Stopping: the services finish what they can. Ctrl-C again stops at once.');
    await Promise.all(processes.map((one) => one.stop(config.stopWithinMs, force)));
    await database?.stop(force.aborted ? 'immediate' : 'fast');
    if (stop.aborted) terminal.say('info', 'Stopped');
  }
}

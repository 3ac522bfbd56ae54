/**
 * Brings a whole Coursewright up on one machine, in order, and takes it down in the opposite order.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '@coursewright/web/build';
import { isPortFree, localDataDir, migrate, startLocalPostgres, type LocalPostgres } from '@coursewright/db';
import { banner } from './banner.ts';
import { createFaults } from './faults.ts';
import { askForFirstCourse } from './first-course.ts';
import { LauncherError } from './launcher-error.ts';
import { formatLogLine } from './log-line.ts';
import { anyFreePort, freePorts } from './ports.ts';
import { startService, type ServiceProcess } from './service-process.ts';
import type { LauncherSettings } from './settings.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GENERATION_PROCESSES = 2;
const BETWEEN_DATABASE_STARTS_MS = 1000;
/** So that a demonstration has something to watch. */
const OFFLINE_AUTHOR_LATENCY_MS = '1500';
/** On a machine of one's own, a webhook leads to that machine. */
const WEBHOOKS_ALLOW_PRIVATE = 'true';
/** Node keeps what it compiled: a worker that is started again is back in half the time. */
const NODE_COMPILE_CACHE = join(ROOT, '.data', 'compile-cache');
/** How much longer than its own grace a service may take to stop. */
const STOP_MARGIN_MS = 6000;

export interface Launched {
  /** Stops the gateway, then the generation and relay processes, then the database. */
  stop(): Promise<void>;
  /** Ends the services now; the database is still stopped in order. */
  kill(): void;
}

/**
 * @param say prints a line for the person at the terminal
 * @param signal gives the start up; whatever runs by then is stopped, and the reason thrown
 * @throws LauncherError, LocalPostgresError, MigrationError, ServiceFailedError; nothing is left running then
 */
export async function launch(
  settings: LauncherSettings,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Launched> {
  const startedAt = performance.now();
  const services: ServiceProcess[] = [];
  let postgres: LocalPostgres | undefined;
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();

  async function stop(): Promise<void> {
    stopping = true;
    const patienceMs = settings.shutdownGraceMs + STOP_MARGIN_MS;
    const [gateway, ...others] = services.toReversed();
    await gateway?.stop(patienceMs);
    await Promise.all(others.map((service) => service.stop(patienceMs)));
    await restarting; // A database that is on its way up is stopped as well.
    await postgres?.stop();
  }

  /** A local server that was killed is brought back; the services ride it out. */
  function watchDatabase(dataDir: string, server: LocalPostgres): void {
    void server.lost.then(() => (restarting = restart(dataDir, server)));
  }

  async function restart(dataDir: string, server: LocalPostgres): Promise<void> {
    if (stopping) return;
    say('The database ended; starting it again');
    for (;;) {
      try {
        postgres = await startLocalPostgres({ dataDir, port: server.port });
        watchDatabase(dataDir, postgres);
        return;
      } catch (error) {
        say(`! The database could not be started again yet: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(BETWEEN_DATABASE_STARTS_MS);
        if (stopping) return;
      }
    }
  }

  try {
    const gatewayPort = settings.port === 0 ? await anyFreePort(settings.host) : settings.port;
    if (!(await isPortFree(gatewayPort, settings.host))) {
      throw new LauncherError(
        'port_busy',
        `Port ${settings.port} is in use: stop what listens there, or choose another with ` +
          `PORT=${settings.port + 1} npx -y pnpm@12 start (a second Coursewright needs COURSEWRIGHT_DATA_DIR too).`,
      );
    }
    // Beside the database, which takes longer. Without its page the gateway still has its API.
    const page = ensureBuilt(() => say('· building the page')).catch((error: unknown) => say(`! ${error instanceof Error ? error.message : String(error)}`));
    let databaseUrl = settings.databaseUrl;
    if (databaseUrl === undefined) {
      say('· starting PostgreSQL');
      const dataDir = join(await localDataDir(settings.dataDir), 'postgres');
      postgres = await startLocalPostgres({ dataDir, log: (line) => say(`  ${line}`) });
      watchDatabase(dataDir, postgres);
      databaseUrl = postgres.url;
    }
    say('· migrating');
    await migrate(environment['DATABASE_DIRECT_URL'] || databaseUrl, { log: (line) => say(`  ${line}`) });

    say(`· starting ${GENERATION_PROCESSES} generation processes, a relay and a gateway`);
    const url = databaseUrl;
    // Where others reach the gateway, they must not send us into this network.
    const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(settings.host);
    const start = (name: string, file: string, probeUrl: string, extra: NodeJS.ProcessEnv, onMessage?: (message: unknown) => Promise<object | undefined>): ServiceProcess => {
      const place = services.length;
      const service = startService({
        name,
        file: join(ROOT, file),
        environment: { OFFLINE_AUTHOR_LATENCY_MS, NODE_COMPILE_CACHE, ...(isLoopback ? { WEBHOOKS_ALLOW_PRIVATE } : {}), ...environment, DATABASE_URL: url, ...extra },
        probeUrl,
        ...(onMessage === undefined ? {} : { onMessage }),
        onLine: (line) => say(settings.rawLogs ? line : formatLogLine(name, place, line, settings)),
        onNotice: (sentence) => say(`! ${sentence}`),
      });
      services.push(service);
      return service;
    };
    const ports = await freePorts(settings.firstGenerationPort, GENERATION_PROCESSES + 1, '127.0.0.1', gatewayPort);
    // The last port is the relay's.
    const workers = ports.map((port, index) => {
      const [name, file, portName] = index < GENERATION_PROCESSES
        ? [`generation-${index + 1}`, 'services/generation/src/main.ts', 'GENERATION_PORT'] as const
        : ['relay', 'services/relay/src/main.ts', 'RELAY_PORT'] as const;
      return start(name, file, `http://127.0.0.1:${port}`, { [portName]: String(port), HOST: '127.0.0.1' });
    });
    const reachable = settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host;
    const gatewayUrl = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${gatewayPort}`;
    // On a machine of one's own, what runs may be broken from the page.
    const faults = createFaults({ workers: workers.slice(0, GENERATION_PROCESSES), databaseUrl: () => postgres?.url, writesOffline: !environment['LLM_BASE_URL'], say });
    const gateway = start('gateway', 'services/gateway/src/main.ts', gatewayUrl, {
      PORT: String(gatewayPort),
      HOST: settings.host,
      ...(isLoopback ? { LOCAL_FAULTS: 'true' } : {}),
    }, isLoopback ? faults : undefined);
    await Promise.all([page, ...[...workers, gateway].map((service) => service.ready(signal))]);
    // Something to look at, where it costs nothing.
    const isForTrying = postgres !== undefined && !environment['LLM_BASE_URL'] && environment['AUTH'] !== 'required' && isLoopback;
    if (isForTrying) await askForFirstCourse(gatewayUrl).catch((error: unknown) => say(`! The first course could not be asked for: ${String(error)}`));
    const generationPids = workers.slice(0, GENERATION_PROCESSES).flatMap((generation) => generation.pid() ?? []);
    say(banner({ url: gatewayUrl, databaseUrl: maskedUnlessOurs(databaseUrl, postgres), generationPids, tookMs: performance.now() - startedAt }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, kill: () => services.forEach((service) => service.kill()) };
}

/** The password of a server of the user's own is not for the screen. */
function maskedUnlessOurs(databaseUrl: string, ours: LocalPostgres | undefined): string {
  if (ours !== undefined) return databaseUrl;
  const url = new URL(databaseUrl);
  if (url.password !== '') url.password = 'PASSWORD';
  return url.href;
}

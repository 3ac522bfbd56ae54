/**
 * Which processes make a whole Coursewright, and the environment that each gets.
 */
import { fileURLToPath } from 'node:url';
import { firstFreePort, isPortFree } from '@coursewright/db';
import type { LauncherConfig } from './config.ts';
import { LauncherError } from './error.ts';
import { localUrl } from './readiness.ts';
import type { ProcessSettings } from './supervised-process.ts';

/** Two, so that one can be killed and the other be seen to take over. */
const GENERATION_PROCESSES = 2;

export interface Scripts {
  readonly gateway: string;
  readonly generation: string;
}

export const SERVICE_SCRIPTS: Scripts = {
  gateway: fileURLToPath(new URL('../../services/gateway/src/main.ts', import.meta.url)),
  generation: fileURLToPath(new URL('../../services/generation/src/main.ts', import.meta.url)),
};

/** @throws LauncherError `port_busy`, naming the port and a command with one that is free */
export async function requireGatewayPort({ host, port }: LauncherConfig): Promise<void> {
  if (await isPortFree(port, host)) return;
  const free = await firstFreePort(port + 1, host);
  throw new LauncherError(
    'port_busy',
    `Port ${port} is in use: stop what listens there, or run PORT=${free ?? port + 1} npx -y pnpm@12 start`,
  );
}

/** The gateway first, then the generation processes, each on a free port. */
export async function planServices(
  config: LauncherConfig,
  databaseUrl: string,
  scripts: Scripts,
  environment: NodeJS.ProcessEnv,
): Promise<ProcessSettings[]> {
  const common = { ...environment, DATABASE_URL: databaseUrl };
  const plan: ProcessSettings[] = [{
    name: 'gateway',
    script: scripts.gateway,
    environment: { ...common, HOST: config.host, PORT: String(config.port) },
    readyUrl: `${localUrl(config.host, config.port)}/readyz`,
  }];
  let next = config.firstGenerationPort;
  for (let number = 1; number <= GENERATION_PROCESSES; number += 1) {
    const port = await firstFreePort(next) ?? next;
    next = port + 1;
    plan.push({
      name: `generation-${number}`,
      script: scripts.generation,
      // Probes are for this machine, whatever the gateway listens on.
      environment: { ...common, HOST: '127.0.0.1', GENERATION_PORT: String(port) },
      readyUrl: `${localUrl('127.0.0.1', port)}/readyz`,
    });
  }
  return plan;
}

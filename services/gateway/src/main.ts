/**
 * A gateway process: configuration, composition, start, and an ordered stop.
 */
import type { RequestListener } from 'node:http';
import { exitOnInvalidConfiguration, runService } from '@coursewright/process';
import { startTelemetry } from '@coursewright/telemetry';
import { compose, createServiceLogger, type Composition } from './composition.ts';
import { readGatewayConfig, type Config } from './config.ts';
import { listen } from './http-server.ts';

/** How much longer than the grace an ordered stop may take. */
const STOP_MARGIN_MS = 5000;

const config = configOrExit();
const log = createServiceLogger(config);

await runService(log, start, { longestStopMs: config.SHUTDOWN_GRACE_MS + STOP_MARGIN_MS });

function configOrExit(): Config {
  try {
    return readGatewayConfig(process.env);
  } catch (error) {
    return exitOnInvalidConfiguration(error);
  }
}

async function start() {
  const telemetry = startTelemetry({ service: 'gateway', endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT });
  const { app, adminApp, pool, listener, stopWaiting } = compose(config, log, telemetry);
  await telemetry.started;
  const { HOST: host, PORT: port, MAX_CONNECTIONS: maxConnections, admin } = config;
  const everybody = await listen(callbackOf(app), { host, port, maxConnections });
  const administrators = admin && adminApp && (await listen(callbackOf(adminApp), { ...admin, maxConnections }));
  const listeners = administrators === undefined ? [everybody] : [everybody, administrators];
  log.info({ host, port: everybody.port, admin: admin && administrators && { ...admin, port: administrators.port } }, 'Gateway is ready');

  return {
    async stop() {
      // Who waits for a plan is told where it will be (202); cut off, they would ask, and pay, for it again.
      stopWaiting();
      await Promise.all(listeners.map((each) => each.close(config.SHUTDOWN_GRACE_MS)));
      await listener.close();
      await pool.end();
      await telemetry.stop();
    },
  };
}

/** Koa answers every error itself; what is left is the promise. */
function callbackOf(app: Composition['app']): RequestListener {
  const answer = app.callback();
  return (request, response) => void answer(request, response);
}

/**
 * A gateway process: configuration, composition, start, and an ordered stop.
 */
import { createServer, type Server } from 'node:http';
import { exitOnInvalidConfiguration, runService } from '@coursewright/process';
import { compose, createServiceLogger } from './composition.ts';
import { readGatewayConfig, type Config } from './config.ts';

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
  const { app, pool, listener, stopWaiting } = compose(config, log);
  const answer = app.callback();
  const server = createServer(
    {
      maxHeaderSize: 8 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: 1000,
    },
    // Koa answers every error itself; what is left is the promise.
    (request, response) => void answer(request, response),
  );
  await listen(server);
  log.info({ host: config.HOST, port: config.PORT }, 'Gateway is ready');

  return {
    async stop() {
      // Who waits for a plan is told where it will be (202); cut off, they would ask, and pay, for it again.
      stopWaiting();
      await close(server, config.SHUTDOWN_GRACE_MS);
      await listener.close();
      await pool.end();
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, resolve);
  });
}

/** Takes no new connections, lets requests in hand finish, and cuts off those that take longer than the grace. */
async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

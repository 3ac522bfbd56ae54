/**
 * A relay process from its configuration: what carries the log to others, started and stopped in order. No course depends on it:
 * while it is away everything waits in the log, and it goes on where it was.
 */
import { createLogListener, createPool, createPostgresEventStore, query, subscribeUndecoded, type Subscription } from '@coursewright/events';
import { serveProbes, untilTheDatabaseAnswers, type Logger, type Service } from '@coursewright/process';
import { requireSchema, watchDatabase } from '@coursewright/postgres';
import { observeDatabase, startTelemetry } from '@coursewright/telemetry';
import type { Config } from './config.ts';
import { USAGE_LEDGER, keepUsage, USAGE_TYPES } from './usage-ledger.ts';
import { createDeliveryTable } from './webhooks/delivery-table.ts';
import { startDeliverer } from './webhooks/deliverer.ts';
import { fanOut, WEBHOOKS } from './webhooks/fan-out.ts';
import { forgetWhatIsOver } from './webhooks/forgetting.ts';
import { meterSend } from './webhooks/metered-send.ts';
import { createSender } from './webhooks/sender.ts';

const BATCH = 500;

/** Resolves when the process is ready; waits for a database that is still coming up. */
export async function startRelayProcess(config: Config, log: Logger): Promise<Service> {
  const onConnectionLost = (error: Error): void => log.warn({ err: error }, 'Database connection lost');
  let notReady = (): string | undefined => 'it is starting';
  const telemetry = startTelemetry({ service: 'relay', endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT });
  const probes = await serveProbes({ host: config.HOST, port: config.RELAY_PORT, notReady: () => notReady(), metrics: telemetry.metrics });
  const pool = createPool({ databaseUrl: config.DATABASE_URL, applicationName: 'coursewright-relay', maxConnections: 6, onConnectionLost });
  await untilTheDatabaseAnswers(log, () => false, () => requireSchema((statement) => query(pool, statement)).catch((error: unknown) => {
    notReady = () => (error instanceof Error ? error.message : String(error));
    throw error;
  }));
  const database = watchDatabase({ pool, log });
  const failed = new Promise<Error>((resolve) => database.onMismatch(resolve));
  await database.look();
  observeDatabase(telemetry.meter, pool, log);
  await telemetry.started;
  const listener = createLogListener({
    databaseUrl: config.DATABASE_DIRECT_URL ?? config.DATABASE_URL,
    applicationName: 'coursewright-relay-listener',
    pollMs: 1000,
    onConnectionLost,
  });
  const parts = { pool, store: createPostgresEventStore(pool), listener };
  const common = (name: string) => ({
    name, batchSize: BATCH, onError: (error: unknown) => log.warn({ err: error, subscription: name }, 'A batch of events was not handled yet'),
  });

  // None of these looks into an event: so none is stopped by one that only a newer program can decode.
  const subscriptions: Subscription[] = [
    subscribeUndecoded(parts, { ...common(USAGE_LEDGER), types: USAGE_TYPES, handle: keepUsage }),
    subscribeUndecoded(parts, { ...common(WEBHOOKS), handle: fanOut }),
  ];
  const deliverer = startDeliverer({
    table: createDeliveryTable(pool),
    forgetOld: (signal) => forgetWhatIsOver(pool, signal),
    send: meterSend(createSender({ allowPrivate: config.WEBHOOKS_ALLOW_PRIVATE, timeoutMs: config.WEBHOOK_TIMEOUT_MS }), telemetry.meter),
    concurrency: config.WEBHOOKS_CONCURRENCY,
    leaseMs: 2 * config.WEBHOOK_TIMEOUT_MS,
    listener,
    log,
  });
  const nats = config.NATS_URL === undefined ? undefined : await startNats(config.NATS_URL, config.NATS_STREAM);
  notReady = () => (listener.isListening() ? database.trouble()?.message : 'it does not hear the log');
  log.info({ port: probes.port, process: process.pid, nats: config.NATS_URL !== undefined }, 'Relay process is ready');

  async function startNats(url: string, stream: string) {
    // Loaded for those who have it.
    const { startJetStreamRelay } = await import('./nats/jetstream-relay.ts');
    return startJetStreamRelay({ ...parts, url, stream, log });
  }

  return {
    failed,
    async stop() {
      notReady = () => 'it is stopping';
      database.stop();
      const stopped = await Promise.allSettled([...subscriptions.map((each) => each.stop()), deliverer.stop(config.SHUTDOWN_GRACE_MS), nats?.stop()]);
      for (const result of stopped) if (result.status === 'rejected') log.error({ err: result.reason as unknown }, 'Could not stop in order');
      await listener.close();
      await pool.end();
      await telemetry.stop();
      probes.close();
    },
  };
}

/**
 * A generation process from its configuration: probes, beacon, composition, service, and an ordered stop.
 */
import { serveProbes, untilTheDatabaseAnswers, type Logger } from '@coursewright/process';
import { watchDatabase } from '@coursewright/postgres';
import { startTelemetry } from '@coursewright/telemetry';
import type { Witness } from './application/death-watch.ts';
import { startGeneration } from './application/generation-service.ts';
import { compose, type Wrapping } from './composition.ts';
import type { Config } from './config.ts';
import { lightBeacon } from './infrastructure/beacon/beacon.ts';
import { watchForStall } from './infrastructure/stall-watch.ts';
import { PooledConnectionError } from './infrastructure/beacon/beacon-errors.ts';

export interface GenerationProcessSettings {
  readonly config: Config;
  readonly log: Logger;
  readonly workerId: string;
  /** What a test puts around the parts, and what the launcher breaks; nothing where it is deployed. */
  readonly wrapping?: Wrapping;
}

/**
 * Resolves when the process is ready; waits for a database that is still coming up.
 *
 * @throws PooledConnectionError, and whatever no waiting can mend: a wrong password, a missing right or schema
 */
export async function startGenerationProcess({ config, log, workerId, wrapping }: GenerationProcessSettings) {
  let notReady = (): string | undefined => 'it is starting';
  const tellWhoeverAsks = (error: Error): never => {
    notReady = () => error.message;
    throw error;
  };
  const telemetry = startTelemetry({ service: 'generation', instance: workerId, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT });
  const probes = await serveProbes({ host: config.HOST, port: config.GENERATION_PORT, notReady: () => notReady(), metrics: telemetry.metrics });
  // At once, for until all three are there nobody's nodes are recovered here.
  const databaseUrl = config.DATABASE_DIRECT_URL ?? config.DATABASE_URL;
  const lighting = untilTheDatabaseAnswers(log, isHopeless, () => lightBeacon({ databaseUrl, workerId, log }).catch(tellWhoeverAsks));
  const witness: Witness = { workerId, isHeld: () => beacon.isHeld(), leaseTerm: () => beacon.leaseTerm(), retakenAtMs: () => beacon.retakenAtMs() };
  const composing = compose(config, log, witness, telemetry.meter, wrapping);
  const starting = Promise.all([composing, lighting]).then(([{ dispatcher }]) => untilTheDatabaseAnswers(log, isHopeless, () => dispatcher.start()));
  const [beacon, { pool, listener, dispatcher, author, recovery, leftovers }] = await Promise.all([lighting, composing, starting, telemetry.started]);
  const database = watchDatabase({ pool, log });
  const failed = new Promise<Error>((resolve) => database.onMismatch(resolve));
  const generation = startGeneration({
    recovery,
    leftovers,
    author,
    listener,
    pool,
    concurrency: config.GENERATION_CONCURRENCY,
    mayClaim: () => beacon.isHeld(),
  });
  const stall = watchForStall({ pool, longestMs: config.STALLED_AFTER_MS, log });
  notReady = () => {
    if (!beacon.isHeld()) return 'its beacon is not held';
    return stall.isStalled() ? 'work waits and nothing moves' : database.trouble()?.message;
  };
  await database.look();
  log.info({ port: probes.port, process: process.pid }, 'Generation process is ready');

  return {
    failed,
    async stop() {
      notReady = () => 'it is stopping';
      database.stop();
      stall.stop();
      await generation.stop(config.SHUTDOWN_GRACE_MS);
      await beacon.close();
      await listener.close();
      await dispatcher.stop();
      await pool.end();
      await telemetry.stop();
      probes.close();
    },
  };
}

/** What no waiting for the database mends, besides what it says itself. */
function isHopeless(error: unknown): boolean {
  return error instanceof PooledConnectionError;
}

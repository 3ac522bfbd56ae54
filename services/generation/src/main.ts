/**
 * A generation process: configuration, composition, start, and an ordered stop.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { exitOnInvalidConfiguration, runService, type Logger } from '@coursewright/process';
import type { Witness } from './application/death-watch.ts';
import { startGeneration } from './application/generation-service.ts';
import { compose, createServiceLogger, newWorkerId } from './composition.ts';
import { readGenerationConfig, type Config } from './config.ts';
import { serveProbes } from './http/probes.ts';
import { lightBeacon } from './infrastructure/beacon/beacon.ts';
import { PooledConnectionError } from './infrastructure/beacon/beacon-errors.ts';

/** How much longer than the grace an ordered stop may take. */
const STOP_MARGIN_MS = 5000;

const config = configOrExit();
const workerId = newWorkerId();
const log = createServiceLogger(config, workerId);

await runService(log, start, { longestStopMs: config.SHUTDOWN_GRACE_MS + STOP_MARGIN_MS });

function configOrExit(): Config {
  try {
    return readGenerationConfig(process.env);
  } catch (error) {
    return exitOnInvalidConfiguration(error);
  }
}

async function start() {
  let isReady = (): boolean => false;
  const probes = await serveProbes({ host: config.HOST, port: config.GENERATION_PORT, isReady: () => isReady() });
  // At once, for until all three are there nobody's nodes are recovered here.
  const databaseUrl = config.DATABASE_DIRECT_URL ?? config.DATABASE_URL;
  const lighting = untilTheDatabaseAnswers(log, () => lightBeacon({ databaseUrl, workerId, log }));
  const witness: Witness = { workerId, isHeld: () => beacon.isHeld(), retakenAtMs: () => beacon.retakenAtMs() };
  const composing = compose(config, log, witness);
  const starting = composing.then(({ dispatcher }) => untilTheDatabaseAnswers(log, () => dispatcher.start()));
  const [beacon, { pool, listener, dispatcher, author, recovery, leftovers }] = await Promise.all([lighting, composing, starting]);
  const generation = startGeneration({
    recovery,
    leftovers,
    author,
    listener,
    pool,
    concurrency: config.GENERATION_CONCURRENCY,
    mayClaim: () => beacon.isHeld(),
  });
  isReady = () => beacon.isHeld();
  log.info({ port: config.GENERATION_PORT, process: process.pid }, 'Generation process is ready');

  return {
    async stop() {
      isReady = () => false;
      await generation.stop(config.SHUTDOWN_GRACE_MS);
      await beacon.close();
      await listener.close();
      await dispatcher.stop();
      await pool.end();
      probes.close();
    },
  };
}

/** Wrong password, missing right, missing schema: SQLSTATEs that no waiting mends. */
function isForGood(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(28|42501|42P01|42883|3D)/.test(code);
}

/** A database that is still coming up is waited for; what no waiting can mend is not. */
async function untilTheDatabaseAnswers<Result>(logger: Logger, attempt: () => Promise<Result>): Promise<Result> {
  for (let retryMs = 100; ; retryMs = Math.min(retryMs * 2, 2000)) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof PooledConnectionError || isForGood(error)) throw error;
      logger.warn({ err: error, retry_in_ms: retryMs }, 'The database is not ready for this process yet');
      await sleep(retryMs);
    }
  }
}

/**
 * Puts a generation process together: the only file that knows the container, and every concrete class.
 */
import 'reflect-metadata';
import { container as root, type DependencyContainer } from 'tsyringe';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import {
  createLogListener,
  createPool,
  createPostgresEventStore,
  inTransaction,
  type LogListener,
} from '@coursewright/events';
import { createLogger, type Logger } from '@coursewright/process';
import { createNoopMeter, observeDatabase, type Meter } from '@coursewright/telemetry';
import type { Author } from './application/author.ts';
import type { Context } from './application/context.ts';
import { createDeathWatch, type Witness } from './application/death-watch.ts';
import { createInstruments } from './application/instruments.ts';
import type { Leftovers } from './application/leftovers.ts';
import type { Recovery } from './application/recover-interrupted.ts';
import type { WorkerDirectory } from './application/worker-directory.ts';
import type { Config } from './config.ts';
import { createCallJournal, type CallJournal } from './infrastructure/journal/call-journal.ts';
import { meterJournal } from './infrastructure/journal/metered-journal.ts';
import { createCallTable, type CallTable } from './infrastructure/journal/call-table.ts';
import { createOfflineAuthor } from './infrastructure/offline-author/offline-author.ts';
import { NO_BREAKDOWN, type Breakdown } from './infrastructure/offline-author/breakdown.ts';
import { createPgBossDispatcher, type PgBossDispatcher } from './infrastructure/pg-boss-dispatcher.ts';
import { postgresArtifactStore } from './infrastructure/postgres-artifact-store.ts';
import { createPostgresCourseStates } from './infrastructure/postgres-course-states.ts';
import { createPostgresCourseTraces, NO_TRACES } from './infrastructure/postgres-course-traces.ts';
import { createPostgresLeftovers } from './infrastructure/postgres-leftovers.ts';
import { createPostgresWorkerDirectory } from './infrastructure/postgres-worker-directory.ts';

export interface Composition {
  readonly workerId: string;
  readonly log: Logger;
  readonly pool: pg.Pool;
  readonly listener: LogListener;
  readonly dispatcher: PgBossDispatcher;
  readonly author: Author;
  readonly recovery: Recovery;
  readonly leftovers: Leftovers;
}

/** What a test puts around a part, to stop a process at a point of its choice; and what the launcher breaks. */
export interface Wrapping {
  readonly context?: (context: Context) => Context;
  readonly directory?: (directory: WorkerDirectory) => WorkerDirectory;
  readonly calls?: (calls: CallTable) => CallTable;
  /** Of the offline author. */
  readonly breakdown?: Pick<Breakdown, 'isOn'>;
}

/** Tokens of what is registered below, each with the type that it resolves to. */
const TOKENS = {
  pool: Symbol('pool'),
  dispatcher: Symbol('dispatcher'),
  context: Symbol('context'),
  directory: Symbol('directory'),
};

/** Everything is made on first use, once. Nothing is connected yet, but for what listens. */
export async function compose(config: Config, log: Logger, witness: Witness, meter: Meter = createNoopMeter(), wrapping: Wrapping = {}): Promise<Composition> {
  const { workerId } = witness;
  const container = root.createChildContainer();
  const instruments = createInstruments(meter);
  const onConnectionLost = (error: Error): void => log.warn({ err: error }, 'Database connection lost');
  const once = (token: symbol, make: (from: DependencyContainer) => unknown): void => {
    let made: unknown;
    container.register(token, { useFactory: (from) => (made ??= make(from)) });
  };

  once(TOKENS.pool, () =>
    createPool({
      databaseUrl: config.DATABASE_URL,
      applicationName: 'coursewright-generation',
      maxConnections: 10,
      onConnectionLost,
    }),
  );
  once(TOKENS.dispatcher, () =>
    createPgBossDispatcher({
      databaseUrl: config.DATABASE_URL,
      onError: (error) => log.warn({ err: error }, 'The queue reported an error'),
    }),
  );
  const { directory: wrapDirectory = same, context: wrapContext = same, calls: wrapCalls = same } = wrapping;
  once(TOKENS.directory, (from) => wrapDirectory(createPostgresWorkerDirectory(from.resolve(TOKENS.pool))));
  once(TOKENS.context, (from): Context => {
    const pool = from.resolve<pg.Pool>(TOKENS.pool);
    return wrapContext({
      workerId,
      settings: {
        courseConcurrency: config.COURSE_CONCURRENCY,
        maxAttempts: config.GENERATION_MAX_ATTEMPTS,
        outageMs: config.GENERATION_OUTAGE_MS,
        deadlineMs: config.GENERATION_DEADLINE_MS,
      },
      store: createPostgresEventStore(pool),
      courses: createPostgresCourseStates(pool),
      dispatcher: from.resolve<PgBossDispatcher>(TOKENS.dispatcher),
      artifacts: postgresArtifactStore,
      log,
      instruments,
      traces: config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? NO_TRACES : createPostgresCourseTraces(pool),
      chance: Math.random,
      transact: (work) => inTransaction(pool, work),
    });
  });

  const pool = container.resolve<pg.Pool>(TOKENS.pool);
  const prices = { inputPrice: config.LLM_INPUT_PRICE, outputPrice: config.LLM_OUTPUT_PRICE };
  const journal = createCallJournal({ calls: wrapCalls(createCallTable(pool)), workerId, leaseTerm: () => witness.leaseTerm(), ...prices, log });
  const author = await createAuthor(config, meterJournal({ journal, instruments, ...prices }), wrapping.breakdown ?? NO_BREAKDOWN);
  observeDatabase(meter, pool, log);
  const directory = container.resolve<WorkerDirectory>(TOKENS.directory);
  return {
    workerId,
    log,
    pool,
    listener: createLogListener({
      databaseUrl: config.DATABASE_DIRECT_URL ?? config.DATABASE_URL,
      // By this name others see that the process lives; silent_workers() reads it.
      applicationName: `coursewright-listener ${workerId}`,
      pollMs: 1000,
      onConnectionLost,
    }),
    dispatcher: container.resolve<PgBossDispatcher>(TOKENS.dispatcher),
    author,
    leftovers: createPostgresLeftovers(pool, { retentionDays: config.JOURNAL_RETENTION_DAYS }),
    recovery: {
      context: container.resolve<Context>(TOKENS.context),
      directory,
      deaths: createDeathWatch(directory, witness, () => performance.now()),
      underWay: new Map(),
    },
  };
}

function same<Part>(part: Part): Part {
  return part;
}

/** A worker's id says what it is, and is new for every boot: a twin with the same name could take its work. */
export function newWorkerId(): string {
  return `generation-${randomBytes(5).toString('hex')}`;
}

export function createServiceLogger(config: Config, workerId: string): Logger {
  return createLogger({ level: config.LOG_LEVEL, fields: { service: 'generation', worker_id: workerId } });
}

async function createAuthor(config: Config, journal: CallJournal, breakdown: Pick<Breakdown, 'isOn'>): Promise<Author> {
  if (config.LLM_BASE_URL === undefined) return createOfflineAuthor({ latencyMs: config.OFFLINE_AUTHOR_LATENCY_MS, breakdown });
  // The SDK takes a quarter of a second to load, which a process that recovers others' work has a better use for.
  const { createModelAuthor } = await import('./infrastructure/model-author/model-author.ts');
  return createModelAuthor({
    baseUrl: config.LLM_BASE_URL,
    ...(config.LLM_API_KEY === undefined ? {} : { apiKey: config.LLM_API_KEY }),
    model: config.LLM_MODEL ?? '',
    ...(config.LLM_MAX_OUTPUT_TOKENS === undefined ? {} : { maxOutputTokens: config.LLM_MAX_OUTPUT_TOKENS }),
    timeoutMs: config.LLM_TIMEOUT_MS,
    journal,
  });
}

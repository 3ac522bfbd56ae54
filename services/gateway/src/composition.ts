/**
 * Puts a gateway together: the only file that knows the container, and every concrete class.
 */
import 'reflect-metadata';
import { container as root, type DependencyContainer } from 'tsyringe';
import type Koa from 'koa';
import type pg from 'pg';
import { courseOfStream, createLogListener, createPool, createPostgresEventStore, type LogListener } from '@coursewright/events';
import { createLogger, openLauncherChannel, type Logger } from '@coursewright/process';
import { watchDatabase } from '@coursewright/postgres';
import { observeDatabase, type Telemetry } from '@coursewright/telemetry';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { RequestState } from './error-middleware.ts';
import type { Gateway } from './gateway.ts';
import { createApiKeys } from './auth/api-keys.ts';
import { createAudit } from './auth/audit.ts';
import { createAuthentication, OPEN } from './auth/authentication.ts';
import { createOwnership } from './auth/ownership.ts';
import { createTokens } from './auth/tokens.ts';
import { createIdempotency } from './idempotency/once.ts';
import { createRequestRates, UNLIMITED } from './limits/request-rates.ts';
import { observeRequests } from './observe-requests.ts';
import { findSettledPlans } from './queries/course-maps.ts';
import { createProgressQueries } from './queries/progress.ts';
import { createReaders } from './queries/reader.ts';
import { findRecoveryAnswers } from './queries/recoveries.ts';
import { createEventStreams } from './streaming/event-streams.ts';
import { createLogTail } from './streaming/log-tail.ts';
import { observeStreams } from './streaming/stream-figures.ts';
import { createStreamLimits } from './streaming/stream-limits.ts';
import { createLogWaiter } from './wait-for-log.ts';

export interface Composition {
  readonly app: Koa<RequestState>;
  /** For administrators, where they have a listener of their own. */
  readonly adminApp: Koa<RequestState> | undefined;
  readonly pool: pg.Pool;
  readonly listener: LogListener;
  /** Answers whoever waits for something in the log as if the time were up, and ends all event streams. */
  readonly stopWaiting: () => void;
}

/** Tokens of what is registered below. */
const TOKENS = { pool: Symbol('pool'), listener: Symbol('listener'), gateway: Symbol('gateway') };

/** Everything is made once. Nothing is connected yet, but for what listens to the log. */
export function compose(config: Config, log: Logger, { meter, metrics }: Pick<Telemetry, 'meter' | 'metrics'>): Composition {
  const container = root.createChildContainer();
  const onConnectionLost = (error: Error): void => log.warn({ err: error }, 'Database connection lost');
  const once = (token: symbol, make: (from: DependencyContainer) => unknown): void => {
    let made: unknown;
    container.register(token, { useFactory: (from) => (made ??= make(from)) });
  };

  once(TOKENS.pool, () =>
    createPool({
      databaseUrl: config.DATABASE_URL,
      applicationName: 'coursewright-gateway',
      maxConnections: 10,
      onConnectionLost,
    }),
  );
  once(TOKENS.listener, () =>
    createLogListener({
      databaseUrl: config.DATABASE_DIRECT_URL ?? config.DATABASE_URL,
      applicationName: 'coursewright-listener',
      pollMs: 1000,
      onConnectionLost,
    }),
  );
  once(TOKENS.gateway, (from): Gateway => {
    const pool = from.resolve<pg.Pool>(TOKENS.pool);
    const listener = from.resolve<LogListener>(TOKENS.listener);
    const limits = createStreamLimits({ inAll: config.EVENT_STREAMS, perClient: config.EVENT_STREAMS_PER_CLIENT });
    const store = createPostgresEventStore(pool);
    const onError = (error: unknown): void => log.warn({ err: error }, 'The log could not be read for those who watch it');
    const readers = createReaders(pool);
    observeDatabase(meter, pool, log);
    observeStreams(meter, limits);
    return {
      database: watchDatabase({ pool, log }),
      metrics,
      observe: observeRequests(meter, config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined),
      pool,
      readers,
      ownership: createOwnership(readers),
      store,
      tail: createLogTail({ store, listener, courseOf: courseOfStream, onError }),
      eventStreams: createEventStreams({
        limits,
        heartbeatMs: config.EVENT_STREAM_HEARTBEAT_MS,
        longestMs: config.EVENT_STREAM_LONGEST_MS,
        onError,
      }),
      progress: createProgressQueries(),
      audit: createAudit(log),
      authentication: config.AUTH === 'open' ? OPEN : createAuthentication(createApiKeys(pool), config.tokens && createTokens(config.tokens)),
      rates: config.requestsPerMinute === 0 ? UNLIMITED : createRequestRates(pool, config.requestsPerMinute),
      idempotency: createIdempotency(pool),
      plans: createLogWaiter(listener, (ids) => findSettledPlans(pool, ids)),
      recoveries: createLogWaiter(listener, (streams) => findRecoveryAnswers(pool, streams)),
      launcher: config.LOCAL_FAULTS ? openLauncherChannel() : undefined,
      tenantCoursesInFlight: config.TENANT_COURSES_IN_FLIGHT,
      planWaitMs: config.PLAN_WAIT_MS,
      recoveryWaitMs: config.RECOVERY_WAIT_MS,
      allowedHosts: config.allowedHosts,
      corsOrigins: config.CORS_ORIGINS,
      trustedProxies: config.TRUSTED_PROXIES,
      webhooksAllowPrivate: config.WEBHOOKS_ALLOW_PRIVATE,
    };
  });

  const gateway = container.resolve<Gateway>(TOKENS.gateway);
  return {
    app: createApp(gateway, log, config.admin === undefined ? 'everybody' : 'all but administrators'),
    adminApp: config.admin && createApp(gateway, log, 'administrators'),
    pool: container.resolve<pg.Pool>(TOKENS.pool),
    listener: container.resolve<LogListener>(TOKENS.listener),
    stopWaiting() {
      gateway.database.stop();
      gateway.plans.stop();
      gateway.recoveries.stop();
      gateway.eventStreams.stop();
      gateway.tail.close();
    },
  };
}

export function createServiceLogger(config: Config): Logger {
  return createLogger({ level: config.LOG_LEVEL, fields: { service: 'gateway' } });
}

/**
 * The configuration of a gateway process: the only reader of its environment. docs/operations.md explains each.
 */
import { configFields as field, readConfig } from '@coursewright/process';
import { z } from 'zod';

const schema = z.object({
  DATABASE_URL: field.databaseUrl,
  /** Reaches Postgres itself, for the session that listens; needed behind a transaction-pooling proxy. */
  DATABASE_DIRECT_URL: field.databaseUrl.optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: field.port.default(8000),
  LOG_LEVEL: field.logLevel.default('info'),
  /** How long `generate` waits for the plan before it answers 202. */
  PLAN_WAIT_MS: field.wholeNumber(0, 300_000).default(25_000),
  /** How long `recover-tasks` waits for a generation process to answer. */
  RECOVERY_WAIT_MS: field.wholeNumber(100, 60_000).default(30_000),
  /** Event streams that may be open, in all and for each client by its address. */
  EVENT_STREAMS: field.wholeNumber(0, 100_000).default(2500),
  EVENT_STREAMS_PER_CLIENT: field.wholeNumber(0, 100_000).default(100),
  /** How often a quiet stream says that it is alive, and after how long its client is asked to come back. */
  EVENT_STREAM_HEARTBEAT_MS: field.wholeNumber(100, 600_000).default(15_000),
  EVENT_STREAM_LONGEST_MS: field.wholeNumber(1000, 86_400_000).default(900_000),
  /** How many proxies in front of us may say in X-Forwarded-For who asks. */
  TRUSTED_PROXIES: field.wholeNumber(0, 10).default(0),
  /** Webhooks to private addresses and over plain HTTP may be made; the relay has a setting of this name too, which sends them. */
  WEBHOOKS_ALLOW_PRIVATE: field.flag.default(false),
  SHUTDOWN_GRACE_MS: field.wholeNumber(0, 3_600_000).default(10_000),
});

export type Config = z.output<typeof schema>;

/** @throws InvalidConfigurationError */
export function readGatewayConfig(environment: NodeJS.ProcessEnv): Config {
  return readConfig(schema, environment);
}

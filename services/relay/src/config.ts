/**
 * The configuration of a relay process: the only reader of its environment. docs/operations.md explains each.
 */
import { configFields as field, readConfig } from '@coursewright/process';
import { z } from 'zod';

const schema = z.object({
  DATABASE_URL: field.databaseUrl,
  /** Reaches Postgres itself, for the session that listens; needed behind a transaction-pooling proxy. */
  DATABASE_DIRECT_URL: field.databaseUrl.optional(),
  HOST: z.string().default('127.0.0.1'),
  RELAY_PORT: field.port.default(8010),
  LOG_LEVEL: field.logLevel.default('info'),
  /** Webhooks to private, loopback and link-local addresses, and over plain HTTP: for a network that trusts its operators. */
  WEBHOOKS_ALLOW_PRIVATE: field.flag.default(false),
  /** Deliveries under way at a time, to all endpoints together. */
  WEBHOOKS_CONCURRENCY: field.wholeNumber(1, 1000).default(32),
  WEBHOOK_TIMEOUT_MS: field.wholeNumber(100, 120_000).default(15_000),
  /** Off unless set. */
  NATS_URL: z.string().regex(/^(nats|tls):\/\/./, 'must be a URL like nats://host:4222').optional(),
  /** The JetStream stream, and the first word of its subjects. */
  NATS_STREAM: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,31}$/, 'must be 1 to 32 letters, digits and "_", beginning with a letter').default('coursewright'),
  /** Where spans are sent, by OTLP over HTTP. */
  OTEL_EXPORTER_OTLP_ENDPOINT: field.collectorUrl.optional(),
  SHUTDOWN_GRACE_MS: field.wholeNumber(0, 3_600_000).default(10_000),
});

export type Config = z.output<typeof schema>;

/** @throws InvalidConfigurationError */
export function readRelayConfig(environment: NodeJS.ProcessEnv): Config {
  return readConfig(schema, environment);
}

/**
 * The configuration of a generation process: the only reader of its environment. docs/operations.md explains each.
 */
import { configFields as field, readConfig } from '@coursewright/process';
import { z } from 'zod';

const STALL_MARGIN_MS = 60_000;

const schema = z
  .object({
    DATABASE_URL: field.databaseUrl,
    /** Reaches Postgres itself, for the sessions that hold a lock or listen; needed behind a transaction-pooling proxy. */
    DATABASE_DIRECT_URL: field.databaseUrl.optional(),
    HOST: z.string().default('127.0.0.1'),
    GENERATION_PORT: field.port.default(8001),
    LOG_LEVEL: field.logLevel.default('info'),
    LLM_BASE_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    LLM_API_KEY: z.string().optional(),
    LLM_MODEL: z.string().optional(),
    LLM_TIMEOUT_MS: field.wholeNumber(100, 300_000).default(90_000),
    /** For a million tokens, in any currency; without them the journal counts tokens only. */
    LLM_INPUT_PRICE: field.price.optional(),
    LLM_OUTPUT_PRICE: field.price.optional(),
    /** The most that an answer may have; sent to the provider, and the bound of what a lost answer can have cost. */
    LLM_MAX_OUTPUT_TOKENS: field.wholeNumber(1, 10_000_000).optional(),
    /** How long an answer is kept for whoever asks the same again. */
    JOURNAL_RETENTION_DAYS: field.wholeNumber(1, 36_500).default(30),
    OFFLINE_AUTHOR_LATENCY_MS: field.wholeNumber(0, 3_600_000).default(1500),
    GENERATION_CONCURRENCY: field.wholeNumber(1, 1000).default(8),
    COURSE_CONCURRENCY: field.wholeNumber(1, 50).default(3),
    GENERATION_DEADLINE_MS: field.wholeNumber(1000, 86_400_000).default(240_000),
    /** After how long with work that may run, and nothing recorded, this process says that it is not ready; by itself a minute more than an attempt may take. */
    STALLED_AFTER_MS: field.wholeNumber(1000, 86_400_000).optional(),
    GENERATION_MAX_ATTEMPTS: field.wholeNumber(1, 100).default(5),
    /** For how long what is the provider's fault counts against no work: a day. */
    GENERATION_OUTAGE_MS: field.wholeNumber(0, 31_536_000_000).default(86_400_000),
    /** Where spans are sent, by OTLP over HTTP. */
    OTEL_EXPORTER_OTLP_ENDPOINT: field.collectorUrl.optional(),
    SHUTDOWN_GRACE_MS: field.wholeNumber(0, 3_600_000).default(10_000),
  })
  .refine((env) => env.LLM_BASE_URL === undefined || env.LLM_MODEL !== undefined, {
    path: ['LLM_MODEL'],
    error: 'is not set, and LLM_BASE_URL is; name the model to ask',
  })
  .refine((env) => env.GENERATION_DEADLINE_MS > env.LLM_TIMEOUT_MS || env.LLM_BASE_URL === undefined, {
    path: ['GENERATION_DEADLINE_MS'],
    error: 'must be longer than LLM_TIMEOUT_MS, or every slow call would be taken for a hung one',
  })
  .transform((env) => ({ ...env, STALLED_AFTER_MS: env.STALLED_AFTER_MS ?? env.GENERATION_DEADLINE_MS + STALL_MARGIN_MS }));

export type Config = z.output<typeof schema>;

/** @throws InvalidConfigurationError */
export function readGenerationConfig(environment: NodeJS.ProcessEnv): Config {
  return readConfig(schema, environment);
}

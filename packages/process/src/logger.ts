/**
 * One JSON object a line on standard output; readable lines on a terminal. What must never be in a log is cut out
 * here, for every service alike.
 */
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

/** Paths that may hold a secret, wherever they come from. */
const SECRETS = ['apiKey', 'authorization', 'password', 'connectionString', 'databaseUrl'];

/**
 * @param fields stand in every line, for example the service and the worker's id
 */
export function createLogger(settings: { readonly level: string; readonly fields: object }): Logger {
  const options = {
    level: settings.level,
    base: settings.fields,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), remove: true },
  };
  return process.stdout.isTTY ? pino(options, pretty({ sync: true })) : pino(options, pino.destination({ sync: true }));
}

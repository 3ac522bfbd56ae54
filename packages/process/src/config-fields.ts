/**
 * The kinds of value that environment variables hold, each with the sentence for when it does not.
 */
import { z } from 'zod';

/** A URL of a Postgres server. */
export const databaseUrl = z
  .string({ error: 'is not set; give the URL of a Postgres database, like postgres://user:password@host:5432/name' })
  .refine((url) => /^postgres(ql)?:\/\/./.test(url) && URL.canParse(url), 'must be a URL like postgres://user:password@host:5432/name');

/** A TCP port; 0 is any that is free, and the line that says that the process is ready says which. */
export const port = wholeNumber(0, 65_535);

/** A whole number of something, within bounds. */
export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

/** An amount of money, which may have decimals. */
export const price = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be an amount like 2.5')
  .transform(Number);

/** Of a collector of traces. */
export const collectorUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL, like http://127.0.0.1:4318' });

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], {
  error: 'must be one of trace, debug, info, warn, error, fatal',
});

/** Something that is on or off. */
export const flag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true');

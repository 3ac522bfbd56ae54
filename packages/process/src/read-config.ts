/**
 * Reads a process's configuration from its environment: validated, with one clear sentence for each mistake. Only a
 * service's own `config.ts` calls this, so that nothing else ever looks at the environment.
 */
import type { z } from 'zod';

/** The environment does not make a configuration. `problems` has one sentence for each mistake. */
export class InvalidConfigurationError extends Error {
  override readonly name = 'InvalidConfigurationError';
  readonly code = 'invalid_configuration';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}

/**
 * The configuration that `schema` makes of the environment. An empty variable counts as one that is not set, which
 * is what a line `NAME=` in an env file means.
 *
 * @throws InvalidConfigurationError
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  throw new InvalidConfigurationError(
    result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}.`),
  );
}

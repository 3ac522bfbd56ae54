/**
 * What the launcher itself is told by the environment; everything else is passed on to the services, which check it.
 */
import { LauncherError } from './launcher-error.ts';

export interface LauncherSettings {
  /** A server of the user's own; without it the launcher brings one. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly firstGenerationPort: number;
  readonly shutdownGraceMs: number;
  readonly isColourful: boolean;
  /** Log lines as the services write them. */
  readonly rawLogs: boolean;
}

/** @throws LauncherError `invalid_setting` */
export function readSettings(environment: NodeJS.ProcessEnv, isTerminal: boolean): LauncherSettings {
  const text = (name: string): string | undefined => {
    const value = environment[name];
    return value === '' ? undefined : value;
  };
  const whole = (name: string, otherwise: number, most: number): number => {
    const value = text(name);
    if (value === undefined) return otherwise;
    if (/^\d{1,9}$/.test(value) && Number(value) <= most) return Number(value);
    throw new LauncherError('invalid_setting', `${name} must be a whole number up to ${most}; it is "${value}".`);
  };
  return {
    databaseUrl: text('DATABASE_URL'),
    dataDir: text('COURSEWRIGHT_DATA_DIR'),
    host: text('HOST') ?? '127.0.0.1',
    port: whole('PORT', 8000, 65_535),
    firstGenerationPort: whole('GENERATION_PORT', 8101, 65_000),
    shutdownGraceMs: whole('SHUTDOWN_GRACE_MS', 10_000, 3_600_000),
    isColourful: text('NO_COLOR') === undefined && (isTerminal || text('FORCE_COLOR') !== undefined),
    rawLogs: text('LOG_FORMAT') === 'json',
  };
}

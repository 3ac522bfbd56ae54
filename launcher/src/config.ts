/**
 * The launcher's configuration: the only reader of its environment. What it does not know is passed on to the services,
 * which check it themselves.
 */
import { LauncherError } from './error.ts';

/** `none` where a server of the user's own is used. */
export interface LauncherConfig {
  readonly host: string;
  readonly port: number;
  /** Where to look for ports of generation processes, from here upwards. */
  readonly firstGenerationPort: number;
  /** A server of the user's own; without it, a local one is started. */
  readonly databaseUrl: string | undefined;
  /** Reaches that server itself, where `databaseUrl` leads through a pooling proxy. */
  readonly databaseDirectUrl: string | undefined;
  /** The folder for local data that the user chose. */
  readonly dataDir: string | undefined;
  /** How long a process may take to stop before it is killed. */
  readonly stopWithinMs: number;
  /** Pass the services' lines on as the JSON that they are. */
  readonly json: boolean;
  readonly colour: boolean;
}

/** More than the services give themselves, so that one that stops late says why it did. */
const STOP_MARGIN_MS = 5_000;

/** @throws LauncherError `configuration_invalid` */
export function readLauncherConfig(environment: NodeJS.ProcessEnv, isTerminal: boolean): LauncherConfig {
  const set = (name: string): string | undefined => environment[name] === '' ? undefined : environment[name];
  const wholeNumber = (name: string, usual: number, least: number, most: number): number => {
    const text = set(name);
    if (text === undefined) return usual;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new LauncherError('configuration_invalid', `${name} must be a whole number from ${least} to ${most}.`);
  };
  const json = set('LOG_FORMAT') === 'json';
  return {
    host: set('HOST') ?? '127.0.0.1',
    port: wholeNumber('PORT', 8_000, 1, 65_535),
    firstGenerationPort: wholeNumber('GENERATION_PORT', 8_101, 1, 65_535),
    databaseUrl: set('DATABASE_URL'),
    databaseDirectUrl: set('DATABASE_DIRECT_URL'),
    dataDir: set('COURSEWRIGHT_DATA_DIR'),
    stopWithinMs: wholeNumber('SHUTDOWN_GRACE_MS', 10_000, 0, 3_600_000) + STOP_MARGIN_MS,
    json,
    colour: !json && set('NO_COLOR') === undefined && (isTerminal || set('FORCE_COLOR') !== undefined),
  };
}

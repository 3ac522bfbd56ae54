/**
 * The life of a process: starts, runs until it is told to stop, stops in order, and says why when it cannot start.
 */
import { InvalidConfigurationError } from './read-config.ts';
import type { Logger } from './logger.ts';

export interface Service {
  /** Ends in order. Called once. Must settle; after its time is up the process exits all the same. */
  stop(reason: string): Promise<void>;
  /** Resolves, if ever, with why it cannot go on: it is stopped in order then, and the process exits with 1, to be started anew. */
  readonly failed?: Promise<Error>;
}

/**
 * Starts a service and stops it on SIGTERM, SIGINT, or when the launcher that started this process is gone. A second
 * signal exits at once. Exits with 0 after an ordered stop, 1 when starting failed, the service
 * could not go on, or something was not caught.
 *
 * @param longestStopMs after which a stop that hangs is ended with exit code 1
 */
export async function runService(
  log: Logger,
  start: () => Promise<Service>,
  { longestStopMs }: { readonly longestStopMs: number },
): Promise<void> {
  process.on('uncaughtException', (error) => exitOnDefect(log, error));
  process.on('unhandledRejection', (error) => exitOnDefect(log, error));

  let service: Service | undefined;
  let stopping = false;
  const stop = (reason: string, exitCode = 0): void => {
    if (stopping) {
      if (reason === 'launcher gone') return;
      log.warn({ reason }, 'Told to stop a second time, exiting at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ reason }, 'Stopping');
    setTimeout(() => {
      log.error({ longest_stop_ms: longestStopMs }, 'Stopping took too long, exiting');
      process.exit(1);
    }, longestStopMs).unref();
    void (service?.stop(reason) ?? Promise.resolve()).then(
      () => {
        log.info({}, 'Stopped');
        process.exit(exitCode);
      },
      (error: unknown) => exitOnDefect(log, error),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('launcher gone'));

  try {
    service = await start();
    void service.failed?.then((error) => {
      log.fatal({ err: error }, 'Cannot go on');
      stop('cannot go on', 1);
    });
  } catch (error) {
    if (stopping) return;
    log.fatal({ err: error }, 'Could not start');
    process.exit(1);
  }
}

/** Prints what is wrong with the environment, one sentence a line, and exits with 1. */
export function exitOnInvalidConfiguration(error: unknown): never {
  if (!(error instanceof InvalidConfigurationError)) throw error;
  for (const problem of error.problems) process.stderr.write(`${problem}\n`);
  process.exit(1);
}

/** A state that nobody thought of: the log and the next process know more than this one does. */
function exitOnDefect(log: Logger, error: unknown): never {
  log.fatal({ err: error }, 'A defect ended this process');
  process.exit(1);
}

/**
 * Ctrl-C, and what else asks a process to end. The first request stops everything in order; the second, at once.
 */

export interface StopRequests {
  /** Aborted when somebody asks for the first time. */
  readonly stop: AbortSignal;
  /** Aborted when somebody asks again. */
  readonly force: AbortSignal;
  /** Resolves at the first request. */
  readonly asked: Promise<void>;
}

/** A closed terminal (SIGHUP) is a request like the others: the services must not be left without their launcher. */
export function listenForStopRequests(source: NodeJS.EventEmitter = process): StopRequests {
  const stop = new AbortController();
  const force = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    source.on(signal, () => (stop.signal.aborted ? force : stop).abort());
  }
  const asked = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  return { stop: stop.signal, force: force.signal, asked };
}

/**
 * The small port of a process that serves nobody else: whether it lives, and whether it is ready for work.
 *   GET /livez    200 while the process answers
 *   GET /readyz   200 when it has started, reaches the database and may work; 503 with the reason otherwise
 *   GET /healthz  {ok, ts}, as the gateway's
 *   GET /metrics  figures, in the text format of Prometheus
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostnameOf, isLoopback } from './loopback.ts';

export interface ProbeSettings {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Why it cannot work now, in a sentence; undefined when it can. */
  readonly notReady: () => string | undefined;
  /** The figures, and of which type the text is. */
  readonly metrics: { readonly type: string; readonly text: () => Promise<string> };
}

export interface Probes {
  /** The port that it listens on. */
  readonly port: number;
  close(): void;
}

/** Resolves once it listens. Rejects when the port is taken. On loopback it answers to this machine's own names alone. */
export async function serveProbes({ host, port, notReady, metrics }: ProbeSettings): Promise<Probes> {
  const server = createServer((request, response) => {
    const respond = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const readiness = (more: object): void => {
      const why = notReady();
      return why === undefined ? respond(200, { ok: true, ...more }) : respond(503, { ok: false, why, ...more });
    };
    const name = hostnameOf(request.headers.host ?? '');
    if (isLoopback(host) && name !== '' && !isLoopback(name)) return respond(421, { ok: false, why: `this process is not reached as ${JSON.stringify(name.slice(0, 100))}` });
    switch (request.url?.split('?')[0]) {
      case '/livez':
        return respond(200, { ok: true });
      case '/readyz':
        return readiness({});
      case '/healthz':
        return readiness({ ts: new Date().toISOString() });
      case '/metrics':
        void metrics.text().then(
          (text) => response.writeHead(200, { 'content-type': metrics.type }).end(text),
          () => respond(503, { ok: false }),
        );
        return;
      default:
        return respond(404, { ok: false });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

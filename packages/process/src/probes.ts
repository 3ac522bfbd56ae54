/**
 * The small port of a process that serves nobody else: whether it lives, and whether it is ready for work.
 *   GET /livez    200 while the process answers
 *   GET /readyz   200 when it has started, reaches the database and may work; 503 otherwise
 *   GET /healthz  {ok, ts}, as the gateway's
 *   GET /metrics  figures, in the text format of Prometheus
 */
import { createServer, type Server } from 'node:http';

export interface ProbeSettings {
  readonly host: string;
  readonly port: number;
  readonly isReady: () => boolean;
  /** The figures, and of which type the text is. */
  readonly metrics: { readonly type: string; readonly text: () => Promise<string> };
}

/** Resolves once it listens. Rejects when the port is taken. */
export async function serveProbes({ host, port, isReady, metrics }: ProbeSettings): Promise<Server> {
  const server = createServer((request, response) => {
    const respond = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    switch (request.url?.split('?')[0]) {
      case '/livez':
        return respond(200, { ok: true });
      case '/readyz':
        return respond(isReady() ? 200 : 503, { ok: isReady() });
      case '/healthz':
        return respond(isReady() ? 200 : 503, { ok: isReady(), ts: new Date().toISOString() });
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
  return server;
}

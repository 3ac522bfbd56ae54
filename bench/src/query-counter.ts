/**
 * Counts what a service asks Postgres: a proxy that reads the client's side of the protocol, which is a type byte and a
 * length before each message, but for the first of a connection.
 */
import { connect, createServer } from 'node:net';

export interface QueryCounter {
  readonly port: number;
  /** How often each prepared statement was run, under its name, and each simple query, under its text; and forgets them. */
  take(): Map<string, number>;
  close(): void;
}

export async function startQueryCounter(port: number, upstreamPort: number): Promise<QueryCounter> {
  let counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: upstreamPort });
    let rest: Buffer = Buffer.alloc(0);
    let isFirst = true;
    client.on('data', (chunk: Buffer) => {
      upstream.write(chunk);
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const typed = isFirst ? 0 : 1;
        if (rest.length < typed + 4) return;
        const end = typed + rest.readInt32BE(typed);
        if (rest.length < end) return;
        const body = rest.subarray(typed + 4, end);
        const type = isFirst ? '' : String.fromCharCode(rest[0] ?? 0);
        if (type === 'Q') count(body.toString('utf8', 0, body.indexOf(0)));
        if (type === 'B') {
          const portalEnd = body.indexOf(0);
          count(body.toString('utf8', portalEnd + 1, body.indexOf(0, portalEnd + 1)) || '(unnamed)');
        }
        isFirst = false;
        rest = rest.subarray(end);
      }
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) one.on('error', () => undefined).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    close: () => void server.close(),
  };
}

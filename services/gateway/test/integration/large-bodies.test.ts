/** A body that is too large harms neither the process nor the connection that it came on. */
import t from 'tap';
import { Agent, request, type IncomingMessage } from 'node:http';
import { testDatabase } from '@coursewright/db/testing';
import { startGateway } from '../fixtures/running-gateway.ts';

const database = await testDatabase(t);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

/** Sends over this agent's connection; resolves with the status once the answer is read. */
function send(
  agent: Agent,
  method: string,
  path: string,
  body: readonly string[] = [],
  headers: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request({ port: gateway.port, agent, method, path, headers }, (response: IncomingMessage) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sending.on('error', reject);
    for (const piece of body) sending.write(piece);
    sending.end();
  });
}

const PIECES = Array.from({ length: 16 }, () => ' '.repeat(64 * 1024));
const JSON_TYPE = { 'content-type': 'application/json' };

for (const [title, headers] of [
  ['that says how long it is', { ...JSON_TYPE, 'content-length': String(16 * 64 * 1024) }],
  ['that comes in chunks', { ...JSON_TYPE, 'transfer-encoding': 'chunked' }],
] as const) {
  t.test(`a megabyte ${title} is refused, and the connection serves the next request`, async (t) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => agent.destroy());
    t.equal(await send(agent, 'POST', '/api/v1/course-map/generate', PIECES, headers), 413);
    t.equal(await send(agent, 'GET', '/livez'), 200);
  });
}

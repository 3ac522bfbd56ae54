/**
 * `node db/scripts/test-server.ts`: keeps the tests' Postgres running until Ctrl-C, to look into a database that a failed
 * test left behind, or to run single test files faster.
 */
import pg from 'pg';
import { startTestServer } from '../src/testing/index.ts';

const server = await startTestServer();
const client = new pg.Client({ connectionString: server.url });
await client.connect();
const kept = await client.query<{ name: string }>(
  "SELECT datname AS name FROM pg_database WHERE datname LIKE 'cw\\_test\\_%' ORDER BY datname DESC",
);
await client.end();
console.log(`psql ${server.url}`);
for (const { name } of kept.rows) console.log(`psql ${server.url.replace(/[^/]*$/, name)}`);
console.log('Ctrl-C stops the server.');

await new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  // A pending promise keeps nothing alive; this does.
  setInterval(() => undefined, 2 ** 30);
});
await server.release();
process.exit(0);

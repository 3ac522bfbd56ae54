/** A generation process and a schema that is not its own: it takes no work, says which side is behind, and goes on when they fit. */
import t from 'tap';
import { SCHEMA_VERSION } from '@coursewright/postgres';
import { testDatabase } from '@coursewright/db/testing';
import { freePort, until } from '@coursewright/events/testing';
import { createStack } from '../fixtures/stack.ts';

const OTHERS = [
  { what: 'older', version: SCHEMA_VERSION - 1, way: /this program needs \d+: run pnpm db:migrate/ },
  { what: 'newer', version: SCHEMA_VERSION + 1, way: /this program knows \d+: start the release that migrated it/ },
];

for (const { what, version, way } of OTHERS) {
  t.test(`a process that starts on a schema that is ${what} registers no worker, and starts when it is its own`, async (t) => {
    const stack = createStack(t, (await testDatabase(t)).url, { OFFLINE_AUTHOR_LATENCY_MS: '0' });
    const set = (to: number) => stack.db.query('UPDATE schema_version SET version = $1, oldest_program = $1', [to]);
    await set(version);
    const port = await freePort();
    const starting = stack.startGeneration({ GENERATION_PORT: String(port) });
    const why = await until('the probe says why', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).then((response) => response.json(), () => undefined) as { why?: string } | undefined;
      return answer?.why?.includes('schema') === true ? answer.why : undefined;
    });
    t.match(why, way);
    t.equal((await stack.db.query('SELECT FROM workers')).rowCount, 0);
    await set(SCHEMA_VERSION);
    await starting;
    t.equal((await stack.db.query('SELECT FROM workers')).rowCount, 1);
  });

  t.test(`a process whose database gets a schema that is ${what} stops in order, and says why`, async (t) => {
    const stack = createStack(t, (await testDatabase(t)).url, { OFFLINE_AUTHOR_LATENCY_MS: '0' });
    const generation = await stack.startGeneration();
    await stack.db.query('UPDATE schema_version SET version = $1, oldest_program = $1', [version]);
    t.match(await generation.says('Cannot go on'), { level: 'fatal', err: { message: way } });
    await generation.says('Stopped');
    await until('the process is over', () => generation.child.exitCode !== null);
    t.equal(generation.child.exitCode, 1, 'so that it is started again');
  });
}

/**
 * The beacon of a process whose main loop is busy: kept while it computes, given up when it hangs.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import t from 'tap';
import { testDatabase, type TestContext } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';

const BUSY_WORKER = fileURLToPath(new URL('../fixtures/busy-worker.ts', import.meta.url));

async function busyWorker(t: TestContext) {
  const { url } = await testDatabase(t);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const child = spawn(process.execPath, [BUSY_WORKER], { env: { ...process.env, DATABASE_URL: url }, stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
    await pool.end();
  });
  await until('the beacon is lit', () => said.includes('lit'));
  const isAlive = async () => (await pool.query('SELECT FROM held_beacons')).rowCount === 1;
  const words = (word: string) => until(`it says ${word}`, () => said.includes(word));
  return { child, gone, pool, isAlive, said, words, computeFor: (ms: number) => child.stdin.write(`${ms}\n`) };
}

t.test('a main loop that computes for four seconds keeps its beacon, without a single look that misses it', async (t) => {
  const { computeFor, isAlive, said, words } = await busyWorker(t);
  computeFor(4000);
  let missed = 0;
  await until('it has computed', async () => {
    if (!(await isAlive())) missed += 1;
    return said.includes('held') || said.includes('not held');
  });
  await words('held');
  t.equal(missed, 0);
  t.notOk(said.includes('Beacon lost with its connection, taking it again'));
});

t.test('a main loop that hangs loses its beacon, and takes it again when it turns', async (t) => {
  const { computeFor, isAlive, words } = await busyWorker(t);
  computeFor(9000);
  await until('the server has ended its lease', async () => !(await isAlive()));
  await words('not held');
  await words('Beacon taken again');
  t.ok(await isAlive());
});

t.test('a process that stops frees its beacon and notes that it stopped', async (t) => {
  const { child, gone, isAlive, pool } = await busyWorker(t);
  child.stdin.end();
  t.equal(await gone, 0);
  t.notOk(await isAlive());
  t.same((await pool.query('SELECT stopped_at IS NOT NULL AS stopped FROM workers')).rows, [{ stopped: true }]);
});

/**
 * The limits: what Postgres does here for somebody who asks nothing else of it.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';

const DATA = JSON.stringify({ text: 'x'.repeat(250) });
const TABLE = `
  CREATE TABLE IF NOT EXISTS bare_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text, version int, data jsonb, UNIQUE (stream, version))`;
const ONE = 'INSERT INTO bare_events (stream, version, data) VALUES ($1, 1, $2)';
const MANY = 'INSERT INTO bare_events (stream, version, data) SELECT $1, n, $2::jsonb FROM generate_series(1, 100) n';

/** Events a second: one 300-byte event a transaction, by so many callers through node-postgres. */
export async function bareInserts(pool: pg.Pool, callers: number, forMs: number): Promise<number> {
  return bare(pool, callers, forMs, 'bare-one', ONE, 1);
}

/** Events a second: a hundred in each transaction. */
export async function bareBatches(pool: pg.Pool, callers: number, forMs: number): Promise<number> {
  return bare(pool, callers, forMs, 'bare-many', MANY, 100);
}

async function bare(pool: pg.Pool, callers: number, forMs: number, name: string, text: string, each: number): Promise<number> {
  await pool.query({ text: `SET ROLE NONE; ${TABLE}; GRANT ALL ON bare_events TO coursewright_service` });
  const from = performance.now();
  let events = 0;
  const call = async (): Promise<void> => {
    while (performance.now() - from < forMs) {
      await pool.query({ name, text, values: [randomUUID(), DATA] });
      events += each;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return (events / (performance.now() - from)) * 1000;
}

/** Milliseconds from an insert to its being claimed elsewhere: NOTIFY and one SKIP LOCKED, nothing else; sorted. */
export async function barePickUps(pool: pg.Pool, count: number): Promise<number[]> {
  const [sender, claimer] = [await pool.connect(), await pool.connect()];
  await sender.query('SET ROLE NONE; CREATE TABLE IF NOT EXISTS bare_jobs (id serial PRIMARY KEY, taken boolean NOT NULL DEFAULT false)');
  await claimer.query('SET ROLE NONE; LISTEN bare_jobs');
  const samples: number[] = [];
  for (let job = 0; job < count; job += 1) {
    const claimed = new Promise<void>((resolve, reject) => {
      claimer.once('notification', () => {
        const claim = 'UPDATE bare_jobs SET taken = true WHERE id = (SELECT id FROM bare_jobs WHERE NOT taken LIMIT 1 FOR UPDATE SKIP LOCKED)';
        claimer.query(claim).then(() => resolve(), reject);
      });
    });
    const from = performance.now();
    await sender.query("INSERT INTO bare_jobs DEFAULT VALUES; NOTIFY bare_jobs");
    await claimed;
    samples.push(performance.now() - from);
  }
  await claimer.query('UNLISTEN bare_jobs');
  for (const client of [sender, claimer]) client.release(true);
  return samples.sort((a, b) => a - b);
}

/** Seconds that one statement takes to change so many rows like a node's: what recovery could not beat. */
export async function bareReset(pool: pg.Pool, rows: number): Promise<number> {
  const client = await pool.connect();
  await client.query('SET ROLE NONE');
  await client.query('CREATE TEMP TABLE bare_nodes AS SELECT n AS id, 1 AS version, md5(n::text) AS worker FROM generate_series(1, $1::int) n', [rows]);
  const from = performance.now();
  await client.query('UPDATE bare_nodes SET version = version + 2, worker = NULL RETURNING id');
  const seconds = (performance.now() - from) / 1000;
  client.release(true);
  return seconds;
}

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

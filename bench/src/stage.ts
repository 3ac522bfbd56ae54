/**
 * A place to measure in: a real Postgres with default durability, a fresh migrated database for each benchmark, and
 * the services as real processes. Everything is ended with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate, startLocalPostgres } from '@coursewright/db';
import {
  courseMapStream,
  createPool,
  createPostgresEventStore,
  NO_STREAM,
  timeOrderedId,
  type CourseRequest,
  type EventMetadata,
  type EventStore,
} from '@coursewright/events';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Stage {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly store: EventStore;
  /** Starts a service and resolves when it is ready. */
  start(file: string, port: number, env: Record<string, string>): Promise<ChildProcess>;
  /** Starts a program of Node's and does not wait for it. */
  spawn(file: string, env: Record<string, string>): ChildProcess;
}

/** As services/gateway/package.json starts it. */
export const GATEWAY_AS_STARTED = { NODE_OPTIONS: '--disable-proto=delete --max-semi-space-size=8' };

export const metadata: EventMetadata = { correlation_id: 'bench', causation_id: null, actor: 'bench', via: 'http' };

export const request: CourseRequest = {
  topic: 'Benchmarks',
  level: 'Intermediate',
  focus: 'Measuring honestly',
  verified_concept: 'Arithmetic',
  mode: 'Deep',
  total_commitment_minutes: 120,
};

/** Runs one benchmark on a stage of its own. */
export async function onStage<Result>(perform: (stage: Stage) => Promise<Result>): Promise<Result> {
  const server = await startLocalPostgres({ dataDir: `${ROOT}/.data/bench-postgres` });
  const database = `bench_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  const url = server.url.replace(/\/[^/]*$/, `/${database}`);
  await migrate(url);
  const pool = createPool({ databaseUrl: url, applicationName: 'bench', maxConnections: 10, onConnectionLost: () => undefined });
  const children: ChildProcess[] = [];

  const spawnNode = (file: string, env: Record<string, string>): ChildProcess => {
    const child = spawn(process.execPath, [`${ROOT}/${file}`], {
      // The compile cache as the launcher sets it.
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: `${ROOT}/.data/compile-cache`, DATABASE_URL: url, LOG_LEVEL: 'warn', ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    children.push(child);
    return child;
  };

  try {
    return await perform({
      url,
      pool,
      store: createPostgresEventStore(pool),
      spawn: spawnNode,
      async start(file, port, env) {
        const child = spawnNode(file, env);
        while (!(await fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false))) await sleep(20);
        return child;
      },
    });
  } finally {
    for (const child of children) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
    }
    await pool.end();
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.end();
    await server.stop();
  }
}

/** Asks for a course, as the gateway does. */
export async function requestCourse({ store }: Stage, tenant?: string): Promise<string> {
  const id = timeOrderedId();
  await store.appendToStream({
    stream: courseMapStream(id),
    expectedVersion: NO_STREAM,
    events: [{ type: 'CourseMapRequested', data: { request: { ...request, topic: `Benchmark ${id}` } } }],
    metadata: tenant === undefined ? metadata : { ...metadata, tenant },
  });
  return id;
}

/**
 * As the server is after a while, so that recovery is not measured together with what was loaded just before: the first look would
 * walk the dead index entries of every node of the history, which autovacuum clears away long before a million events are there.
 */
export async function settleDown({ url }: Stage): Promise<void> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query('VACUUM ANALYZE'); // A service may not: it would be told so, and nothing done.
  await owner.query('CHECKPOINT');
  await owner.end();
}

/** Resolves when the query's only value is true. */
export async function untilTrue(pool: pg.Pool, question: string, values: unknown[] = []): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ answer: boolean }>(`SELECT (${question}) AS answer`, values);
    if (rows[0]?.answer === true) return;
    await sleep(10);
  }
}

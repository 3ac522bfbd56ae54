/**
 * Everything that a run is played on: a Postgres of its own, a gateway, and workers that are started again when they die,
 * each behind a wire of its own.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate, startLocalPostgres, type LocalPostgres } from '@coursewright/db';
import { freePort } from '@coursewright/events/testing';
import type { Plan } from './plan.ts';
import { startProvider, type Provider } from './provider.ts';
import { startProcess, type RunningProcess } from './service-process.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** No two runs share it, and it must be found nowhere afterwards. */
export const CANARY = `canary-${randomBytes(16).toString('hex')}`;

const LLM_TIMEOUT_MS = 4000;
/** So that the survivors of a kill have slots for what it held: the restart is measured, not a queue. */
const CONCURRENCY = 12;

export interface Worker {
  readonly proxy: TcpProxy;
  process: RunningProcess;
  /** Ended on purpose, and about to be started again. */
  ending: boolean;
}

export interface Stage {
  readonly provider: Provider;
  readonly workers: readonly Worker[];
  readonly gatewayUrl: string;
  readonly folder: string;
  /** As it is reached at this moment, without a proxy. */
  databaseUrl(): string;
  /** Runs a query, and again while the database is away. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  startWorkerAgain(worker: Worker): void;
  crashPostgres(): Promise<void>;
  /** Processes that ended although nobody ended them. */
  readonly unexpectedEnds: readonly string[];
  /** SIGTERM to every process; resolves with the exit codes. */
  stopServices(): Promise<(number | null)[]>;
  /** Ends what runs. The database is kept, and goes on running, if there is something to look at. */
  close(keepDatabase: boolean): Promise<void>;
}

export async function setStage(plan: Plan, folder: string): Promise<Stage> {
  await mkdir(folder, { recursive: true });
  const options = { dataDir: join(folder, 'postgres'), settings: { shared_buffers: '256MB' } };
  let postgres: LocalPostgres = await startLocalPostgres(options);
  await migrate(postgres.url);
  const provider = await startProvider(plan.seed);
  const unexpectedEnds: string[] = [];
  let pool = poolTo(postgres.url);
  let closing = false;
  let crashing = Promise.resolve();

  const env = (proxy: TcpProxy): NodeJS.ProcessEnv => {
    const url = new URL(postgres.url);
    url.port = String(proxy.port);
    return {
      DATABASE_URL: url.href,
      LLM_BASE_URL: provider.baseUrl,
      LLM_API_KEY: CANARY,
      LLM_MODEL: 'scripted',
      LLM_TIMEOUT_MS: String(LLM_TIMEOUT_MS),
      GENERATION_CONCURRENCY: String(CONCURRENCY),
      GENERATION_DEADLINE_MS: '60000',
      GENERATION_MAX_ATTEMPTS: '20',
      SHUTDOWN_GRACE_MS: '5000',
    };
  };
  const wire = async (): Promise<TcpProxy> => startTcpProxy(await freePort(), () => postgres.port);
  let number = 0;
  const startWorker = async (proxy: TcpProxy): Promise<RunningProcess> => {
    number += 1;
    return startProcess('generation', await freePort(), env(proxy), join(folder, `worker-${number}.log`));
  };
  const watch = (worker: Worker): void => {
    const { process: watched } = worker;
    void watched.gone.then(({ code, signal }) => {
      if (worker.ending || closing || worker.process !== watched) return;
      unexpectedEnds.push(`worker ${watched.workerId() ?? watched.pid}: code ${String(code)}, signal ${String(signal)}`);
      start(worker);
    });
  };
  const start = (worker: Worker): void => {
    void startWorker(worker.proxy).then((started) => {
      worker.process = started;
      worker.ending = false;
      watch(worker);
    });
  };

  const gatewayPort = await freePort();
  const gatewayWire = await wire();
  const gateway = startProcess('gateway', gatewayPort, env(gatewayWire), join(folder, 'gateway.log'));
  void gateway.gone.then(({ code }) => closing || unexpectedEnds.push(`gateway: code ${String(code)}`));
  const workers: Worker[] = [];
  for (let index = 0; index < plan.workers; index += 1) {
    const proxy = await wire();
    const worker: Worker = { proxy, process: await startWorker(proxy), ending: false };
    watch(worker);
    workers.push(worker);
  }
  await Promise.all([gateway.ready(), ...workers.map(({ process: one }) => one.ready())]);

  return {
    provider,
    workers,
    folder,
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    databaseUrl: () => postgres.url,
    unexpectedEnds,
    startWorkerAgain: start,
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      for (;;) {
        try {
          return (await pool.query<Row>(text, values)).rows;
        } catch (error) {
          if (error instanceof pg.DatabaseError && !/^(57P|08)/.test(error.code ?? '')) throw error;
          await sleep(100);
        }
      }
    },
    crashPostgres() {
      // One after another: a server that is coming up cannot crash twice at once.
      crashing = crashing.then(async () => {
        await postgres.stop('immediate');
        postgres = await startLocalPostgres(options);
        const old = pool;
        pool = poolTo(postgres.url);
        await old.end().catch(() => undefined);
      });
      return crashing;
    },
    async stopServices() {
      const running = [gateway, ...workers.map(({ process: one }) => one)];
      // One that is still starting has no handler for the signal yet.
      await Promise.all(running.map((one) => one.ready()));
      closing = true;
      for (const one of running) one.signal('SIGTERM');
      return (await Promise.all(running.map(({ gone }) => gone))).map(({ code }) => code);
    },
    async close(keepDatabase) {
      closing = true;
      for (const one of [gateway, ...workers.map(({ process: running }) => running)]) {
        one.signal('SIGKILL');
        await one.gone;
      }
      await Promise.all([provider.close(), gatewayWire.close(), ...workers.map(({ proxy }) => proxy.close())]);
      await pool.end().catch(() => undefined);
      if (!keepDatabase) await postgres.stop();
    },
  };
}

function poolTo(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 5000 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

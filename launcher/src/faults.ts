/**
 * Breaks what the launcher runs, when the page asks for it: for real, and in a way that the launcher mends.
 */
import { FaultRefusedError, type Asked, type Answered, type Fault, type FaultMade, type FaultRequest, type LaunchedProcess, type ModelBreakdown } from '@coursewright/process';
import { connectOwner, ownerClient } from '@coursewright/postgres';
import type { ServiceProcess } from './service-process.ts';

/** A process that is forgotten frozen goes on by itself. */
const LONGEST_FREEZE_MS = 30_000;
const BREAKDOWN_MS = 5000;

/** Nobody else's: not those of a psql, nor of another launcher's database. */
const CUT = `
  SELECT count(pg_terminate_backend(a.pid)) FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.application_name LIKE 'coursewright-%' AND a.pid <> pg_backend_pid()`;

export interface FaultSettings {
  /** The generation processes. */
  readonly workers: readonly ServiceProcess[];
  /** Of the server that the launcher brought; undefined for one of the user's own, whose sessions are not ours to end. */
  readonly databaseUrl: () => string | undefined;
  /** Whether the offline author writes; a provider is not ours to break. */
  readonly writesOffline: boolean;
  readonly say: (line: string) => void;
}

/** Answers what a gateway asks; undefined for a message that is no question. */
export function createFaults({ workers, databaseUrl, writesOffline, say }: FaultSettings): (message: unknown) => Promise<Answered | undefined> {
  const make: Readonly<Record<Fault, (name: string | undefined) => Promise<ServiceProcess | undefined> | ServiceProcess>> = {
    kill: (name) => signalled(find(name), 'SIGKILL'),
    freeze(name) {
      const worker = signalled(find(name), 'SIGSTOP');
      setTimeout(() => worker.state() === 'frozen' && worker.signal('SIGCONT'), LONGEST_FREEZE_MS).unref();
      return worker;
    },
    thaw(name) {
      const worker = find(name);
      if (worker.state() !== 'frozen') throw new FaultRefusedError(`${worker.name} is not frozen`);
      return signalled(worker, 'SIGCONT');
    },
    async cut_database() {
      const url = databaseUrl();
      if (url === undefined) throw new FaultRefusedError('the database is a server of your own');
      const client = ownerClient({ databaseUrl: url, applicationName: 'coursewright-launcher' });
      await connectOwner(client);
      try {
        await client.query(CUT);
      } finally {
        await client.end();
      }
      return undefined;
    },
    async fail_model() {
      if (!writesOffline) throw new FaultRefusedError('a model of a provider writes, and only the offline author can be told to fail');
      for (const worker of workers) worker.tell({ kind: 'model-breakdown', forMs: BREAKDOWN_MS } satisfies ModelBreakdown);
      return undefined;
    },
  };

  function find(name: string | undefined): ServiceProcess {
    const worker = workers.find((each) => each.name === name);
    if (worker === undefined) throw new FaultRefusedError(`"process" must be one of ${workers.map((each) => each.name).join(', ')}`);
    return worker;
  }

  async function makeFault({ fault, process: name }: FaultRequest): Promise<FaultMade> {
    const at = new Date().toISOString();
    // Its id goes with it: asked for before it ends.
    const workerId = workers.find((each) => each.name === name)?.workerId() ?? null;
    const befallen = await make[fault](name);
    say(`! ${fault}${befallen === undefined ? '' : ` ${befallen.name}`}, as the page asked for`);
    return { fault, process: befallen?.name ?? null, worker_id: befallen === undefined ? null : workerId, at };
  }

  return async (message) => {
    const { kind, number, question } = message as Asked;
    if (kind !== 'question') return undefined;
    try {
      return { kind: 'answer', number, answer: question.ask === 'processes' ? workers.map(described) : await makeFault(question) };
    } catch (error) {
      return { kind: 'answer', number, refusal: error instanceof Error ? error.message : String(error) };
    }
  };
}

function signalled(worker: ServiceProcess, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): ServiceProcess {
  if (!worker.signal(signal)) throw new FaultRefusedError(`${worker.name} does not run at this moment`);
  return worker;
}

function described(worker: ServiceProcess): LaunchedProcess {
  return { name: worker.name, pid: worker.pid() ?? null, worker_id: worker.workerId() ?? null, state: worker.state() };
}

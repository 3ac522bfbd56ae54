/**
 * Does to a running stage what the plan says, and notes whom it hit and when.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './plan.ts';
import type { RunningProcess } from './service-process.ts';
import type { Stage, Worker } from './stage.ts';

export interface InjectedFault {
  readonly fault: Fault;
  /** Milliseconds since the epoch; the database runs on this machine, so its clock is the same. */
  readonly at: number;
  /** When the fault itself was over: of a restart, when the server took connections again. */
  readonly overAt: number;
  /** Whom it hit; undefined for the database, and for a worker that had not said its name yet. */
  readonly workerId: string | undefined;
}

/** Resolves when the fault is over, though not what follows from it. */
export async function inject(stage: Stage, fault: Fault): Promise<InjectedFault> {
  if (fault.kind === 'db') {
    const at = Date.now();
    if (fault.do === 'restart') await stage.crashPostgres();
    else await endSessions(stage, fault.sessions);
    return { fault, at, overAt: Date.now(), workerId: undefined };
  }
  const worker = stage.workers[fault.worker];
  if (worker === undefined) throw new Error(`there is no worker ${fault.worker}`);
  const victim = await living(worker);
  const at = Date.now();
  const workerId = victim.workerId();
  switch (fault.kind) {
    case 'kill':
      worker.ending = true;
      victim.signal('SIGKILL');
      await victim.gone;
      await sleep(fault.restartMs);
      stage.startWorkerAgain(worker);
      break;
    case 'freeze':
      victim.signal('SIGSTOP');
      await sleep(fault.forMs);
      victim.signal('SIGCONT');
      break;
    case 'cut':
      if (fault.forMs === 0) worker.proxy.reset();
      else await worker.proxy.silence(fault.forMs);
      break;
  }
  return { fault, at, overAt: Date.now(), workerId };
}

/** The worker's process, once it is there and ready: one that is starting, or being replaced, has nothing to lose yet. */
async function living(worker: Worker): Promise<RunningProcess> {
  for (;;) {
    while (worker.ending) await sleep(20);
    const { process: candidate } = worker;
    await candidate.ready();
    // Faults overlap: another may have hit it meanwhile.
    if (!worker.ending && worker.process === candidate) return candidate;
  }
}

async function endSessions(stage: Stage, sessions: number): Promise<void> {
  await stage.query(
    `SELECT pg_terminate_backend(pid) FROM (
       SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'coursewright-%' ORDER BY random() LIMIT $1) sessions`,
    [sessions],
  );
}

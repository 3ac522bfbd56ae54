/**
 * The queue on pg-boss 12: the only file that knows it. Queues and schema are installed by `db/src/install-queue.ts`.
 *
 * pg-boss is the dispatcher and never the judge. Policy `exclusive` with the stream as singleton key keeps a second
 * job of the same stream out, which saves money; correctness rests on the log alone. Jobs whose attempt is over are
 * deleted rather than completed: one write instead of two, and the table stays as small as the work in hand.
 */
import { PgBoss, type Db } from 'pg-boss';
import { connectionOptions, courseMapStream, nodeStream, type StreamName, type Transaction } from '@coursewright/events';
import { JobRefusedError, type Dispatcher, type Job, type JobToSend, type Queue } from '../application/dispatcher.ts';

export interface PgBossDispatcher extends Dispatcher {
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface JobData {
  readonly course_map_id: string;
  readonly node_id: string | null;
  readonly attempt: number;
  readonly correlation_id: string;
}

/** Overtakes every job of priority 0, which is all others. */
const AHEAD = 10;

const PRESENT = 'SELECT id FROM pgboss.job WHERE name = $1 AND id = ANY ($2::uuid[])';

const WAKE = "SELECT pg_notify('jobs', '')";

/** @param onError told of trouble on pg-boss' own connections; every call of ours runs on the caller's */
export function createPgBossDispatcher(settings: {
  readonly databaseUrl: string;
  readonly onError: (error: unknown) => void;
}): PgBossDispatcher {
  // Its connections serve to look a queue up, once. Nothing here needs its supervision: a job that nobody ends is
  // found by recovery, from the log.
  const { connectionString, application_name } = connectionOptions({ databaseUrl: settings.databaseUrl, applicationName: 'coursewright-queue' });
  const boss = new PgBoss({
    connectionString,
    schema: 'pgboss',
    application_name,
    max: 2,
    migrate: false,
    createSchema: false,
    supervise: false,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  boss.on('error', settings.onError);

  async function insert(queue: Queue, jobs: readonly JobToSend[], transaction: Transaction): Promise<Set<string>> {
    const rows = jobs.map((job) => ({
      id: job.id,
      data: dataOf(job),
      singletonKey: keyOf(job),
      priority: job.ahead ? AHEAD : 0,
      ...(job.delayMs === 0 ? {} : { startAfter: job.delayMs / 1000 }),
    }));
    const ids = await boss.insert(queue, rows, { returnId: true, db: inside(transaction) });
    if (jobs.some(({ delayMs }) => delayMs === 0)) await transaction.query({ name: 'jobs-wake', text: WAKE });
    return new Set(ids);
  }

  return {
    start: async () => void (await boss.start()),
    stop: () => boss.stop({ graceful: false }),

    async send(queue, jobs, transaction) {
      if (jobs.length === 0) return;
      const sent = await insert(queue, jobs, transaction);
      const refused = jobs.filter(({ id }) => !sent.has(id));
      if (refused.length > 0) throw new JobRefusedError(queue, refused.map(({ id }) => id));
    },

    async sendMissing(queue, jobs, transaction) {
      if (jobs.length === 0) return [];
      // Read first, without a lock: an insert would wait for whoever is claiming the job, who may wait for us.
      const ids = jobs.map(({ id }) => id);
      const { rows } = await transaction.query<{ id: string }>({ name: 'jobs-present', text: PRESENT, values: [queue, ids] });
      const present = new Set(rows.map(({ id }) => id));
      const missing = jobs.filter(({ id }) => !present.has(id));
      return missing.length === 0 ? [] : [...(await insert(queue, missing, transaction))];
    },

    async fetch(queue, limit, transaction) {
      const jobs = await boss.fetch<JobData>(queue, { batchSize: limit, db: inside(transaction) });
      return jobs.map(({ id, data }) => ({
        id,
        courseMapId: data.course_map_id,
        nodeId: data.node_id,
        attempt: data.attempt,
        correlationId: data.correlation_id,
      }));
    },

    async remove(queue, jobIds, transaction) {
      if (jobIds.length > 0) await boss.deleteJob(queue, [...jobIds], { db: inside(transaction) });
    },
  };
}

function dataOf({ courseMapId, nodeId, attempt, correlationId }: Job): JobData {
  return { course_map_id: courseMapId, node_id: nodeId, attempt, correlation_id: correlationId };
}

function keyOf({ courseMapId, nodeId }: Job): StreamName {
  return nodeId === null ? courseMapStream(courseMapId) : nodeStream({ courseMapId, nodeId });
}

/** pg-boss' way of joining somebody's transaction. */
function inside(transaction: Transaction): Db {
  return { executeSql: (text: string, values?: unknown[]) => transaction.query(text, values) };
}

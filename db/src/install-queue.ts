/**
 * Installs pg-boss, the queue, with its schema and our two queues. The only file of this package that knows it.
 *
 * It runs as the database's owner, once per deployment; the services connect with a role that may use the queue's
 * tables and change nothing about them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { connectOwner, ownerClient, ownerOptions } from '@coursewright/postgres';

/** The queues that generation processes take work from. */
export const QUEUES = ['plan-course-map', 'generate-node'] as const;

/**
 * The queue dispatches and never judges: a key has at most one job at a time (`exclusive`), a failed one is not tried
 * again unless we say so, and a job that nobody ended is given up only long after our own recovery has replaced it.
 */
const SETTINGS = { retryLimit: 0, expireInSeconds: 900, deleteAfterSeconds: 3_600, notify: false };

const GRANTS = `
  GRANT USAGE ON SCHEMA pgboss TO coursewright_service;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO coursewright_service;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgboss TO coursewright_service;
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgboss TO coursewright_service;
`;

/**
 * Makes or updates the schema `pgboss`, the queues and the grants. May be called again; hold the migration lock, for
 * two that upgrade the queue at once would get in each other's way.
 *
 * @throws whatever the server or pg-boss refuses with
 */
export async function installQueue(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({
    ...ownerOptions({ databaseUrl, applicationName: 'coursewright: queue' }),
    schema: 'pgboss',
    migrate: true,
    supervise: false,
    schedule: false,
    registerInstance: false,
    max: 2,
  });
  const problems: unknown[] = [];
  boss.on('error', (error) => problems.push(error));
  await boss.start();
  try {
    for (const queue of QUEUES) {
      if (await boss.getQueue(queue) === null) await boss.createQueue(queue, { policy: 'exclusive', ...SETTINGS });
      else await boss.updateQueue(queue, SETTINGS);
    }
    await grant(databaseUrl);
    await indexesBuilt(boss);
  } finally {
    await boss.stop();
  }
  if (problems.length > 0) throw new AggregateError(problems, 'the queue reported errors while it was installed');
}

/** An upgrade of pg-boss builds its indexes in the background, in the process that upgraded: this one. */
async function indexesBuilt(boss: PgBoss): Promise<void> {
  for (;;) {
    const builds = await boss.getBamStatus();
    if (!builds.some(({ status }) => status === 'pending' || status === 'in_progress')) return;
    await sleep(200);
  }
}

async function grant(databaseUrl: string): Promise<void> {
  const client = ownerClient({ databaseUrl, applicationName: 'coursewright: queue' });
  await connectOwner(client);
  try {
    await client.query(GRANTS);
  } finally {
    await client.end();
  }
}

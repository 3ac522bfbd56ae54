/**
 * What a standby is good for, and a backup: a copy of the server from before the migration is brought up to date by WAL alone, is promoted,
 * and takes events. Whatever reaches no disk on that way (the init fork of a sequence, say) is missing here, and only here.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import t, { type Test } from 'tap';
import { migrate, startLocalPostgres } from '../../src/index.ts';
import { query } from '../fixtures/blank-database.ts';
import { serverFolder } from '../fixtures/server-folder.ts';
import { until } from '../../../packages/events/src/testing/until.ts';

const run = promisify(execFile);

/** A copy of a server from before its migration, and where to find the WAL of what came behind; the server itself has crashed. */
async function copyFromBeforeTheMigration(t: Test): Promise<{ copy: string; restoreCommand: string }> {
  const [dataDir, copy] = [await serverFolder(t), await serverFolder(t)];
  await (await startLocalPostgres({ dataDir })).stop();
  await run('cp', ['-a', dataDir, copy]); // With its owner: the server refuses a folder of somebody else's.
  const primary = await startLocalPostgres({ dataDir });
  try {
    await migrate(primary.url);
    await append(primary.url);
  } finally {
    // What has not reached the WAL is nowhere.
    await primary.stop('immediate');
  }
  return { copy, restoreCommand: `cp ${join(dataDir, 'pg_wal')}/%f %p` };
}

/** Each with what makes a server of the copy that has replayed everything. */
const WAYS = [
  {
    what: 'a standby that is promoted before its first restartpoint',
    signal: 'standby.signal',
    settings: { hot_standby: 'on' },
    async promote(url: string) {
      await until('the migration is replayed', async () => (await query(url, "SELECT FROM pg_class WHERE relname = 'recorded_events'")).length > 0);
      await query(url, 'SELECT pg_promote()');
    },
  },
  {
    what: 'a backup that is restored to a point in time',
    signal: 'recovery.signal',
    settings: { recovery_target_action: 'promote' },
    async promote(url: string) {
      await until('the restore is over', async () => (await query(url, 'SELECT WHERE NOT pg_is_in_recovery()')).length > 0);
    },
  },
] as const;

for (const { what, signal, settings, promote } of WAYS) {
  t.test(`${what}, from before the migration, takes events`, async (t) => {
    const { copy, restoreCommand } = await copyFromBeforeTheMigration(t);
    await writeFile(join(copy, signal), '');
    const server = await startLocalPostgres({ dataDir: copy, settings: { restore_command: restoreCommand, ...settings } });
    try {
      await promote(server.url);
      await t.resolves(append(server.url));
      t.strictSame(await query(server.url, 'SELECT position FROM events ORDER BY position'), [{ position: '1' }, { position: '2' }]);
      await t.resolves(query(server.url, 'SELECT try_append()'));
      t.strictSame(await migrate(server.url), [], 'and is current');
    } finally {
      await server.stop();
    }
  });
}

t.test('no sequence belongs to an unlogged table', async (t) => {
  const dataDir = await serverFolder(t);
  const server = await startLocalPostgres({ dataDir, settings: { fsync: 'off' } });
  try {
    await migrate(server.url);
    t.strictSame(await query(server.url, `
      SELECT s.relname AS sequence, s.relpersistence FROM pg_class s WHERE s.relkind = 'S' AND s.relpersistence <> 'p'`), []);
  } finally {
    await server.stop();
  }
});

async function append(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SELECT append_to_streams($1::jsonb)', [JSON.stringify([{
      stream: `recovery-${randomUUID()}`,
      expected_version: 0,
      metadata: { correlation_id: 'failover', causation_id: null, actor: 'test', via: 'psql' },
      events: [{ type: 'RecoveryRequested', schema_version: 1, data: { force: false } }],
    }])]);
    await client.query("INSERT INTO request_rates (key) VALUES ('test') ON CONFLICT DO NOTHING");
  } finally {
    await client.end();
  }
}

/**
 * Who is alive, as Postgres knows it: the rows of `workers`, and the session locks in `pg_locks`.
 */
import type pg from 'pg';
import { query } from '@coursewright/events';
import type { WorkerDirectory } from '../application/worker-directory.ts';
import { BEACON_LOCK_CLASS } from './beacon/beacon-lock.ts';

const SILENT_WORKERS = 'SELECT worker_id, lock_key, database_restarted, listens FROM silent_workers()';
// Shared: several transactions may recover one worker's nodes, while the worker cannot take its exclusive lock again.
const PROVE_DEAD = 'SELECT pg_try_advisory_xact_lock_shared($1, $2) AS free';

const STARTED_WITHIN = 'SELECT clock_timestamp() < pg_postmaster_start_time() + make_interval(secs => $1 / 1000.0) AS within';

export function createPostgresWorkerDirectory(pool: pg.Pool): WorkerDirectory {
  return {
    async silentWorkers() {
      const { rows } = await query<{ worker_id: string; lock_key: number; database_restarted: boolean; listens: boolean }>(pool, {
        name: 'workers-silent',
        text: SILENT_WORKERS,
      });
      return rows.map(({ worker_id: workerId, lock_key: lockKey, database_restarted: databaseRestarted, listens }) => ({
        workerId,
        lockKey,
        databaseRestarted,
        listens,
      }));
    },

    async provesDead(lockKey, transaction) {
      const { rows } = await transaction.query<{ free: boolean }>({
        name: 'workers-prove-dead',
        text: PROVE_DEAD,
        values: [BEACON_LOCK_CLASS, lockKey],
      });
      return rows[0]?.free ?? false;
    },

    async databaseStartedWithin(ms) {
      const { rows } = await query<{ within: boolean }>(pool, { name: 'workers-started-within', text: STARTED_WITHIN, values: [ms] });
      return rows[0]?.within ?? false;
    },
  };
}

/**
 * What a dead or hanging process has left open on the server (I12).
 */
import type { Findings } from '../findings.ts';
import type { Snapshot } from '../snapshot.ts';

/** Of a service, and for longer than any of its transactions may be idle: the answer to a recovery request takes ten minutes at most. */
const IDLE_IN_TRANSACTION = `
  SELECT a.pid, a.application_name, round(extract(epoch FROM clock_timestamp() - a.state_change)) AS seconds
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.state LIKE 'idle in transaction%' AND a.pid <> pg_backend_pid()
    AND a.application_name LIKE 'coursewright-%' AND a.state_change < clock_timestamp() - interval '11 minutes'`;

const SEES_ALL = "SELECT rolsuper OR pg_has_role('pg_read_all_stats', 'member') AS all FROM pg_roles WHERE rolname = current_user";

/** A beacon that is held in the name of a worker that has stopped, or that never was. */
const ORPHANED_BEACONS = `
  SELECT b.lock_key, b.backend_pid FROM held_beacons b
  LEFT JOIN workers w ON w.lock_key = b.lock_key
  WHERE w.id IS NULL OR w.stopped_at < clock_timestamp() - interval '10 seconds'`;

const PREPARED = 'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()';

export async function checkSessions(snapshot: Snapshot, findings: Findings): Promise<void> {
  const [sees] = await snapshot.query<{ all: boolean }>(SEES_ALL);
  if (sees?.all !== true) findings.note('I12', 'sessions of other logins are not shown to this one');
  for (const { pid, application_name: name, seconds } of await snapshot.query<{ pid: number; application_name: string; seconds: string }>(IDLE_IN_TRANSACTION)) {
    findings.violation('I12', `session ${pid} (${name})`, `idle in a transaction for ${seconds} s`);
  }
  for (const { lock_key: key, backend_pid: pid } of await snapshot.query<{ lock_key: number; backend_pid: number }>(ORPHANED_BEACONS)) {
    findings.violation('I12', `session ${pid}`, `holds the beacon ${key} of no running worker`);
  }
  for (const { gid } of await snapshot.query<{ gid: string }>(PREPARED)) findings.violation('I12', gid, 'a prepared transaction that nobody ends');
}

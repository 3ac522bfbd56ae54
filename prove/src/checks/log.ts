/**
 * The log as a whole: dense positions, one for each event, nothing that belongs to no course (I3), nobody who may change
 * it (I11), and checkpoints that lie within it (I10).
 */
import type { Findings } from '../findings.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Replayed } from './replay.ts';

const POSITIONS = 'SELECT count(*) AS positions, min(position) AS first, max(position) AS last FROM event_positions';

const RECORDED = `
  SELECT count(*) AS events, count(*) FILTER (WHERE stream LIKE 'recovery-%' OR stream LIKE 'subscription-%') AS besides_courses FROM kept_events`;

const RECOVERIES = `
  SELECT stream FROM recorded_events WHERE stream LIKE 'recovery-%'
  GROUP BY stream HAVING min(version) <> 1 OR max(version) <> count(*) OR count(*) > 2 LIMIT 10`;

const COMMANDS = `
  SELECT stream FROM recorded_events WHERE stream LIKE 'subscription-%'
  GROUP BY stream HAVING min(version) <> 1 OR max(version) <> count(*) LIMIT 10`;

const UNPLACED = `
  SELECT e.stream, e.version FROM kept_events e
  WHERE NOT EXISTS (SELECT FROM event_positions p WHERE p.event_id = e.id) LIMIT 10`;

export interface LogExtent {
  readonly events: number;
  readonly besidesCourses: number;
}

export async function checkPositions(snapshot: Snapshot, findings: Findings): Promise<LogExtent> {
  const [placed] = await snapshot.query<{ positions: string; first: string | null; last: string | null }>(POSITIONS);
  const [recorded] = await snapshot.query<{ events: string; besides_courses: string }>(RECORDED);
  const [positions, events] = [Number(placed?.positions ?? 0), Number(recorded?.events ?? 0)];
  if (positions > 0 && (placed?.first !== '1' || Number(placed.last) !== positions)) {
    findings.violation('I3', 'event_positions', `${positions} positions between ${String(placed?.first)} and ${String(placed?.last)}`);
  }
  if (positions !== events) {
    findings.violation('I3', 'event_positions', `${positions} positions for ${events} events`);
    for (const { stream, version } of await snapshot.query<{ stream: string; version: number }>(UNPLACED)) {
      findings.violation('I3', stream, `version ${version} has no position`);
    }
  }
  for (const { stream } of await snapshot.query<{ stream: string }>(RECOVERIES)) findings.violation('I3', stream, 'is no question and its answer');
  for (const { stream } of await snapshot.query<{ stream: string }>(COMMANDS)) findings.violation('I3', stream, 'its versions are not contiguous');
  findings.note('I3', `${positions.toLocaleString('en')} positions`);
  return { events, besidesCourses: Number(recorded?.besides_courses ?? 0) };
}

/** Every event belongs to a course that was replayed, to a recovery or to a subscription. */
export function checkNothingBesides(extent: LogExtent, replayed: Replayed, findings: Findings): void {
  const besides = extent.events - extent.besidesCourses - replayed.events;
  if (besides !== 0) findings.violation('I6', 'recorded_events', `${besides} events belong to no course that the projections know`);
  findings.note('I6', `${replayed.courses.toLocaleString('en')} courses, ${replayed.nodes.toLocaleString('en')} nodes`);
  findings.note('I4', `${replayed.events.toLocaleString('en')} events of courses`);
}

/** Each with its table; those of the log fire for everybody, in replica mode too. */
const GUARDS: readonly [trigger: string, table: string, enabled: string][] = [
  ['recorded_events_append_only', 'recorded_events', 'A'],
  ['recorded_events_moves_append_only', 'recorded_events', 'A'],
  ['archived_events_append_only', 'archived_events', 'A'],
  ['archived_events_moves_append_only', 'archived_events', 'A'],
  ['event_positions_append_only', 'event_positions', 'A'],
  ['artifacts_append_only', 'artifacts', 'O'],
  ['events_append_only', 'events', 'O'],
];

const STANDING_GUARDS = `
  SELECT concat_ws(' ', t.tgname, t.tgrelid::regclass, t.tgenabled) AS guard FROM pg_trigger t WHERE t.tgname LIKE '%_append_only'`;

const TRESPASSERS = `
  SELECT r.rolname AS role, t.name AS table, p.right AS right
  FROM pg_roles r
  CROSS JOIN unnest($1::text[]) AS t (name)
  CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p ("right")
  WHERE NOT r.rolsuper AND NOT r.rolname LIKE 'pg\\_%'
    AND r.oid <> (SELECT c.relowner FROM pg_class c WHERE c.oid = t.name::regclass) AND has_table_privilege(r.oid, t.name, p.right)`;

export async function checkAppendOnly(snapshot: Snapshot, findings: Findings): Promise<void> {
  const standing = new Set((await snapshot.query<{ guard: string }>(STANDING_GUARDS)).map(({ guard }) => guard));
  for (const guard of GUARDS) if (!standing.has(guard.join(' '))) findings.violation('I11', guard[0], 'the trigger is missing, disabled or weakened');
  const trespassers = await snapshot.query<{ role: string; table: string; right: string }>(TRESPASSERS, [['recorded_events', 'archived_events', 'event_positions', 'artifacts']]);
  for (const { role, table, right } of trespassers) findings.violation('I11', table, `${role} may ${right}`);
  findings.note('I11', `${GUARDS.length} triggers`);
}

const CHECKPOINTS = `
  SELECT s.name, s.position, (SELECT coalesce(max(p.position), 0) FROM event_positions p) AS head FROM subscriptions s ORDER BY s.name`;

export async function checkConsumers(snapshot: Snapshot, findings: Findings): Promise<void> {
  const rows = await snapshot.query<{ name: string; position: string; head: string }>(CHECKPOINTS);
  for (const { name, position, head } of rows) {
    const behind = BigInt(head) - BigInt(position);
    if (behind < 0n) findings.violation('I10', name, `its checkpoint ${position} lies beyond the head ${head}`);
    else findings.note('I10', `${name} is ${behind.toLocaleString('en')} behind`);
  }
}

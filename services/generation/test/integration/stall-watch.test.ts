/**
 * A process that lives while nothing moves is not ready: work that may run has waited, and nothing was recorded, for longer than may be.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { createPool } from '@coursewright/events';
import { until } from '@coursewright/events/testing';
import { watchForStall } from '../../src/infrastructure/stall-watch.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';
import { silentLog } from '../fixtures/silent-log.ts';

/** Longer than any step of a test takes; where so much time is to pass, what the log has is set back instead. */
const LONGEST_MS = 600_000;

const database = await testDatabase(t);
const generation = await composedGeneration(t, database.url, 'generation-a');
const pool = createPool({ databaseUrl: database.url, applicationName: 'test', maxConnections: 1, onConnectionLost: () => undefined });
t.teardown(() => pool.end());
const log = silentLog();
const watch = watchForStall({ pool, longestMs: LONGEST_MS, log, everyMs: 20 });
t.teardown(() => watch.stop());

/** Every look takes the pool's one connection. */
let looks = 0;
pool.on('acquire', () => (looks += 1));
const looksThrice = async (): Promise<unknown> => {
  const goal = looks + 3;
  return until('it has looked', () => looks >= goal);
};
const recordSomething = () => generation.context.store.appendToStream({
  stream: `recovery-${randomUUID()}`, expectedVersion: 0, events: [{ type: 'RecoveryRequested', data: { force: false } }],
  metadata: { correlation_id: 'x', causation_id: null, actor: 'a test', via: 'http' },
});
/** What the log and the queue have is so many milliseconds older. */
const owner = new pg.Client({ connectionString: database.url });
await owner.connect();
t.teardown(() => owner.end());
const timePasses = (ms: number) => owner.query(`
  BEGIN;
  ALTER TABLE event_positions DISABLE TRIGGER ALL;
  UPDATE event_positions SET placed_at = placed_at - interval '${ms} ms';
  ALTER TABLE event_positions ENABLE TRIGGER ALL;
  ALTER TABLE event_positions ENABLE ALWAYS TRIGGER event_positions_append_only;
  UPDATE pgboss.job SET start_after = start_after - interval '${ms} ms';
  COMMIT`);
const becomes = (stalled: boolean) => until(stalled ? 'it is stalled' : 'it is not', () => watch.isStalled() === stalled);
t.test('an empty log with nothing to do is well', async (t) => {
  await looksThrice();
  t.notOk(watch.isStalled());
});

t.test('work that waits is no stall while anything is recorded; it is one when nothing was for so long', async (t) => {
  await generation.plannedCourse([{ id: 'n1', type: 'learn', after: [] }]);
  await timePasses(2 * LONGEST_MS);
  await recordSomething();
  await looksThrice();
  t.notOk(watch.isStalled());
  await timePasses(LONGEST_MS / 2);
  await looksThrice();
  t.notOk(watch.isStalled(), 'not before its time');
  await timePasses(LONGEST_MS);
  await becomes(true);
  t.match(log.lines.at(-1), { level: 'error', message: 'Work waits and nothing moves' });
});

t.test('as soon as anything is recorded it is over', async (t) => {
  await recordSomething();
  await becomes(false);
  t.match(log.lines.at(-1), { message: 'Work moves again' });
});

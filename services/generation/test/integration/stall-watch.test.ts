/**
 * A process that lives while nothing moves is not ready: work that may run has waited, and nothing was recorded, for longer than may be.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { createPool } from '@coursewright/events';
import { watchForStall } from '../../src/infrastructure/stall-watch.ts';
import { composedGeneration } from '../fixtures/composed-generation.ts';
import { silentLog } from '../fixtures/silent-log.ts';
import { until } from '../fixtures/until.ts';

const LONGEST_MS = 500;

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
const becomes = (stalled: boolean) => until(stalled ? 'it is stalled' : 'it is not', () => watch.isStalled() === stalled);
t.test('an empty log with nothing to do is well', async (t) => {
  await looksThrice();
  t.notOk(watch.isStalled());
});

t.test('work that waits is no stall while anything is recorded; it is one when nothing was for so long', async (t) => {
  await generation.plannedCourse([{ id: 'n1', type: 'learn', after: [] }]);
  const waitingSince = performance.now();
  while (performance.now() < waitingSince + 2 * LONGEST_MS) {
    await recordSomething();
    await looksThrice();
    t.notOk(watch.isStalled());
  }
  const silentSince = performance.now();
  await becomes(true);
  t.ok(performance.now() - silentSince > LONGEST_MS / 2, 'not before its time');
  t.match(log.lines.at(-1), { level: 'error', message: 'Work waits and nothing moves' });
});

t.test('as soon as anything is recorded it is over', async (t) => {
  await recordSomething();
  await becomes(false);
  t.match(log.lines.at(-1), { message: 'Work moves again' });
});

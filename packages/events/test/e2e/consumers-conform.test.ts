/**
 * The conformance suite, run by the three ways to read the log: effects in this database, effects outside, and SQL alone from
 * a shell. Each is a process of its own that is really killed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { conformanceClaims, startProcess, type ConsumerUnderTest, type RunningConsumer } from '../../src/testing/index.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { createEffects, effectsOf } from '../fixtures/subscriber.ts';
import { openTestLog } from '../fixtures/test-log.ts';

const CONSUMER = fileURLToPath(new URL('../fixtures/consumer.ts', import.meta.url));

const { url, store, owner } = await openTestLog(t);
await createEffects(owner);

async function append(): Promise<void> {
  await Promise.all(Array.from({ length: 3 }, () => store.appendToStream(appendOf(newStream(), 0, 3))));
}

function consumer(name: string, promise: ConsumerUnderTest['promise'], start: () => RunningConsumer): ConsumerUnderTest {
  return { name, promise, owner, wants: 'true', append, start, dealtWith: async () => (await effectsOf(owner, name)).map(({ position }) => position) };
}

/** A loop of psql: poll, work, acknowledge, in a transaction each. */
const SHELL = `
while :; do
  last=$(psql "$DATABASE_URL" -AtqX -v ON_ERROR_STOP=1 -c "
    WITH given AS MATERIALIZED (SELECT * FROM outbox.poll('in-a-shell', 500, '1 s', '$$'))
    INSERT INTO effects (subscription, position, stream) SELECT 'in-a-shell', position, stream FROM given ORDER BY position
    RETURNING position" | tail -1)
  if [ -z "$last" ]; then sleep 0.2; continue; fi
  psql "$DATABASE_URL" -AtqX -c "SELECT outbox.ack('in-a-shell', $last, '$$')" >/dev/null
done`;

function hasPsql(): boolean {
  try {
    execFileSync('psql', ['--version']);
    return true;
  } catch {
    return false;
  }
}

const consumers: readonly (ConsumerUnderTest & { readonly skip?: string | undefined })[] = [
  consumer('handles-inside', 'exactly once', () => startProcess(process.execPath, [CONSUMER, 'handle', 'handles-inside'], { DATABASE_URL: url })),
  consumer('delivers-outside', 'at least once', () => startProcess(process.execPath, [CONSUMER, 'deliver', 'delivers-outside'], { DATABASE_URL: url })),
  {
    ...consumer('in-a-shell', 'at least once', () => startProcess('bash', ['-c', SHELL], { DATABASE_URL: url })),
    skip: hasPsql() ? undefined : 'there is no psql on this machine',
  },
];

// Side by side: they read the same log, and each has a checkpoint of its own.
t.jobs = consumers.length;
for (const each of consumers) {
  t.test(each.name, { buffered: true, skip: each.skip ?? false, timeout: 900_000 }, async (t) => {
    for (const { title, test } of conformanceClaims(each)) {
      await t.test(title, { timeout: 600_000 }, async (t) => {
        t.same(await test(), []);
      });
    }
  });
}

/**
 * What operators do to a subscription while it runs, and what an event that always fails does to it: its own stream waits, and
 * no other. Whoever does something says why, and it is in the log.
 */
import t from 'tap';
import { until } from '@coursewright/events/testing';
import type { RecordedEvent, StreamName, HandlingSettings, UndecodedEvent } from '../../src/index.ts';
import { subscribeUndecoded, subscriptionStream } from '../../src/index.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { createEffects, effectsOf, handledUpTo, keepEffects, startSubscriber } from '../fixtures/subscriber.ts';
import { openListener, openTestLog } from '../fixtures/test-log.ts';

const { url, pool, store, owner } = await openTestLog(t);
await createEffects(owner);

type Handle = HandlingSettings['handle'];

t.test('an event that always fails parks its stream; all others go on, in order, and nothing is handled twice', async (t) => {
  const { poison, broken, before, behind, head } = await poisonedLog();
  const { errors } = subscriber(t, { name: 'poisoned', attempts: 3, handle: failingAt('poisoned', poison) });
  await handledUpTo(owner, 'poisoned', head);
  const effects = await effectsOf(owner, 'poisoned');
  t.same(effects.map(({ position }) => position), (await recoveries(head)).filter((position) => position !== poison && !behind.includes(position)));
  t.equal(effects.filter(({ stream }) => stream === broken).length, before, 'what came before the poison in its stream is done');
  t.equal(errors.length, 3, 'once together with others, and twice alone before it was given up');
  t.match(await parked('poisoned'), [{ stream: broken, position: String(poison), attempts: 3, type: 'RecoveryRequested', waiting_behind: String(behind.length), asked: null }]);
  t.match(await commands('poisoned'), [{ type: 'StreamParked', data: { position: Number(poison), attempts: 3, error: 'Error: poison' }, metadata: { actor: 'poisoned', via: 'subscription' } }]);

  const next = await appended(newStream());
  await appended(broken, 4);
  const last = await appended(newStream());
  await handledUpTo(owner, 'poisoned', last);
  t.same((await effectsOf(owner, 'poisoned')).map(({ position }) => position).slice(-2), [next, last], 'the parked stream stays aside');
});

t.test('a parked stream that is tried again is handled from the event that failed on, and goes on with the others', async (t) => {
  const { poison, broken, behind, head } = await poisonedLog();
  const mended = { yet: false };
  subscriber(t, { name: 'mended', attempts: 1, handle: failingAt('mended', poison, () => !mended.yet) });
  await handledUpTo(owner, 'mended', head);

  await ops(`retry_parked_stream('mended', '${broken}', 'too early')`);
  await until('it is parked again, with one more attempt', async () => (await parked('mended'))[0]?.['attempts'] === 2);
  mended.yet = true;
  await ops(`retry_parked_stream('mended', '${broken}', 'mended now')`);
  const last = behind.at(-1)!;
  await handledUpTo(owner, 'mended', last);
  const ofStream = async () => (await effectsOf(owner, 'mended')).filter(({ stream }) => stream === broken).map(({ position }) => position);
  t.same((await ofStream()).slice(-1 - behind.length), [poison, ...behind], 'in the order of the stream');
  t.same(await parked('mended'), []);
  const next = await appended(broken, 4);
  await handledUpTo(owner, 'mended', next);
  const positions = (await effectsOf(owner, 'mended')).map(({ position }) => position);
  t.same(positions.toSorted((a, b) => Number(a - b)), await recoveries(next), 'all there is, and each once');
  t.match(
    (await commands('mended')).map(({ type }) => type),
    ['StreamParked', 'ParkedStreamRetried', 'StreamParked', 'ParkedStreamRetried', 'StreamUnparked'],
  );
});

t.test('a poison event that is skipped is never handled, and what waits behind it is', async (t) => {
  const { poison, broken, behind, head } = await poisonedLog();
  subscriber(t, { name: 'skipping', attempts: 1, handle: failingAt('skipping', poison) });
  await handledUpTo(owner, 'skipping', head);
  await ops(`skip_parked_event('skipping', '${broken}', 'a test row')`);
  await handledUpTo(owner, 'skipping', behind.at(-1)!);
  const positions = (await effectsOf(owner, 'skipping')).map(({ position }) => position);
  t.notOk(positions.includes(poison));
  t.same(positions.toSorted((a, b) => Number(a - b)), (await recoveries(head)).filter((position) => position !== poison));
  t.match(await commands('skipping'), [{}, { type: 'ParkedEventSkipped', data: { stream: broken, reason: 'a test row' }, metadata: { via: 'psql' } }, {}]);
});

t.test('a stream that is parked by hand is left alone, while all others go on, and goes on where it was once it is unparked', async (t) => {
  const [seen, unseen] = [newStream(), newStream()];
  const first = await appended(seen);
  subscriber(t, { name: 'by-hand', from: first - 1n });
  await handledUpTo(owner, 'by-hand', first);
  await ops("pause_subscription('by-hand', 'to append what it has not seen')");
  const early = await appended(unseen);
  await ops(`park('by-hand', '${seen}', 'its data is being mended')`);
  await ops(`park('by-hand', '${unseen}', 'so is this')`);
  await ops("resume_subscription('by-hand', 'go on')");
  const behind = [await appended(seen, 1), await appended(unseen, 1)];
  const other = await appended(newStream());
  await handledUpTo(owner, 'by-hand', other);
  const positions = async () => (await effectsOf(owner, 'by-hand')).map(({ position }) => position);
  t.same(await positions(), [first, other]);
  t.match(await parked('by-hand'), [
    { stream: seen, attempts: 0, error: 'by hand: its data is being mended', goes_on: 'behind this event' }, { stream: unseen, attempts: 0, goes_on: 'with this event' },
  ]);

  for (const command of ['retry_parked_stream', 'skip_parked_event']) {
    t.match(await owner.query(`SELECT ops.${command}('by-hand', '${seen}', 'x')`).catch((error: unknown) => error), { code: 'CW005', hint: /ops\.unpark/ }, command);
  }
  await ops(`unpark('by-hand', '${seen}', 'mended')`);
  await ops(`unpark('by-hand', '${unseen}', 'mended')`);
  await handledUpTo(owner, 'by-hand', behind[1]!);
  t.same((await positions()).toSorted((a, b) => Number(a - b)), [first, early, ...behind, other].toSorted((a, b) => Number(a - b)), 'each once: what was handled before is not handled again');
  await until('both go on', async () => (await parked('by-hand')).length === 0);
  t.match((await commands('by-hand')).filter(({ type }) => type === 'StreamParkedByHand'), [
    { data: { stream: seen, reason: 'its data is being mended' }, metadata: { via: 'psql' } }, { data: { stream: unseen } },
  ]);
  t.match((await commands('by-hand')).filter(({ type }) => type === 'UnparkRequested'), [
    { data: { stream: seen, position: Number(first), reason: 'mended' } }, { data: { stream: unseen, position: Number(early) } },
  ]);
  for (const [call, hint] of [
    ["park('by-hand', 'recovery-0198b3c4-0000-7000-8000-000000000000', 'x')", /named like/],
    [`park('by-hand', '${seen}', '  ')`, /few words/],
    ["park('nobody', 'recovery-x', 'x')", /There are/],
    [`unpark('by-hand', '${seen}', 'x')`, /ops.parked_streams/],
  ] as const) {
    t.match(await owner.query(`SELECT ops.${call}`).catch((error: unknown) => error), { code: 'CW005', hint }, call);
  }
});

t.test('a paused subscription handles nothing, and goes on where it was', async (t) => {
  subscriber(t, { name: 'paused' });
  await handledUpTo(owner, 'paused', await appended(newStream()));
  await ops("pause_subscription('paused', 'the disk is full')");
  const meanwhile = await appended(newStream());
  // Another one of the same kind shows that there was time to handle it.
  subscriber(t, { name: 'not-paused' });
  await handledUpTo(owner, 'not-paused', meanwhile);
  t.notOk((await effectsOf(owner, 'paused')).some(({ position }) => position >= meanwhile));
  await ops("resume_subscription('paused', 'there is room')");
  await handledUpTo(owner, 'paused', meanwhile);
  t.match(await commands('paused'), [{ type: 'SubscriptionPaused', data: { reason: 'the disk is full' } }, { type: 'SubscriptionResumed' }]);
});

t.test('a command that changes nothing leaves no event', async (t) => {
  subscriber(t, { name: 'commanded-twice' });
  const head = await appended(newStream());
  await handledUpTo(owner, 'commanded-twice', head);
  await ops("pause_subscription('commanded-twice', 'the disk is full')");
  const { rows } = await owner.query<{ position: string }>("SELECT position FROM subscriptions WHERE name = 'commanded-twice'");
  await ops("pause_subscription('commanded-twice', 'the disk is full')");
  await ops(`rewind_subscription('commanded-twice', ${rows[0]!.position}, 'there it is')`);
  await ops("resume_subscription('commanded-twice', 'there is room')");
  await ops("resume_subscription('commanded-twice', 'there is room')");
  t.same((await commands('commanded-twice')).map(({ type }) => type), ['SubscriptionPaused', 'SubscriptionResumed']);
});

t.test('a subscription that is rewound to a position, or to an instant, handles again what is behind it', async (t) => {
  const head = await appended(newStream());
  subscriber(t, { name: 'rewound', from: head });
  const [one, two] = [await appended(newStream()), await appended(newStream())];
  await handledUpTo(owner, 'rewound', two);
  await ops(`rewind_subscription('rewound', ${one}, 'again')`);
  await until('it came again', async () => (await effectsOf(owner, 'rewound')).length === 3);
  const { rows } = await owner.query<{ at: string }>('SELECT placed_at::text AS at FROM events WHERE position = $1', [one]);
  await ops(`rewind_subscription('rewound', timestamptz '${rows[0]!.at}', 'by the clock')`);
  await until('it came a third time', async () => (await effectsOf(owner, 'rewound')).length === 4);
  t.same((await effectsOf(owner, 'rewound')).map(({ position }) => position), [one, two, two, two]);
});

t.test('a new subscription begins where it is told to; one that exists goes on', async (t) => {
  await appended(newStream());
  const first = subscriber(t, { name: 'late', from: 'now' });
  await until('it is there', async () => (await owner.query("SELECT FROM subscriptions WHERE name = 'late'")).rowCount === 1);
  const next = await appended(newStream());
  await handledUpTo(owner, 'late', next);
  t.same((await effectsOf(owner, 'late')).map(({ position }) => position), [next]);
  await first.subscription.stop();
  const missed = await appended(newStream());
  subscriber(t, { name: 'late', from: 'now' });
  await handledUpTo(owner, 'late', missed);
});

t.test('a subscription does not take over the checkpoint of a consumer that reads by SQL', async (t) => {
  await owner.query("SELECT outbox.register('by-sql', 0)");
  const { errors, subscription } = subscriber(t, { name: 'by-sql' });
  await until('it says so', () => errors.length > 0);
  await subscription.stop();
  t.match(errors[0], { code: 'read_by_sql', subscription: 'by-sql' });
  t.same(await effectsOf(owner, 'by-sql'), []);
  t.same((await owner.query("SELECT error FROM subscriptions WHERE name = 'by-sql'")).rows, [{ error: null }], "and the consumer's row says nothing of it");
});

t.test('only streams of the categories that were asked for reach the handler', async (t) => {
  subscriber(t, { name: 'of-commands', types: undefined as never, categories: ['subscription'] });
  subscriber(t, { name: 'somebody' });
  await handledUpTo(owner, 'somebody', await appended(newStream()));
  await ops("pause_subscription('somebody', 'to see it')");
  const position = await store.head();
  await handledUpTo(owner, 'of-commands', position);
  const effects = await effectsOf(owner, 'of-commands');
  t.ok(effects.every(({ stream }) => stream.startsWith('subscription-')));
});

t.test('a stream of a category that nobody asked for stays unhandled, parked and unparked by hand', async (t) => {
  subscriber(t, { name: 'of-courses', types: undefined as never, categories: ['course_map'] });
  const stream = newStream();
  await appended(stream);
  await until('it is there', async () => (await owner.query("SELECT FROM subscriptions WHERE name = 'of-courses'")).rowCount === 1);
  await ops(`park('of-courses', '${stream}', 'a test')`);
  await appended(stream, 1);
  await ops(`unpark('of-courses', '${stream}', 'a test')`);
  await until('it goes on', async () => (await parked('of-courses')).length === 0);
  t.same(await effectsOf(owner, 'of-courses'), []);
});

for (const [what, call, hint] of [
  ['a subscription that is not there', "pause_subscription('nobody', 'why')", /There are: /],
  ['no reason', "pause_subscription('paused', ' ')", /stays in the log/],
  ['a position that it has not reached', "rewind_subscription('paused', 1000000, 'why')", /from 0 to there/],
  ['a stream that is not parked', "retry_parked_stream('paused', 'node-x', 'why')", /ops\.parked_streams/],
] as const) {
  t.test(`a command with ${what} is refused with the way out, and changes nothing`, async (t) => {
    const before = await owner.query('SELECT * FROM subscriptions ORDER BY name');
    const head = await store.head();
    await t.rejects(ops(call), { code: 'CW005', hint });
    t.same((await owner.query('SELECT * FROM subscriptions ORDER BY name')).rows, before.rows);
    t.equal(await store.head(), head);
  });
}

// Last, for it stays in the log.
t.test('an event that is broken parks its stream like any other poison, and can be skipped; one that is newer than this program waits for another', async (t) => {
  const before = await appended(newStream());
  const stream = newStream();
  const first = await appended(stream);
  await owner.query(
    `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata) VALUES ($1, 2, 'RecoveryRequested', 1, '{"force": "perhaps"}', '{}')`, [stream]);
  const behind = await appended(stream, 2);
  const last = await appended(newStream());
  const { errors } = subscriber(t, { name: 'undecodable', from: before - 1n, attempts: 2 });
  await handledUpTo(owner, 'undecodable', last);
  const positions = async () => (await effectsOf(owner, 'undecodable')).map(({ position }) => position);
  t.same(await positions(), [before, first, last]);
  t.match(errors, [{ code: 'undecodable_event', type: 'RecoveryRequested', isNewer: false }]);
  t.equal(errors.length, 1, 'the second time it is given up');
  t.match(await parked('undecodable'), [{ stream, position: String(first + 1n), attempts: 2, error: /^UndecodableEventError/ }]);
  await ops(`retry_parked_stream('undecodable', '${stream}', 'a newer program, perhaps')`);
  await until('it is parked again', async () => (await parked('undecodable'))[0]?.['attempts'] === 3);
  await ops(`skip_parked_event('undecodable', '${stream}', 'never mind')`);
  await handledUpTo(owner, 'undecodable', behind);
  t.same(await positions(), [before, first, last, behind]);

  await owner.query(
    `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata) VALUES ($1, 1, 'RecoveryRequested', 9, '{}', '{}')`, [newStream()]);
  const seen = errors.length;
  await until('it was tried more often than an event may fail', () => errors.length >= seen + 4);
  t.match(errors.at(-1), { code: 'undecodable_event', schemaVersion: 9, isNewer: true });
  t.same(await parked('undecodable'), [], 'nothing is parked');

  const head = await appended(newStream());
  const given = await undecodedUpTo(before - 1n, head);
  t.same(given.map(({ position }) => position), Array.from({ length: Number(head - before) + 1 }, (_, index) => before + BigInt(index)), 'who takes events undecoded gets every one');
  t.match(given.find(({ schemaVersion }) => schemaVersion === 9), { type: 'RecoveryRequested', data: {}, version: 1 });
});

/** What a subscription that takes events undecoded is given, up to a position. */
async function undecodedUpTo(from: bigint, last: bigint): Promise<UndecodedEvent[]> {
  const given: UndecodedEvent[] = [];
  const { listener } = openListener(t, url);
  const subscription = subscribeUndecoded({ pool, store, listener }, {
    name: 'undecoded', from, batchSize: 5, onError: (error) => { throw error; },
    handle: async (events) => void given.push(...events),
  });
  await until('it is there', () => given.at(-1)?.position === last);
  await subscription.stop();
  return given;
}

function subscriber(t: { teardown(handler: () => Promise<void>): unknown }, settings: Partial<HandlingSettings> & { readonly name: string }) {
  const { listener } = openListener(t as never, url);
  const started = startSubscriber({ pool, store, listener }, settings);
  t.teardown(() => started.subscription.stop());
  return started;
}

/** Three events of a stream, the second of them poison, among events of others. */
async function poisonedLog(): Promise<{ poison: bigint; broken: StreamName; before: number; behind: bigint[]; head: bigint }> {
  const broken = newStream();
  await appended(newStream());
  await appended(broken, 0);
  const poison = await appended(broken, 1);
  await appended(newStream());
  const behind = [await appended(broken, 2), await appended(broken, 3)];
  const head = await appended(newStream());
  return { poison, broken, before: 1, behind, head };
}

function failingAt(name: string, poison: bigint, fails = (): boolean => true): Handle {
  return async (events: readonly RecordedEvent[], transaction) => {
    await keepEffects(name, events, transaction);
    if (fails() && events.some(({ position }) => position === poison)) throw new Error('poison');
  };
}

/** @returns the event's position */
async function appended(stream: StreamName, expectedVersion = 0): Promise<bigint> {
  await store.appendToStream(appendOf(stream, expectedVersion));
  const events = await store.readStream(stream, expectedVersion + 1);
  return events[0]!.position;
}

async function ops(call: string): Promise<void> {
  await owner.query(`SELECT ops.${call}`);
}

async function parked(name: string): Promise<Record<string, unknown>[]> {
  return (await owner.query('SELECT * FROM ops.parked_streams WHERE subscription = $1', [name])).rows;
}

async function commands(name: string): Promise<readonly RecordedEvent[]> {
  return store.readStream(subscriptionStream(name));
}

/** Positions of what the subscriptions here handle, up to this one. */
async function recoveries(upTo: bigint): Promise<bigint[]> {
  const { events } = await store.readAll({ after: 0n, limit: Number(upTo), categories: ['recovery'] });
  return events.map(({ position }) => position);
}

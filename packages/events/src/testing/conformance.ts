/**
 * What every consumer of the log must be able to stand, whatever language it is written in: a list of claims, each with the
 * test of it. A new consumer says how it is started and what it has done so far, and runs them all:
 *
 *     for (const { title, test } of conformanceClaims(consumer)) t.test(title, async (t) => { t.same(await test(), []); });
 *
 * Needs a log of its own that others write to meanwhile, and runs on the consumer's own database, so the claims are tested in order.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

export interface RunningConsumer {
  /** Resolves when it has ended in order. */
  stop(): Promise<void>;
  /** Resolves when it is dead. */
  kill(): Promise<void>;
}

export interface ConsumerUnderTest {
  /** The subscription's name. */
  readonly name: string;
  /** Whether an event may be dealt with more than once when a process dies. */
  readonly promise: 'exactly once' | 'at least once';
  /** Whether the events of a stream are dealt with in order; true when absent. */
  readonly inOrder?: boolean;
  /** The database, as its owner. */
  readonly owner: pg.Pool;
  /** Which events it wants, as a condition on `events e`. */
  readonly wants: string;
  /** Appends some events that it wants, to several streams, and returns when they are committed. */
  readonly append: () => Promise<void>;
  /** Starts one more process of it. */
  readonly start: () => RunningConsumer;
  /** What was dealt with so far, in the order in which it was: positions, as often as each was. */
  readonly dealtWith: () => Promise<readonly bigint[]>;
}

export interface Claim {
  readonly title: string;
  /** Resolves with what is wrong, in words; nothing when the claim holds. */
  readonly test: () => Promise<readonly string[]>;
}

const PATIENCE_MS = 100_000;
const KILLS = 3;
const BUSY_ROUNDS = 12;

export function conformanceClaims(consumer: ConsumerUnderTest): readonly Claim[] {
  const { append, start } = consumer;
  const once = consumer.promise === 'exactly once' ? ' and nothing is done twice' : '';
  return [
    {
      title: 'what is in the log when it starts, and what is appended later, is dealt with',
      async test() {
        await append();
        const running = start();
        try {
          const early = await upToNow(consumer);
          await append();
          return [...early, ...(await upToNow(consumer))];
        } finally {
          await running.stop();
        }
      },
    },
    {
      title: `over orderly restarts nothing is missed${once}`,
      async test() {
        for (let restart = 0; restart < 3; restart += 1) {
          const running = start();
          await append();
          await append();
          await running.stop();
        }
        return caughtUp(consumer);
      },
    },
    {
      title: `killed again and again in the middle of its work, it misses nothing${once}`,
      async test() {
        for (let kill = 0; kill < KILLS; kill += 1) {
          const before = (await consumer.dealtWith()).length;
          const running = start();
          await until(async () => {
            await append();
            return (await consumer.dealtWith()).length > before;
          });
          await Promise.all([append(), append(), running.kill()]);
        }
        return caughtUp(consumer);
      },
    },
    {
      title: `two processes share the work: nothing is missed${once}, and one goes on when the other dies`,
      async test() {
        const [one, other] = [start(), start()];
        try {
          for (let round = 0; round < BUSY_ROUNDS; round += 1) await append();
          const shared = await upToNow(consumer);
          await one.kill();
          await append();
          return [...shared, ...(await upToNow(consumer))];
        } finally {
          await other.stop();
        }
      },
    },
    {
      title: 'paused it does nothing, and resumed it goes on where it was',
      async test() {
        const running = start();
        try {
          const before = await upToNow(consumer);
          await consumer.owner.query("SELECT ops.pause_subscription($1, 'a claim is tested')", [consumer.name]);
          const paused = await consumer.dealtWith();
          await append();
          await sleep(1500); // Longer than the slow poll: it had its chance.
          // What is delivered at least once may come again, from before the pause.
          const known = new Set(paused);
          const meanwhile = (await consumer.dealtWith()).filter((position) => !known.has(position)).length;
          await consumer.owner.query("SELECT ops.resume_subscription($1, 'the claim is tested')", [consumer.name]);
          const problems = [...before, ...(await upToNow(consumer))];
          return meanwhile === 0 ? problems : [`${meanwhile} events were dealt with while it was paused`, ...problems];
        } finally {
          await running.stop();
        }
      },
    },
    {
      title: 'an event that commits after younger ones is dealt with, and holds up nobody',
      async test() {
        const running = start();
        const late = await consumer.owner.connect();
        try {
          await late.query('BEGIN');
          await late.query(
            `INSERT INTO recorded_events (stream, version, type, schema_version, data, metadata)
             VALUES ('recovery-' || gen_random_uuid(), 1, 'RecoveryRequested', 1, '{"force": false}', '{}')`,
          );
          await append();
          const young = await upToNow(consumer);
          await late.query('COMMIT');
          return [...young, ...(await upToNow(consumer))];
        } finally {
          late.release();
          await running.stop();
        }
      },
    },
  ];
}

async function caughtUp(consumer: ConsumerUnderTest): Promise<readonly string[]> {
  const running = consumer.start();
  try {
    return await upToNow(consumer);
  } finally {
    await running.stop();
  }
}

/** Waits until all that is in the log by now is dealt with. @returns what is wrong with how it was */
async function upToNow(consumer: ConsumerUnderTest): Promise<readonly string[]> {
  const { rows } = await consumer.owner.query<{ position: string; stream: string }>(
    `SELECT e.position, e.stream FROM events e WHERE ${consumer.wants} ORDER BY e.position`,
  );
  const wanted = new Map(rows.map(({ position, stream }) => [BigInt(position), stream]));
  let dealt: readonly bigint[] = [];
  let missed: bigint[] = [];
  const isDone = async (): Promise<boolean> => {
    dealt = await consumer.dealtWith();
    const seen = new Set(dealt);
    missed = [...wanted.keys()].filter((position) => !seen.has(position));
    return missed.length === 0;
  };
  const isComplete = await until(isDone);
  return [
    ...(isComplete ? [] : [`${missed.length} events were not dealt with, the first at position ${missed[0] ?? ''}`]),
    ...(consumer.promise === 'exactly once' ? repeated(dealt) : []),
    ...(consumer.inOrder === false ? [] : outOfOrder(dealt, wanted)),
  ];
}

function repeated(dealt: readonly bigint[]): string[] {
  const times = Map.groupBy(dealt, (position) => position);
  return [...times].filter(([, each]) => each.length > 1).map(([position, each]) => `${position} was dealt with ${each.length} times`);
}

/** By when each event was dealt with first: one that comes again was not out of order for that. */
function outOfOrder(dealt: readonly bigint[], streamOf: ReadonlyMap<bigint, string>): string[] {
  const last = new Map<string, bigint>();
  const problems: string[] = [];
  for (const position of new Set(dealt)) {
    const stream = streamOf.get(position);
    if (stream === undefined) continue; // Appended since.
    const before = last.get(stream) ?? 0n;
    if (position < before) problems.push(`${position} of ${stream} was dealt with behind ${before}`);
    last.set(stream, position);
  }
  return problems;
}

/** @returns whether it came about in time */
async function until(look: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await look())) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/**
 * The tail of the log reads once for all, gives everybody what is theirs, and leaves nothing out: whoever comes, goes, or fails
 * meanwhile.
 */
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { UndecodedEvent } from '@coursewright/events';
import { createLogTail, type LogTail } from '../../src/streaming/log-tail.ts';

interface Log {
  readonly tail: LogTail;
  readonly errors: unknown[];
  /** How often the store was read. */
  readonly reads: number;
  /** Called before each read answers. */
  beforeAnswer: () => Promise<void> | void;
  append(...courses: string[]): void;
  wake(): void;
}

function logOf(): Log {
  const events: UndecodedEvent[] = [];
  const errors: unknown[] = [];
  let wake = (): void => undefined;
  let reads = 0;
  const log: Log = {
    errors,
    get reads() {
      return reads;
    },
    beforeAnswer: () => undefined,
    append(...courses) {
      for (const course of courses) events.push({ position: BigInt(events.length + 1), stream: `course_map-${course}` } as unknown as UndecodedEvent);
    },
    wake: () => wake(),
    tail: createLogTail({
      store: {
        head: async () => BigInt(events.length),
        async readAllUndecoded({ after, limit }) {
          reads += 1;
          const page = events.filter(({ position }) => position > after).slice(0, limit);
          await log.beforeAnswer();
          return { events: page, readUpTo: page.at(-1)?.position ?? after };
        },
      },
      listener: {
        onWake(_, wakened) {
          wake = wakened;
          return () => undefined;
        },
      },
      courseOf: (stream) => stream.slice('course_map-'.length),
      onError: (error) => errors.push(error),
    }),
  };
  return log;
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

t.test('who follows a course gets its events, who follows all gets all, and one read is for everybody', async (t) => {
  const log = logOf();
  log.append('a', 'b');
  const [ofA, ofAll]: [bigint[], bigint[]] = [[], []];
  const { from } = await log.tail.follow('a', ({ position }) => ofA.push(position));
  await log.tail.follow(undefined, ({ position }) => ofAll.push(position));
  t.equal(from, 2n);
  await settled();
  const before = log.reads;
  log.append('a', 'b', 'a');
  log.wake();
  await settled();
  t.same(ofA, [3n, 5n]);
  t.same(ofAll, [3n, 4n, 5n]);
  t.equal(log.reads - before, 2, 'a page, and the end of the log');
});

t.test('nobody follows: nothing is read', async (t) => {
  const log = logOf();
  const following = await log.tail.follow('a', () => undefined);
  await settled();
  following.stop();
  const before = log.reads;
  log.append('a');
  log.wake();
  await settled();
  t.equal(log.reads, before);
});

t.test('what is read for those who have gone is not given to those who came meanwhile', async (t) => {
  const log = logOf();
  const answer = Promise.withResolvers<void>();
  const gone = await log.tail.follow('a', () => undefined);
  await settled();
  log.append('a');
  log.beforeAnswer = () => answer.promise;
  log.wake();
  gone.stop();
  const seen: bigint[] = [];
  const { from } = await log.tail.follow('a', ({ position }) => seen.push(position));
  t.equal(from, 1n, 'which it has already, by where it begins');
  log.append('a');
  log.beforeAnswer = () => undefined;
  answer.resolve();
  log.wake();
  await settled();
  t.same(seen, [2n]);
});

t.test('a wake that comes while a page is read is not lost', async (t) => {
  const log = logOf();
  const seen: bigint[] = [];
  await log.tail.follow('a', ({ position }) => seen.push(position));
  await settled();
  let once = true;
  log.beforeAnswer = () => {
    if (!once) return;
    once = false;
    log.append('a');
    log.wake();
  };
  log.append('a');
  log.wake();
  await settled();
  t.same(seen, [1n, 2n]);
});

t.test('what could not be read is told, and read at the next wake', async (t) => {
  const log = logOf();
  const seen: bigint[] = [];
  await log.tail.follow('a', ({ position }) => seen.push(position));
  await settled();
  log.beforeAnswer = () => {
    throw new Error('the database is away');
  };
  log.append('a');
  log.wake();
  await settled();
  t.same(seen, []);
  t.equal(log.errors.length, 1);
  log.beforeAnswer = () => undefined;
  log.wake();
  await settled();
  t.same(seen, [1n]);
});

/**
 * The tail of the log reads once for all, gives everybody what is theirs, and leaves nothing out: whoever comes, goes, or fails
 * meanwhile.
 */
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { LogMark, UndecodedEvent } from '@coursewright/events';
import { createLogTail, type Follower, type LogTail } from '../../src/streaming/log-tail.ts';

interface Log {
  readonly tail: LogTail;
  readonly errors: unknown[];
  /** How often the store was read. */
  readonly reads: number;
  /** Called before each read answers. */
  beforeAnswer: () => Promise<void> | void;
  append(...courses: string[]): void;
  /** The events behind this position are lost; others take their places from now on. */
  lose(position: number): void;
  wake(): void;
}

function logOf(): Log {
  const events: UndecodedEvent[] = [];
  /** When each was placed. */
  const placed: string[] = [];
  let instant = 0;
  const markAt = (position: bigint | undefined): LogMark | undefined =>
    position === undefined ? undefined : { position, placedAt: placed[Number(position) - 1] ?? '' };
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
      for (const course of courses) {
        placed.push(String((instant += 1)));
        events.push({ position: BigInt(events.length + 1), stream: `course_map-${course}` } as unknown as UndecodedEvent);
      }
    },
    lose(position) {
      events.length = position;
      placed.length = position;
    },
    wake: () => wake(),
    tail: createLogTail({
      store: {
        lastMark: async () => markAt(events.at(-1)?.position),
        stillHas: async ({ position, placedAt }) => markAt(position)?.placedAt === placedAt,
        async readAllUndecoded({ after, limit }) {
          reads += 1;
          const page = events.filter(({ position }) => position > after).slice(0, limit);
          await log.beforeAnswer();
          const last = page.at(-1)?.position;
          return { events: page, readUpTo: last ?? after, mark: markAt(last) };
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

/** Notes the positions that it is told of, and -1 for a tail that was lost. */
function collecting(positions: bigint[]): Follower {
  return { take: ({ position }) => positions.push(position), onTailLost: () => positions.push(-1n) };
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

t.test('who follows a course gets its events, who follows all gets all, and one read is for everybody', async (t) => {
  const log = logOf();
  log.append('a', 'b');
  const [ofA, ofAll]: [bigint[], bigint[]] = [[], []];
  const { from } = await log.tail.follow('a', collecting(ofA));
  await log.tail.follow(undefined, collecting(ofAll));
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
  const following = await log.tail.follow('a', collecting([]));
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
  const gone = await log.tail.follow('a', collecting([]));
  await settled();
  log.append('a');
  log.beforeAnswer = () => answer.promise;
  log.wake();
  gone.stop();
  const seen: bigint[] = [];
  const { from } = await log.tail.follow('a', collecting(seen));
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
  await log.tail.follow('a', collecting(seen));
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
  await log.tail.follow('a', collecting(seen));
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

for (const { what, append } of [
  { what: 'and the log is shorter than what was told', append: 0 },
  { what: 'and as many others have their places', append: 2 },
  { what: 'and more others than were lost have come', append: 5 },
]) {
  t.test(`what was told is lost with the tail of the log ${what}: whoever follows is told so, and goes on from the end`, async (t) => {
    const log = logOf();
    const seen: bigint[] = [];
    log.append('a', 'a');
    await log.tail.follow('a', collecting(seen));
    log.append('a', 'a');
    log.wake();
    await settled();
    t.same(seen, [3n, 4n]);
    log.lose(2);
    for (let count = 0; count < append; count += 1) log.append('a');
    log.wake();
    await settled();
    t.same(seen, [3n, 4n, -1n], 'nothing of the other log as if it followed on the lost one');
    log.append('a');
    log.wake();
    await settled();
    t.same(seen, [3n, 4n, -1n, BigInt(2 + append + 1)]);
  });
}

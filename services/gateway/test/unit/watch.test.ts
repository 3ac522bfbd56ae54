/**
 * A watch passes from the past to the end of the log without a gap, whichever of them an event appears in first.
 */
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { UndecodedEvent } from '@coursewright/events';
import type { EventStream } from '../../src/streaming/event-stream.ts';
import type { Follower } from '../../src/streaming/log-tail.ts';
import { prepareWatch } from '../../src/streaming/watch.ts';

interface Scene {
  readonly stream: EventStream;
  /** The ids of all frames, in order. */
  readonly sent: readonly number[];
  /** How many pages of the past were asked for. */
  readonly pages: number;
  isFull: boolean;
  /** Called once, when a page of the past has been read and is on its way. */
  onTheWay: () => void;
  /** Appends an event of the watched course, or of another. */
  append(course?: string): void;
  /** The tail gives out what it has not given out yet. */
  tell(): void;
  begin(): Promise<void>;
  /** The events behind this position are lost, and the tail has noticed. */
  lose(position: number): void;
}

/** A course with three events in a log of four, and a client that has the first `after` of them; the tail has given out all. */
async function scene(t: Test, after?: bigint): Promise<Scene> {
  const events: (UndecodedEvent & { readonly course: string })[] = [];
  const sent: number[] = [];
  let follower: Follower = { take: () => undefined, onTailLost: () => undefined };
  let told = 0n;
  let pages = 0;
  const made: Scene = {
    sent,
    isFull: false,
    onTheWay: () => undefined,
    get pages() {
      return pages;
    },
    append(course = 'a') {
      events.push({ course, position: BigInt(events.length + 1), recordedAt: new Date(0) } as unknown as (typeof events)[number]);
    },
    tell() {
      for (const event of events.filter(({ position }) => position > told)) if (event.course === 'a') follower.take(event);
      told = BigInt(events.length);
    },
    stream: {
      send: (frame) => void sent.push(Number(/^id: (\d+)/.exec(frame.toString())?.[1])),
      drained: () => turn(),
      get isFull() {
        return made.isFull;
      },
      isClosed: false,
      close: () => t.fail('closed'),
    },
    lose(position) {
      events.length = position;
      told = BigInt(position);
      follower.onTailLost();
    },
    async begin() {
      watch.sendTo(made.stream);
      await settled();
    },
  };
  for (const course of ['a', 'a', 'a', 'b']) made.append(course);
  made.tell();
  const watch = await prepareWatch(
    {
      courseMapId: 'a',
      tail: {
        follow(_, given) {
          follower = given;
          return Promise.resolve({ from: told, stop: () => undefined });
        },
        close: () => undefined,
      },
      snapshot: () => Promise.resolve({ position: BigInt(events.length), document: '{}' }),
      async eventsAfter(position) {
        pages += 1;
        const page = events.filter((event) => event.course === 'a' && event.position > position).slice(0, 2);
        await turn();
        made.onTheWay();
        made.onTheWay = () => undefined;
        return page;
      },
    },
    after,
    (error) => t.fail(String(error)),
  );
  return made;
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await turn();
}

t.test('who begins gets the snapshot, asks for no past, and then what the tail has', async (t) => {
  const all = await scene(t);
  await all.begin();
  all.append();
  all.tell();
  t.same(all.sent, [4, 5]);
  t.equal(all.pages, 0);
});

t.test('who comes back gets what it has missed, page by page, and then what the tail has', async (t) => {
  const all = await scene(t, 0n);
  await all.begin();
  all.append();
  all.tell();
  t.same(all.sent, [1, 2, 3, 5]);
});

t.test('an event that the tail has while an empty page of the past is on its way is not lost', async (t) => {
  const all = await scene(t, 3n);
  all.onTheWay = () => {
    all.append();
    all.tell();
  };
  await all.begin();
  t.same(all.sent, [5]);
  all.append();
  all.tell();
  t.same(all.sent, [5, 6]);
});

t.test('an event that is in the past and comes from the tail as well is sent once', async (t) => {
  const all = await scene(t, 1n);
  all.append();
  all.onTheWay = () => all.tell();
  await all.begin();
  t.same(all.sent, [2, 3, 5]);
});

t.test('a client that is full is behind: it is given nothing until it has drained, and then the past', async (t) => {
  const all = await scene(t);
  await all.begin();
  all.isFull = true;
  for (let event = 0; event < 5; event += 1) all.append();
  all.tell();
  t.same(all.sent, [4]);
  all.isFull = false;
  await settled();
  t.same(all.sent, [4, 5, 6, 7, 8, 9]);
});

t.test('when what was sent is lost with the tail of the log, a new snapshot is sent, and then what comes behind it', async (t) => {
  const all = await scene(t);
  await all.begin();
  all.append();
  all.tell();
  t.same(all.sent, [4, 5]);
  all.lose(2);
  await settled();
  t.same(all.sent, [4, 5, 2], 'how things stand, as the log has it now');
  all.append();
  all.tell();
  t.same(all.sent, [4, 5, 2, 3]);
});

t.test('a past that is on its way when the tail is lost is not sent behind the new snapshot', async (t) => {
  const all = await scene(t, 0n);
  all.onTheWay = () => all.lose(1);
  await all.begin();
  t.same(all.sent, [1]);
  all.append();
  all.tell();
  t.same(all.sent, [1, 2]);
});

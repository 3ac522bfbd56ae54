/**
 * The steps of the tour. Each waits for what it is about, never for a second; the figures are those of the log.
 */
import type { Client, CourseEvent } from '@coursewright/client';
import { duration } from '../design/times.ts';
import type { Everything } from '../live/everything.ts';
import { courseOf, failedNodesOf, nodeOf, workerOf } from '../live/event-facts.ts';
import type { Store } from '../live/store.ts';
import { aftermathOf, type FaultMade } from './aftermath.ts';
import type { Fault } from './use-faults.ts';

export interface TourSettings {
  readonly client: Client;
  readonly make: (fault: Fault, process?: string) => Promise<FaultMade>;
  readonly everything: Pick<Store<Everything>, 'get' | 'subscribe'>;
  readonly say: (sentence: string) => void;
  readonly show: (courseMapId: string) => void;
  readonly signal: AbortSignal;
}

const COURSE = { topic: 'Systems that survive', level: 'Intermediate', focus: 'Finishing whatever dies', verified_concept: 'Processes and signals', mode: 'Deep', total_commitment_minutes: 240 } as const;
/** A step that waits for longer is passed over, and says so. */
const PATIENCE_MS = 15_000;

/** @throws CoursewrightError when the gateway refuses; the signal's reason when it is ended */
export async function runTour({ client, make, everything, say, show, signal }: TourSettings): Promise<void> {
  const { course_map_id: id } = await client.ask(client.api.POST('/api/v1/course-map/generate', { body: COURSE, headers: { Prefer: 'respond-async' } })) as { readonly course_map_id: string };
  show(id);
  say('A course is asked for. The gateway has written that down, and nothing else.');
  const own = (): readonly CourseEvent[] => everything.get().events.filter((event) => courseOf(event) === id);
  const end = (): CourseEvent | undefined => own().findLast(isEnd);
  const isOver = (): boolean => end() !== undefined;
  const cards = (): readonly CourseEvent[] => own().filter(({ type }) => type === 'GenerationCompleted');

  if (await until(() => isOver() || cards().length >= 2) && !isOver()) say('Its map is planned, and the first cards are there.');

  await befall('kill', 'A worker is killed with SIGKILL, cards in its hands. It says no farewell.');
  let isThawed: boolean;
  try {
    await befall('freeze', 'A worker is frozen. It does not die: it falls silent, and its lease runs out.');
  } finally {
    // Also when the tour is stopped: nobody stays frozen.
    isThawed = await thaw();
  }
  if (isThawed) say('It is thawed, and finds that its cards are with somebody else: its fence is an event that is no more the last.');

  if (!isOver()) {
    await make('cut_database');
    say('Every session with the database is cut. Whoever holds a card goes on writing, and keeps the answer until it can be recorded.');
    const then = own().length;
    if (await until(() => own().length > then || isOver())) say('They are back, and go on.');
  }
  if (!isOver()) {
    const breakdown = await make('fail_model');
    say('The model fails for five seconds. That is no fault of the cards: it counts against none, and each is tried again after a while.');
    const isWritten = (): boolean => aftermathOf(breakdown, own()).some(({ isDone }) => isDone);
    await until(() => isOver() || isWritten());
    if (isWritten()) say('It answers again, and what had failed is written.');
  }
  await until(isOver, 60_000);
  say(lastWords(end(), cards()));

  /** Breaks the worker that has begun a card last, and waits until somebody else goes on with it. */
  async function befall(fault: 'kill' | 'freeze', sentence: string): Promise<void> {
    const found = await until(() => isOver() || holder() !== undefined);
    const worker = holder();
    if (!found || worker === undefined || isOver()) return;
    const { processes } = await client.ask(client.api.GET('/api/v1/local/processes', { signal }));
    const victim = processes.find(({ worker_id: each, state }) => each === worker && state === 'running');
    if (victim === undefined) return;
    const done = await make(fault, victim.name);
    say(sentence);
    if (await until(() => aftermathOf(done, own()).some(({ wentOnWith }) => wentOnWith !== undefined))) {
      const saved = aftermathOf(done, own());
      say(`Noticed in ${duration(Math.min(...saved.map(({ noticedAfterMs }) => noticedAfterMs)))}; ${saved.length === 1 ? 'its card goes' : `its ${saved.length} cards go`} on with the other.`);
    } else say('It held nothing any more.');
  }

  /** Whether anybody was frozen. */
  async function thaw(): Promise<boolean> {
    const { processes } = await client.ask(client.api.GET('/api/v1/local/processes'));
    const frozen = processes.filter(({ state }) => state === 'frozen');
    for (const { name } of frozen) await make('thaw', name);
    return frozen.length > 0;
  }

  function holder(): string | undefined {
    const held = new Map<string, string>();
    for (const event of own()) {
      const node = nodeOf(event);
      if (node === undefined) continue;
      const worker = workerOf(event);
      if (event.type === 'GenerationStarted' && worker !== undefined) held.set(node, worker);
      else held.delete(node);
    }
    return [...held.values()].at(-1);
  }

  /** Whether it came true in time. */
  function until(isTrue: () => boolean, patienceMs = PATIENCE_MS): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (signal.aborted) end(() => reject(signal.reason as Error));
        else if (isTrue()) end(() => resolve(true));
      };
      const end = (settle: () => void): void => {
        clearTimeout(tooLate);
        unsubscribe();
        signal.removeEventListener('abort', look);
        settle();
      };
      const unsubscribe = everything.subscribe(look);
      const tooLate = setTimeout(() => end(() => resolve(false)), patienceMs);
      signal.addEventListener('abort', look);
      look();
    });
  }
}

/** Nothing more will happen to the course by itself. */
function isEnd({ type, data }: CourseEvent): boolean {
  return type === 'CourseMapCompleted' || type === 'CourseMapCancelled' || (type === 'CourseMapPlanningFailed' && data['final'] === true);
}

function lastWords(end: CourseEvent | undefined, cards: readonly CourseEvent[]): string {
  if (end === undefined) return 'The course goes on; see it finish.';
  if (end.type === 'CourseMapCancelled') return 'The course was stopped.';
  if (end.type !== 'CourseMapCompleted') return 'The course failed: it could not be planned.';
  const failed = failedNodesOf(end);
  const written = new Set(cards.map(({ stream }) => stream)).size;
  if (failed > 0) return `The course ended, and not whole: ${written} cards are written, ${failed} failed. They can be tried again.`;
  return `The course is complete: ${written} cards, ${written === cards.length ? 'each written down once' : `written down ${cards.length} times`}.`;
}

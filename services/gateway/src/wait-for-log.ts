/**
 * Waits until the database says so: asks again whenever the log grew (and every second behind that), for all who
 * wait at once, until the answer is there or the time is up.
 */
import type { LogListener } from '@coursewright/events';

export interface LogWaiter<Answer> {
  /**
   * What `find` answers for this id, as soon as it does; undefined when `limitMs` pass without.
   * Trouble with the database is waited out.
   */
  waitFor(id: string, limitMs: number): Promise<Answer | undefined>;
  /** Tells all who wait, and whoever still comes, that there is no answer now: the process stops. */
  stop(): void;
}

interface Waiting<Answer> {
  readonly id: string;
  readonly resolve: (answer: Answer | undefined) => void;
}

/** @param find the answers that exist, for any of these ids; one question for all who wait */
export function createLogWaiter<Answer>(
  listener: LogListener,
  find: (ids: readonly string[]) => Promise<Map<string, Answer>>,
): LogWaiter<Answer> {
  const waiting = new Set<Waiting<Answer>>();
  let asking = false;
  let askAgain = false;
  let stopped = false;

  async function ask(): Promise<void> {
    if (asking) {
      askAgain = true;
      return;
    }
    asking = true;
    do {
      askAgain = false;
      const ids = [...new Set([...waiting].map(({ id }) => id))];
      if (ids.length === 0) break;
      const answers = await find(ids).catch(() => new Map<string, Answer>());
      for (const one of waiting) {
        const answer = answers.get(one.id);
        if (answer !== undefined) one.resolve(answer);
      }
    } while (askAgain);
    asking = false;
  }

  listener.onWake('events', () => void ask());

  return {
    stop: () => {
      stopped = true;
      for (const one of waiting) one.resolve(undefined);
    },

    waitFor: (id, limitMs) =>
      new Promise((resolve) => {
        const one: Waiting<Answer> = {
          id,
          resolve: (answer) => {
            clearTimeout(timer);
            waiting.delete(one);
            resolve(answer);
          },
        };
        const timer = setTimeout(() => one.resolve(undefined), limitMs);
        waiting.add(one);
        if (stopped) one.resolve(undefined);
        else void ask();
      }),
  };
}

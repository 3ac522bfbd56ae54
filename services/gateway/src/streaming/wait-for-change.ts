import type { LogTail } from './log-tail.ts';

export interface Waiting<Found> {
  readonly look: () => Promise<Found>;
  /** Whether it is what the client does not have yet. */
  readonly isNews: (found: Found) => boolean;
  readonly limitMs: number;
  /** Ends the wait as if the time were up. */
  readonly signal: AbortSignal;
}

/**
 * What `look` finds as soon as it is news, or what it finds when the time is up. Looks once behind the beginning of the tail, so that
 * nothing that happens meanwhile is slept through, and once more when something has happened.
 *
 * @throws what `look` throws, and what the database refuses with
 */
export async function waitForChange<Found>(tail: LogTail, courseMapId: string, { look, isNews, limitMs, signal }: Waiting<Found>): Promise<Found> {
  const over = Promise.withResolvers<undefined>();
  const changed = (): void => over.resolve(undefined);
  const following = await tail.follow(courseMapId, { take: changed, onTailLost: changed });
  const timer = setTimeout(() => over.resolve(undefined), limitMs);
  const aborted = (): void => over.resolve(undefined);
  signal.addEventListener('abort', aborted, { once: true });
  if (signal.aborted) aborted();
  try {
    const found = await look();
    if (isNews(found)) return found;
    await over.promise;
    return await look();
  } finally {
    signal.removeEventListener('abort', aborted);
    clearTimeout(timer);
    following.stop();
  }
}
